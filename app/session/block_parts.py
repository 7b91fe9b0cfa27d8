"""What came back from servers, block by block, as parts of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.amounts import byte_size
from services.text import one_line
from widgets.history.cells import JsonPart, LinkPart, NotePart, Part, TextPart

if TYPE_CHECKING:
    from services.results.content import Block, ToolResult

__all__ = ("block_parts", "fault_parts", "structured_parts")


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
