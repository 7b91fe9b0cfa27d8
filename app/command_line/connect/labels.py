"""What stands on standard output for a block that is not text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.command_line.terminal.output import paint
from services.amounts import byte_size
from services.results.content import AudioBlock, EmbeddedResource, ImageBlock, ResourceLink, UnknownBlock
from services.text import one_line

if TYPE_CHECKING:
    from pathlib import Path

    from services.results.content import Block
    from services.results.pictures import Picture

__all__ = ("is_file", "is_page", "label")


def label(block: Block, picture: Picture | None, path: Path | None) -> str:
    """What stands for a block that is not text: `[image PNG 1280×800 · 214 kB]`."""
    parts: list[str] = []
    match block:
        case ImageBlock(mime_type=kind, data=data, problem=problem):
            size = f"{picture.format} {picture.width}×{picture.height}" if picture else kind
            parts = [f"image {size}", _size(data), problem]
        case AudioBlock(mime_type=kind, data=data, problem=problem):
            parts = [f"audio {kind}", _size(data), problem]
        case EmbeddedResource(uri=uri, mime_type=kind, data=data, problem=problem):
            what = f"{picture.format} {picture.width}×{picture.height}" if picture else kind
            size = byte_size(block.size) if block.is_app else _size(data)
            parts = [f"resource {one_line(uri, 300)}", what, size, problem]
        case ResourceLink(uri=uri, name=name, mime_type=kind, size=count):
            named = name if name and name not in uri else ""
            parts = [f"link {one_line(uri, 300)}", named, kind, byte_size(count) if count is not None else ""]
        case UnknownBlock(type=kind):
            parts = [f"block of the unknown type {kind}" if kind else "block that is not valid MCP"]
        case _:
            pass
    told = " · ".join(part.strip() for part in parts if part.strip())
    where = f" {one_line(str(path), 500)}" if path is not None else ""
    return paint(f"[{told}]", "dim") + where


def is_page(block: Block) -> bool:
    """Whether it is the page of an MCP App, which no terminal is filled with."""
    return isinstance(block, EmbeddedResource) and block.is_app and sys.stdout.isatty()


def is_file(block: Block) -> bool:
    """Whether there is something in it to save."""
    match block:
        case ImageBlock(data=data) | AudioBlock(data=data):
            return bool(data)
        case EmbeddedResource(text=text, data=data):
            return text is not None or data is not None
    return False


def _size(data: bytes | None) -> str:
    return byte_size(len(data)) if data else ""
