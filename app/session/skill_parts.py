"""What was read of skills, as parts of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from services.skills.naming import files_text, labels, size_text
from services.text import one_line, printable
from widgets.history.cells import LinkPart, NotePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.skills.entries import Skill, SkillContent, SkillFile

__all__ = ("file_links", "skill_links", "skill_parts")

_MOST_LINKS: Final = 100
"""Skills of one server that a list links to."""


def skill_parts(content: SkillContent) -> list[Part]:
    """A text of a skill; a SKILL.md as its frontmatter, its instructions, and links to its other files."""
    from services.skills.frontmatter import body_of

    text = content.text or ""
    if content.file.raw_uri != content.skill.raw_uri:
        return [TextPart(printable(text))] if text else [NotePart("an empty file")]
    body = body_of(text)
    head = printable(text[: len(text) - len(body)]).strip().removeprefix("---").removesuffix("---")
    parts: list[Part] = [TextPart(f"{head.strip()}\n", "dim")]
    parts += [TextPart(printable(body))] if body.strip() else [NotePart("no instructions below it")]
    return [*parts, *_files(content.skill)]


def _files(skill: Skill) -> list[Part]:
    if skill.dynamic:
        note = NotePart("generated each time: its files are not verified")
        return [note, LinkPart("/", description="its directory, as the server has it now")]
    links = file_links(skill.files[1:])
    return [TextPart("files", "heading"), *links] if links else []


def file_links(files: Sequence[SkillFile]) -> list[Part]:
    """Links that read files of a skill, or look into its directories."""
    return [LinkPart(file.path, description=size_text(file)) for file in files]


def skill_links(skills: Sequence[Skill]) -> list[Part]:
    """Links that open skills, those beyond a bound by name alone."""
    parts: list[Part] = []
    for skill, label in zip(skills[:_MOST_LINKS], labels(skills), strict=False):
        about = f"not loaded: {skill.problem}" if skill.problem else skill.description
        parts.append(LinkPart(label, description=one_line(f"{files_text(skill)} · {about}", 300)))
    if rest := labels(skills)[_MOST_LINKS:]:
        parts.append(TextPart("\n".join(rest)))
    return parts
