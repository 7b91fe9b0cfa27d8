"""The skills of a server: whether each can be loaded, and whether their files are what is listed of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.amounts import byte_size, plural
from services.check.findings import Finding, error, warning
from services.errors import JackfieldError, SkillRefused
from services.events import ServerState
from services.skills.reading import read_skill
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.connection_manager import ConnectionManager
    from services.skills.entries import Skill, SkillFile

__all__ = ("check_skills",)

_MOST_FILES: Final = 500
_MOST_BYTES: Final = 64 << 20
"""What is read of one server; what is beyond is named by its number."""


async def check_skills(
    manager: ConnectionManager, server: str, items: Sequence[Any], seconds: float
) -> tuple[Finding, ...]:
    """Look at the entries of `skills/list`, and read their files, for at most so long.

    Raises JackfieldError when the server is gone.
    """
    listed = [skill for item in items if isinstance(item, dict) and (skill := read_skill(server, item))]
    found = [_unfit(skill) for skill in listed if skill.problem]
    files = [(skill, file) for skill in listed if not skill.problem for file in skill.files]
    files.sort(key=lambda one: one[1] is not one[0].files[0])  # each SKILL.md before any other file
    read = weight = 0
    try:
        async with asyncio.timeout(seconds):
            for skill, file in files[:_MOST_FILES]:
                if weight + (file.size or 0) > _MOST_BYTES:
                    break
                fault, size = await _read(manager, skill, file)
                found += [fault] if fault is not None else []
                read, weight = read + 1, weight + size
    except TimeoutError:
        pass
    if read < len(files):
        found.append(_unread(len(files) - read, len(files), seconds))
    return tuple(found)


async def _read(manager: ConnectionManager, skill: Skill, file: SkillFile) -> tuple[Finding | None, int]:
    """What is wrong with a file, and its bytes. Raises JackfieldError when the server is gone."""
    subject = one_line(f"{skill.path}/{file.path}", 120)
    try:
        content = await manager.read_skill(skill, file.raw_uri)
    except SkillRefused as failure:
        hint = "The server must list each file of a skill as it is."
        return error("skill-file", failure.how or failure.message, hint, subject=subject), file.size or 0
    except JackfieldError as failure:
        if manager.status(skill.server).state is not ServerState.READY:
            raise
        return error("skill-file", f"cannot be read: {failure.message}", failure.hint, subject=subject), 0
    return None, len(content.data)


def _unfit(skill: Skill) -> Finding:
    hint = "A skill with such an entry is not loaded."
    return error("invalid-skill", skill.problem, hint, subject=one_line(skill.path or skill.uri, 120))


def _unread(number: int, all_files: int, seconds: float) -> Finding:
    text = f"{number:,} of {plural(all_files, 'file')} of skills were not read"
    bounds = f"At most {_MOST_FILES} files and {byte_size(_MOST_BYTES)} are read, for {seconds:g} s."
    return warning("skill-unread", text, bounds)
