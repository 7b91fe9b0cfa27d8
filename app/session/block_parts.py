"""What came back from servers, block by block, as parts of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.amounts import byte_size
from services.skills.naming import files_text, labels, size_text
from services.text import one_line, printable
from widgets.history.cells import JsonPart, LinkPart, NotePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.results.content import Block, ToolResult
    from services.skills.entries import Skill, SkillContent, SkillFile

__all__ = ("block_parts", "fault_parts", "file_links", "skill_links", "skill_parts", "structured_parts")

_MOST_LINKS: Final = 100
"""Skills of one server that a list links to."""


def block_parts(block: Block) -> list[Part]:
    """One content block without a picture, as parts of a cell."""
    from services.results import content as c

    match block:
        case c.TextBlock(text):
            return [TextPart(text)] if text else [NotePart("an empty text")]
        case c.ImageBlock():
            why = f": {block.problem}" if block.problem else ""
            return [NotePart(f"image {block.mime_type or '?'} that cannot be shown{why}", "warning")]
        case c.AudioBlock():
            if block.problem:
                return [NotePart(f"audio {block.mime_type or '?'}: {block.problem}", "warning")]
            return [
                NotePart(f"audio  {block.mime_type} · {byte_size(len(block.data))} · s saves it", "plain")
            ]
        case c.ResourceLink():
            size = f" · {byte_size(block.size)}" if block.size is not None else ""
            about = " · ".join(filter(None, (block.description, block.mime_type))) + size
            return [LinkPart(block.uri, block.title or block.name, one_line(about))]
        case c.EmbeddedResource():
            return _embedded(block)
        case c.UnknownBlock(type, text):
            return [NotePart(f"a block of type {one_line(type, 60)}"), JsonPart(text)]


def _embedded(block: Any) -> list[Part]:
    about = f"{one_line(block.uri, 200)}" + (f"  {block.mime_type}" if block.mime_type else "")
    if block.problem:
        return [NotePart(f"{about}: {block.problem}", "warning")]
    if block.is_app:
        return [NotePart(f"{about} · page of an MCP App, {byte_size(block.size)} · s saves it", "plain")]
    if block.text is not None:
        is_json = "json" in block.mime_type
        return [NotePart(about), JsonPart(block.text) if is_json else TextPart(block.text)]
    return [NotePart(f"{about} · {byte_size(len(block.data or b''))} · s saves it", "plain")]


def structured_parts(result: ToolResult) -> list[Part]:
    """The structured content of a tool result, under a heading of its own."""
    if result.structured is None:
        return []
    return [TextPart("structured content", "heading"), JsonPart(result.structured)]


def fault_parts(result: Any) -> list[Part]:
    """What is wrong with a result, one remark each."""
    return [NotePart(fault, "warning") for fault in result.faults]


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
