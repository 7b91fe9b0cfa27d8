"""Run the suite: `python -m tests.conformance [SCENARIO…]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.conformance import server_leg
from tests.conformance.outcome import Outcome
from tests.peers.install import PEERS, node, ready
from tests.support.places import ROOT

REVISIONS = ("2025-11-25", "2026-07-28")
OLDEST = "2025-03-26"
"""A revision that the suite has no list of requirements for, but scenarios of logins that only it has."""
SIDE_BY_SIDE = 2
MILLISECONDS = "40000"
SUITE = PEERS / "node" / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
CLIENT = Path(__file__).with_name("client.py")


async def main(wanted: tuple[str, ...]) -> int:
    """Run the scenarios, print the table, and return the exit status."""
    if not ready() or not SUITE.is_file():
        print("the suite is not installed: make peers", file=sys.stderr)
        return 2
    turns = asyncio.Semaphore(SIDE_BY_SIDE)
    tasks = [
        asyncio.create_task(run(revision, scenario, turns))
        for revision in (*REVISIONS, OLDEST)
        for scenario in await scenarios(revision)
        if not wanted or scenario in wanted
    ]
    outcomes = [told(await task) for task in tasks]
    async with server_leg.legs() as legs:
        for leg in legs:
            outcomes += [told(outcome) for outcome in await server_leg.run(suite, leg, wanted)]
    if not outcomes:
        print("no such scenario", file=sys.stderr)
        return 2
    failed = sum(bool(outcome.complaints) for outcome in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} scenarios passed")
    return 1 if failed else 0


def told(outcome: Outcome) -> Outcome:
    """The outcome, which was printed."""
    print(outcome.line, *outcome.complaints, sep="\n    ", flush=True)
    return outcome


async def scenarios(revision: str) -> list[str]:
    """The client scenarios that a revision requires, those of all extensions, and those that came later."""
    if revision == OLDEST:
        return ["auth/2025-03-26-oauth-metadata-backcompat", "auth/2025-03-26-oauth-endpoint-fallback"]
    out = await listed("--requirements", revision)
    required, _, more = out.partition("Client scenarios")[2].partition("Run and reported")
    names = re.findall(r"^ +- (\S+)$", required, re.MULTILINE)
    names += re.findall(r"^ +- (\S+) \[client\]$", more, re.MULTILINE)
    # No list of requirements names those of extensions that are younger than it.
    extensions = re.findall(r"^ +- (\S+) \[extension\]$", await listed(), re.MULTILINE)
    return list(dict.fromkeys((*names, *extensions)))


async def listed(*options: str) -> str:
    """What the suite prints of its client scenarios."""
    status, out, err = await suite("list", "--client", *options)
    if status:
        raise SystemExit(f"the suite cannot list its scenarios: {err}")
    return out


async def run(revision: str, scenario: str, turns: asyncio.Semaphore) -> Outcome:
    """One scenario at one revision."""
    async with turns:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            _, out, err = await suite(
                "client",
                *("--command", f"{sys.executable} {CLIENT}"),
                # Forced, because those of extensions belong to no revision.
                *("--scenario", scenario, "--spec-version", revision, "--force"),
                *("--timeout", MILLISECONDS, "--output-dir", folder),
            )
            found = next(Path(folder).rglob("checks.json"), None)
            checks = json.loads(found.read_text(encoding="utf-8")) if found is not None else []
        seconds = time.monotonic() - started
    outcome = Outcome.of(revision, scenario, checks, seconds, out + err)
    if not outcome.complaints and "OVERALL: PASSED" not in out + err:
        return replace(outcome, complaints=tuple((out + err).splitlines()[-30:]))
    return outcome


async def suite(*words: str) -> tuple[int, str, str]:
    """Run the suite with these words; its status, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        node(),
        SUITE,
        *words,
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(errors="replace"), err.decode(errors="replace")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*")
    raise SystemExit(asyncio.run(main(tuple(parser.parse_args().scenario))))
