"""Run the benchmarks one after the other and print one table: `python -m benchmarks [--only NAME]`."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import subprocess
import sys
import time

from benchmarks.report import HEADING, line, row

__all__ = ("main",)

NAMES = (
    "first_paint",
    "answers",
    "start",
    "calls",
    "cold_calls",
    "big_results",
    "commands",
    "finder",
    "floods",
    "forms",
    "gateway",
    "history",
    "model",
    "pictures",
    "reopening",
    "replicas",
    "resident",
    "results",
    "scale",
    "soak",
    "trace",
)
LIMIT = 100.0
"""Seconds after which one benchmark is given up, so that all of them end in minutes."""

LONGER = {"gateway": 300.0, "model": 300.0, "replicas": 300.0, "scale": 300.0, "soak": 900.0}
"""Those that need more."""


def main() -> None:
    """Print the table, or one part of it."""
    parser = argparse.ArgumentParser("benchmarks", description=__doc__)
    parser.add_argument("--only", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    only = parser.parse_args().only
    if only:
        print_one(only)
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}.")
    print("Times are medians of alternating rounds; ratios hold between machines, times do not.\n")
    print(row(HEADING), flush=True)
    began = time.monotonic()
    failed = [name for name in NAMES if not run(name)]
    print(f"\n{time.monotonic() - began:.0f} s in all.")
    sys.exit(f"No figures from: {', '.join(failed)}" if failed else 0)


def run(name: str) -> bool:
    """One benchmark in a process of its own, so that none inherits another's memory or imports."""
    limit = LONGER.get(name, LIMIT)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--only", name], timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        print(f"{name}: given up after {limit:g} s", flush=True)
        return False
    return done.returncode == 0


def print_one(name: str) -> None:
    """The lines of one benchmark, each as soon as it is known."""
    for figure in importlib.import_module(f"benchmarks.{name}").measure():
        print(line(figure), flush=True)


if __name__ == "__main__":
    main()
