"""Answers on standard output: text as it is, everything else by name and where it was saved.

On a terminal text is made printable, and base64 folded. Into a file or a pipe it goes exactly as the
server sent it, tabs and all, so that `jackfield call files read path=Makefile > Makefile` does what it says.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.command_line.connect.labels import is_file, is_page, label
from app.command_line.terminal import documents
from app.command_line.terminal.output import note, note_nulls, paint, warning
from services.errors import JackfieldError
from services.results.content import (
    EmbeddedResource,
    TextBlock,
    UnknownBlock,
)
from services.results.folded import folded, folded_text
from services.results.indented import indented, written
from services.results.repeated import parsed, repeats
from services.results.saving import save as save_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from services.catalog.entries import Tool
    from services.results.content import Block, PromptResult, ResourceResult, ToolResult
    from services.results.pictures import Picture

__all__ = ("print_prompt", "print_raw", "print_resource", "print_tool_result", "write")


async def print_tool_result(result: ToolResult, tool: Tool, *, as_json: bool, save: Path | None) -> None:
    """Print what a tool answered; with `save` its images, audio and enclosed files become files."""
    _tell(result.faults)
    paths = await _saved(result, result.blocks, save, tool.name)
    if as_json:
        print_raw(result.raw)
        return
    raws = _raws(result.raw.get("content"), len(result.blocks))
    texts = [
        _wire(raw, block.text)
        for block, raw in zip(result.blocks, raws, strict=True)
        if isinstance(block, TextBlock)
    ]
    for index, (block, raw) in enumerate(zip(result.blocks, raws, strict=True)):
        if isinstance(block, TextBlock):
            write(_sent(block.text, raw))
        else:
            _print_block(block, raw, _picture(result.pictures, index), paths.get(index))
    if result.structured is None:
        if not result.blocks:
            note("The answer is empty.")
    elif not repeats(texts, result.raw.get("structuredContent")):
        write(_structured(result))
    if save is None:
        _tell_how_to_save(result.blocks)


async def print_resource(result: ResourceResult, *, as_json: bool, save: Path | None) -> None:
    """Print what a resource holds; one of bytes alone goes into a pipe as its bytes."""
    _tell(result.faults)
    paths = await _saved(result, result.contents, save, "resource")
    if as_json:
        print_raw(result.raw)
        return
    raws = _raws(result.raw.get("contents"), len(result.contents))
    if len(result.contents) == 1 and not paths and not sys.stdout.isatty():
        data = result.contents[0].data
        if data is not None:
            _put(data)
            return
    several = len(result.contents) > 1
    for index, (block, raw) in enumerate(zip(result.contents, raws, strict=True)):
        path = paths.get(index)
        page = is_page(block)
        if block.text is None or path is not None or several or page:
            write(label(block, _picture(result.pictures, index), path))
        if block.text is not None and path is None and not page:
            write(_sent(block.text, raw))
    if save is None:
        _tell_how_to_save(result.contents)
    if not result.contents:
        note("The resource is empty.")


def print_prompt(result: PromptResult, *, as_json: bool) -> None:
    """Print the messages of a prompt, each under the role it speaks in."""
    _tell(result.faults)
    if as_json:
        print_raw(result.raw)
        return
    raws = _raws(result.raw.get("messages"), len(result.messages))
    for index, (message, raw) in enumerate(zip(result.messages, raws, strict=True)):
        write(("\n" if index else "") + paint(f"{message.role or 'message'}:", "bold"))
        raw = raw.get("content") if isinstance(raw, dict) else None
        if isinstance(message.block, TextBlock):
            write(_sent(message.block.text, raw))
        else:
            _print_block(message.block, raw, _picture(result.pictures, index), None)
    if not result.messages:
        note("The prompt has no messages.")


def print_raw(value: Any) -> None:
    """A result as JSON, as it stood on the wire; what could act on a terminal is written as `\\uXXXX`."""
    try:
        text, places = written(value)
    except RecursionError as error:
        raise JackfieldError("the answer is nested too deeply to be printed as JSON") from error
    documents.begun()
    write(text)
    note_nulls(places)


def write(text: str) -> None:
    """Text on standard output, ended with a line break where it has none."""
    text = text if text.endswith("\n") else text + "\n"
    if sys.stdout.isatty():
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        _put(text.encode("utf-8", "replace"))


def _put(data: bytes) -> None:
    """All of the bytes: an unbuffered standard output (PYTHONUNBUFFERED) takes them in parts."""
    sys.stdout.flush()
    rest = memoryview(data)
    while rest:
        rest = rest[sys.stdout.buffer.write(rest) :]
    sys.stdout.buffer.flush()


# Blocks.


def _print_block(block: Block, raw: Any, picture: Picture | None, path: Path | None) -> None:
    write(label(block, picture, path))
    match block:
        case EmbeddedResource(text=str(text)) if path is None and not is_page(block):
            resource = raw.get("resource") if isinstance(raw, dict) else None
            write(_sent(text, resource))
        case UnknownBlock(json=text):
            write(text)
        case _:
            pass


def _sent(shown: str, raw: Any) -> str:
    """The text for where it goes: printable for a terminal, else as it stood on the wire."""
    return _without_base64(shown) if sys.stdout.isatty() else _wire(raw, shown)


def _without_base64(text: str) -> str:
    """A text for a terminal; base64 is folded within JSON too."""
    value = parsed(text)
    try:
        if isinstance(value, dict | list) and (shown := folded(value)) is not value:
            return indented(shown)
    except RecursionError:
        return text
    return folded_text(text)


def _structured(result: ToolResult) -> str:
    """The structured content; on a terminal with what base64 there is folded."""
    value = result.raw.get("structuredContent")
    if sys.stdout.isatty() and (shown := folded(value)) is not value:
        return indented(shown)
    return result.structured or ""


def _wire(raw: Any, otherwise: str) -> str:
    text = raw.get("text") if isinstance(raw, dict) else None
    return text if isinstance(text, str) else otherwise


def _raws(listed: Any, count: int) -> Sequence[Any]:
    """The blocks as they stood on the wire; None for each where the two do not match."""
    return listed if isinstance(listed, list) and len(listed) == count else [None] * count


def _picture(pictures: Iterable[Picture], index: int) -> Picture | None:
    return next((picture for picture in pictures if picture.block_index == index), None)


def _tell(faults: Iterable[str]) -> None:
    for fault in faults:
        note(warning(fault))


# Files.


async def _saved(
    result: ToolResult | ResourceResult, blocks: Sequence[Block], directory: Path | None, stem: str
) -> Mapping[int, Path]:
    """Where each block that became a file was written, by its place."""
    if directory is None:
        return {}
    places = [index for index, block in enumerate(blocks) if is_file(block)]
    if not places:
        note("There is nothing to save: no image, no audio, no file.")
        return {}
    kept = tuple(blocks[index] for index in places)
    listed = _raws(result.raw.get("contents" if _of_resource(result) else "content"), len(blocks))
    raw = {"contents" if _of_resource(result) else "content": [listed[index] for index in places]}
    changes = {"contents": kept} if _of_resource(result) else {"blocks": kept, "structured": None}
    paths = await save_files(replace(result, raw=raw, **changes), directory, stem)
    return dict(zip(places, paths, strict=True))


def _of_resource(result: ToolResult | ResourceResult) -> bool:
    return not hasattr(result, "blocks")


def _tell_how_to_save(blocks: Iterable[Block]) -> None:
    count = sum(
        is_file(block) and (getattr(block, "text", None) is None or is_page(block)) for block in blocks
    )
    if count:
        note(
            paint(
                f"--save DIR writes {'it' if count == 1 else f'the {count} of them'} to a file.",
                "dim",
                sys.stderr,
            )
        )
