"""What the person answered about projects' files: `projects.json` in the home directory.

    { "version": 1, "files": { PATH: { "target": REAL PATH, "sha256": …, "answer": "yes" | "no" } } }

PATH is where the file was found, TARGET where it really is: a symbolic link in one project to
a file that was agreed to in another has not been agreed to, and neither has one that now leads
elsewhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from services.config.paths import locked, write_whole
from services.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from services.config.projects.project_file import Consent, ProjectFile

__all__ = ("answers", "answers_file", "consent_of", "record_consent")

_LIMIT = 1 << 24


def record_consent(home: Path, file: ProjectFile, yes: bool) -> None:
    """Keep the answer about exactly what was read of the file, whatever stands in it by now.

    Raises ConfigurationError when it cannot be written, or for a yes to what cannot be read.
    """
    if yes and not file.sha256:
        raise ConfigurationError(f"{file.shown} cannot be read, so there is nothing to consent to")
    place = answers_file(home)
    with locked(place):
        kept = answers(home)
        kept[str(file.path)] = {
            "target": str(file.target),
            "sha256": file.sha256,
            "answer": "yes" if yes else "no",
        }
        write_whole(place, json.dumps({"version": 1, "files": kept}, indent=2) + "\n")


def answers(home: Path) -> dict[str, Any]:
    """The answers by path; none where they cannot be read, so that the person is asked again."""
    try:
        with answers_file(home).open("rb") as file:
            kept = json.loads(file.read(_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    files = kept.get("files") if isinstance(kept, dict) else None
    return files if isinstance(files, dict) else {}


def consent_of(kept: dict[str, Any], path: Path, target: Path, sha256: str) -> Consent:
    """What the answers say about a file as it is now."""
    entry = kept.get(str(path))
    if not isinstance(entry, dict) or entry.get("answer") not in ("yes", "no"):
        return "unasked"
    if entry.get("sha256") != sha256 or entry.get("target") != str(target):
        return "changed"
    return "yes" if entry["answer"] == "yes" else "no"


def answers_file(home: Path) -> Path:
    """Where the answers are."""
    return home / "projects.json"
