"""Known vulnerabilities of the packages in a lock file, as pip-audit knows them from its service."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("Audit", "audit", "read")

LIMIT = 60.0
"""Seconds after which a service that does not answer is given up."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the service said: packages it knew and did not know, what it found; else why it said nothing."""

    known: int = 0
    unknown: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    problem: str = ""


def audit(lock: Path) -> Audit:
    """Ask the service about every package of a lock file that this platform installs."""
    command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(lock)]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        done = subprocess.run(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Audit(problem=f"the service did not answer within {LIMIT:g} s")
    return read(done.stdout, done.stderr)


def read(out: str, err: str) -> Audit:
    """Understand what pip-audit wrote: JSON, or nothing and the reason on standard error."""
    try:
        packages = json.loads(out)["dependencies"]
    except ValueError:
        last = (err.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return Audit(problem=last if len(last) <= 200 else f"{last[:199]}…")
    unknown = tuple(package["name"] for package in packages if "skip_reason" in package)
    if packages and len(unknown) == len(packages):
        return Audit(unknown=unknown, problem="the service that was reached knows none of the packages")
    found = [_finding(package, fault) for package in packages for fault in package.get("vulns", ())]
    return Audit(len(packages) - len(unknown), unknown, tuple(found))


def _finding(package: dict[str, Any], fault: dict[str, Any]) -> str:
    mended = f"mended in {', '.join(fault['fix_versions'])}" if fault["fix_versions"] else "not mended yet"
    names = ", ".join(dict.fromkeys([fault["id"], *fault.get("aliases", ())]))
    return f"{package['name']} {package['version']}: {names}, {mended}"
