"""What a tool brought back, as the model is given it: text, pictures, and files for what is too large."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.amounts import byte_size
from services.model.cleaning import clean, tokens
from services.model.kept_results import keep_result
from services.results.content import (
    AudioBlock,
    EmbeddedResource,
    ImageBlock,
    ResourceLink,
    TextBlock,
    ToolResult,
    UnknownBlock,
)
from services.results.kinds import kind_of
from services.results.repeated import repeats
from services.results.saving import SaveFailed

if TYPE_CHECKING:
    from pathlib import Path

    from services.results.content import Block

__all__ = ("Answer", "Image", "answer_of", "bounded")

IMAGE_TYPES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
"""What all three interfaces take."""
_LARGEST_IMAGE: Final = 5 * 1024 * 1024 * 3 // 4
"""Bytes: Anthropic's interface refuses one of more than 5 MiB in base64."""
_MOST_IMAGES: Final = 20
_BYTES_A_TOKEN: Final = 4


@dataclass(frozen=True, slots=True)
class Image:
    """A picture for the model: its bytes as the server sent them."""

    mime_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model is given of one result."""

    text: str
    images: tuple[Image, ...] = ()
    files: tuple[Path, ...] = ()
    """What was saved because it is too large, or nothing that a model reads."""
    hidden: int = 0
    """Characters that nobody sees and that were taken out."""


@dataclass(slots=True)
class _Parts:
    folder: Path
    stem: str
    texts: list[str] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    hidden: int = 0

    def add(self, text: str) -> None:
        cleaned = clean(text)
        self.texts.append(cleaned.text)
        self.hidden += cleaned.hidden


async def answer_of(result: ToolResult, folder: Path, stem: str, limit: int) -> Answer:
    """The answer to a call; text of more than `limit` tokens goes into a file of the folder."""
    parts = _Parts(folder, stem)
    raws = result.raw.get("content")
    raws = raws if isinstance(raws, list) and len(raws) == len(result.blocks) else [None] * len(result.blocks)
    decoded = {picture.block_index for picture in result.pictures}
    for index, (block, raw) in enumerate(zip(result.blocks, raws, strict=True)):
        await _add(parts, block, raw, decodes=index in decoded)
    structured = _structured(result)
    if structured is not None and not repeats(parts.texts, structured):
        parts.add(_dumped(structured) if not parts.texts else f"Structured content:\n{_dumped(structured)}")
    text = "\n".join(parts.texts) or ("(no text, see the picture)" if parts.images else "(nothing)")
    if result.is_error:
        text = f"The tool reported an error:\n{text}"
    text, saved = await bounded(text, folder, stem, limit)
    return Answer(text, tuple(parts.images), (*parts.files, *saved), parts.hidden)


async def bounded(text: str, folder: Path, stem: str, limit: int) -> tuple[str, tuple[Path, ...]]:
    """A text of at most about `limit` tokens: of a longer one head, tail and its file."""
    if tokens(text) <= limit:
        return text, ()
    try:
        paths = await keep_result(text, folder, stem)
        where = f"the whole text is in the file {paths[0]}"
    except SaveFailed as error:
        paths, where = (), f"it could not be saved: {error.message}"
    room = limit * _BYTES_A_TOKEN
    head, tail = _first(text, room * 2 // 3), _last(text, room // 3)
    left_out = len(text) - len(head) - len(tail)
    return f"{head}\n[… {left_out} characters left out here; {where} …]\n{tail}", paths


def _first(text: str, size: int) -> str:
    return text[:size].encode(errors="replace")[:size].decode(errors="ignore")


def _last(text: str, size: int) -> str:
    return text[-size:].encode(errors="replace")[-size:].decode(errors="ignore")


async def _add(parts: _Parts, block: Block, raw: Any, *, decodes: bool) -> None:
    match block:
        case TextBlock(text=text):
            wire = raw.get("text") if isinstance(raw, dict) else None
            parts.add(wire if isinstance(wire, str) else text)
        case ImageBlock(data=data) | EmbeddedResource(data=bytes(data)) if decodes and (
            image := _image(parts, data)
        ):
            parts.images.append(image)
        case ImageBlock(problem=problem) | AudioBlock(problem=problem) if not block.data:
            parts.add(f"[{block.mime_type or 'binary'} that cannot be read: {problem}]")
        case ImageBlock() | AudioBlock():
            # A picture that does not decode would have the provider refuse the whole conversation.
            await _save(parts, block, block.mime_type, len(block.data))
        case ResourceLink():
            parts.add(f"[resource link: {json.dumps(_link(block), ensure_ascii=False)}]")
        case EmbeddedResource(text=text, uri=uri) if text is not None:
            resource = raw.get("resource") if isinstance(raw, dict) else None
            wire = resource.get("text") if isinstance(resource, dict) else None
            parts.add(f"[resource {uri}]\n{wire if isinstance(wire, str) else text}")
        case EmbeddedResource():
            await _save(parts, block, block.mime_type, len(block.data or b""), block.uri)
        case UnknownBlock():
            parts.add(block.json)


def _image(parts: _Parts, data: bytes) -> Image | None:
    """A picture that can go to the model as one: by its first bytes, whatever type the server says."""
    kind = kind_of(data)
    if kind is None or kind.mime_type not in IMAGE_TYPES:
        return None
    fits = len(data) <= _LARGEST_IMAGE and len(parts.images) < _MOST_IMAGES
    return Image(kind.mime_type, data) if fits else None


async def _save(parts: _Parts, block: Block, mime_type: str, size: int, uri: str = "") -> None:
    what = f"{uri} {mime_type or 'binary'}, {byte_size(size)}".strip()
    try:
        paths = await keep_result(ToolResult(blocks=(block,)), parts.folder, parts.stem)
    except SaveFailed as error:
        parts.add(f"[{what}; it could not be saved: {error.message}]")
        return
    parts.files += paths
    parts.add(f"[{what}, saved to {paths[0]}]")


def _link(block: ResourceLink) -> dict[str, Any]:
    given = {
        "uri": block.uri,
        "name": block.name,
        "title": block.title,
        "description": block.description,
        "mimeType": block.mime_type,
        "size": block.size,
    }
    return {key: value for key, value in given.items() if value}


def _structured(result: ToolResult) -> Any:
    return result.raw.get("structuredContent") if result.structured is not None else None


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
