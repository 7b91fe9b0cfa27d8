"""What skills are called: by name where that is one skill's alone, else by their place; and their sizes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from services.amounts import byte_size, plural
from services.errors import NotOffered
from services.ranking import nearest
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.skills.entries import Skill, SkillFile

__all__ = ("files_text", "labels", "named", "size_text")


def labels(skills: Sequence[Skill]) -> tuple[str, ...]:
    """A label for each skill of one server, no two the same: a name, a path, or the whole URI."""
    names = Counter(skill.name for skill in skills)
    paths = Counter(skill.path for skill in skills)
    return tuple(
        skill.name if names[skill.name] == 1 else skill.path if paths[skill.path] == 1 else skill.uri
        for skill in skills
    )


def named(skills: Sequence[Skill], text: str, server: str) -> Skill:
    """The one skill that a label or URI means. Raises NotOffered where it is none, or more than one."""
    known = labels(skills)
    for skill, label in zip(skills, known, strict=True):
        if text in (label, skill.path, skill.uri, skill.raw_uri):
            return skill
    shown, where = one_line(text, 120), one_line(server, 80)
    alike = [label for skill, label in zip(skills, known, strict=True) if skill.name == text]
    if alike:
        raise NotOffered(
            f"{where} has {len(alike)} skills named {shown}",
            hint=f"one of: {one_line(', '.join(alike), 300)}",
        )
    near = nearest(text, known, 1)
    raise NotOffered(f"{where} has no skill {shown}", hint=f"did you mean {near[0]}?" if near else "")


def files_text(skill: Skill) -> str:
    """How many files it has, and how large they are: `3 files, 2.1 kB`."""
    if skill.dynamic:
        return "generated each time"
    return f"{plural(len(skill.files), 'file')}, {byte_size(skill.size)}"


def size_text(file: SkillFile) -> str:
    """How large a file is; empty where the server does not say."""
    return byte_size(file.size) if file.size is not None else ""
