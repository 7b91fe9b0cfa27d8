"""Licences and known vulnerabilities of the locked dependencies: `python -m checks.dependencies`.

Licences are read offline, and must be allowed in `[tool.jackfield.licences]` of pyproject.toml.
Vulnerabilities need the network; where their service can not be asked, one line says so and nothing fails.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from checks.licences import Rules, check, locked
from checks.vulnerabilities import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from checks.licences import Report
    from checks.vulnerabilities import Audit

__all__ = ("main", "run")

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements" / "run.txt"
PROJECT = ROOT / "pyproject.toml"


def main() -> None:
    """Check what `jackfield` is installed with; the exit status is 1 when something is wrong."""
    sys.exit(run(LOCK, PROJECT, sys.path, audit, _say))


def run(
    lock: Path, project: Path, path: list[str], ask: Callable[[Path], Audit], say: Callable[[str], None]
) -> int:
    """Check a lock file against the rules of a project and what `ask` finds out; the exit status."""
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["jackfield"]["licences"]
        rules = Rules.of(table)
    except KeyError as error:
        say(f"Licences: {project.name} has no {error} for [tool.jackfield.licences] allow = […]")
        return 1
    except ValueError as error:
        say(f"Licences: [tool.jackfield.licences] of {project.name}: {error}")
        return 1
    report = check(locked(lock.read_text(encoding="utf-8")), rules, path)
    for text in _of_licences(report):
        say(text)
    found = ask(lock)
    for text in _of_vulnerabilities(found):
        say(text)
    return 1 if report.faults or found.found else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _of_licences(report: Report) -> list[str]:
    """The findings first, for whoever has to act; else how many were read, and which were not."""
    left = f" Not installed here: {', '.join(report.not_checked)}." if report.not_checked else ""
    if report.faults:
        return [f"Licences: {fault}" for fault in report.faults]
    names = sorted(set(report.licences.values()), key=str.casefold)
    return [f"Licences: {_packages(len(report.licences))} checked, all allowed: {', '.join(names)}.{left}"]


def _of_vulnerabilities(found: Audit) -> list[str]:
    if found.problem:
        return [f"Vulnerabilities were not checked: {found.problem}"]
    if found.found:
        return [f"Vulnerability: {fault}" for fault in found.found]
    left = f" The service does not know: {', '.join(found.unknown)}." if found.unknown else ""
    return [f"Vulnerabilities: {_packages(found.known)} checked, none known.{left}"]


def _packages(number: int) -> str:
    return "1 package" if number == 1 else f"{number} packages"


if __name__ == "__main__":
    main()
