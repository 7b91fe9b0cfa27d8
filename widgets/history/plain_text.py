"""A cell as plain text, for copying and for searching."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.history.cells import JsonPart, LinkPart, MarkdownPart, NotePart, PicturePart, TextPart
from widgets.history.head import GLYPHS
from widgets.picture import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from widgets.history.cells import Cell, Part

__all__ = ("cell_text", "pieces")


def cell_text(cell: Cell, *, head: bool = True) -> str:
    """The whole of a cell, folded or not; without its head line only what came back."""
    texts = [_part_text(part) for part in cell.parts]

    if head and (line := _head_text(cell)):
        texts.insert(0, line)

    return "\n".join(texts)


def pieces(cell: Cell) -> Iterator[str]:
    """The texts of a cell as they are, none of them copied."""
    yield cell.name
    yield cell.detail

    for part in cell.parts:
        match part:
            case TextPart(text) | JsonPart(text) | NotePart(text):
                yield text
            case MarkdownPart(blocks):
                yield from (block.source for block in blocks)
            case _:
                yield _part_text(part)


def _head_text(cell: Cell) -> str:
    if not cell.name:
        return ""

    sign = GLYPHS[cell.kind].text if cell.kind in GLYPHS else ""
    words = (
        sign,
        cell.name,
        cell.detail,
        cell.kind if cell.kind in ("failed", "cancelled", "interrupted") else "",
        cell.right,
    )
    return "  ".join(word for word in words if word)


def _part_text(part: Part) -> str:
    match part:
        case LinkPart(uri, label, description):
            return "  ".join(
                word for word in ("→ " + (label or uri), uri if label else "", description) if word
            )
        case PicturePart(picture, heading):
            return f"{heading}  {describe(picture)}"
        case MarkdownPart():
            return part.text.rstrip("\n")
        case TextPart(text) | JsonPart(text) | NotePart(text):
            return text
