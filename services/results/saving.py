"""Results as files: sensible names, nothing overwritten, each file whole or not there at all.

Text is saved as it stood on the wire, tabs and all, not as it is drawn.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from services.errors import JackfieldError
from services.files import patiently, sync
from services.results.content import (
    AudioBlock,
    EmbeddedResource,
    ImageBlock,
    TextBlock,
    ToolResult,
    UnknownBlock,
)
from services.results.indented import indented
from services.results.kinds import kind_of, suffix_for
from services.results.repeated import repeats
from services.results.sent import Result, items, sent_text
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.results.content import Block

__all__ = ("SaveFailed", "file_names", "save")

File = tuple[str, bytes]

_LONGEST_NAME: Final = 120
"""Bytes of a name without its suffix: room for a number, a suffix and a file system's own needs."""
_NOT_IN_NAMES: Final = re.compile(r"[^\w.+@=()-]+")
_SUFFIX: Final = re.compile(r"\.[A-Za-z0-9]{1,8}\Z")
_RESERVED: Final = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)")
_SAME: Final = {".jpeg": ".jpg", ".tif": ".tiff", ".htm": ".html", ".yml": ".yaml"}
_PIECE: Final = 1 << 20


class SaveFailed(JackfieldError):
    """A result could not be written; says where and why."""


async def save(result: Result | str, directory: Path, stem: str, name: str = "") -> tuple[Path, ...]:
    """Write the files of a result into a directory; their paths. Raises SaveFailed, and then none is left.

    A `name` is that of the file where it is only one.
    """
    return await asyncio.to_thread(_save, result, directory, stem, name)


async def file_names(result: Result | str, stem: str) -> tuple[str, ...]:
    """What the files of a result would be called where nothing else is."""
    files = await asyncio.to_thread(_files, result, stem)
    return tuple(name for name, _ in files)


def _files(result: Result | str, stem: str) -> list[File]:
    """The files of a result; several may have the same name."""
    if isinstance(result, str):
        return [(_name(stem, ".txt"), _encoded(result))]
    blocks = items(result)
    texts = [sent_text(block, raw) for block, raw in blocks if isinstance(block, TextBlock)]
    if isinstance(result, ToolResult) and result.structured is not None:
        same = repeats(texts, result.raw.get("structuredContent"))
        texts = [text for place, text in enumerate(texts) if place not in same]
    files = [(_name(stem, ".txt"), _encoded("\n".join(texts)))] if texts else []
    files.extend(file for block, raw in blocks if (file := _file(block, raw, stem)) is not None)
    if isinstance(result, ToolResult) and result.structured is not None:
        files.append((_name(stem, ".json"), _encoded(result.structured)))
    if not files:
        files.append((_name(stem, ".json"), _encoded(indented(result.raw))))
    return files


# Names.


def _name(suggestion: str, suffix: str) -> str:
    """A safe name with a suffix: the suggestion's own where it has one, unless `suffix` says otherwise."""
    name = _cleaned(suggestion)
    own = _SUFFIX.search(name)
    if own and (not suffix or _same(own[0]) == _same(suffix)):
        name, suffix = name[: own.start()], own[0]
    name = name.encode()[:_LONGEST_NAME].decode("utf-8", "ignore").strip("._-") or "result"
    return f"_{name}{suffix}" if _RESERVED.match(name) else f"{name}{suffix}"


def _cleaned(suggestion: str) -> str:
    name = unicodedata.normalize("NFC", one_line(suggestion, 400))
    return _NOT_IN_NAMES.sub("_", name).strip("._-")


def _same(suffix: str) -> str:
    return _SAME.get(suffix.lower(), suffix.lower())


def _named(suggestion: str, mime_type: str, data: bytes, otherwise: str) -> str:
    """A name whose suffix tells what the bytes are, by their first few, then by the media type."""
    kind = kind_of(data)
    if kind is not None and kind.name != "ZIP":  # documents of many kinds are ZIP inside
        return _name(suggestion, kind.suffix)
    if _SUFFIX.search(_cleaned(suggestion)):
        return _name(suggestion, "")
    return _name(suggestion, kind.suffix if kind else suffix_for(mime_type) or otherwise)


def _last_part(uri: str) -> str:
    """What a URI calls its resource, unescaped; not yet safe."""
    path = re.split(r"[?#]", uri[:2_000], maxsplit=1)[0].rstrip("/")
    return "" if path.startswith("data:") else unquote(path.rpartition("/")[2])


class _Names:
    """`name.png`, `name-2.png`, `name-3.png`, …: each is proposed once, so many of one name cost little."""

    def __init__(self) -> None:
        self._numbers: dict[str, Iterator[int]] = {}

    def numbered(self, name: str) -> Iterator[str]:
        """The names after those that were proposed before."""
        path = PurePosixPath(name)
        for number in self._numbers.setdefault(name.casefold(), count(1)):
            yield f"{path.stem}-{number}{path.suffix}" if number > 1 else name


# Contents.


def _whole_json(block: UnknownBlock, raw: Any) -> str:
    """The JSON of a block with its base64, where that was left out of what is shown."""
    if not block.abridged or not isinstance(raw, dict):
        return block.json
    is_message = "role" in raw and isinstance(raw.get("content"), dict)
    return indented(raw["content"] if is_message else raw)


def _file(block: Block, raw: Any, stem: str) -> File | None:
    match block:
        case ImageBlock() | AudioBlock() if block.data:
            return _named(stem, block.mime_type, block.data, ".bin"), block.data
        case EmbeddedResource() if block.data is not None:
            return _named(_last_part(block.uri) or stem, block.mime_type, block.data, ".bin"), block.data
        case EmbeddedResource() if block.text is not None:
            data = _encoded(sent_text(block, raw))
            otherwise = ".json" if block.problem else ".txt"
            return _named(_last_part(block.uri) or stem, block.mime_type, data, otherwise), data
        case UnknownBlock():
            return _name(stem, ".json"), _encoded(_whole_json(block, raw))
        case _:
            return None


def _encoded(text: str) -> bytes:
    return b"".join(
        text[start : start + _PIECE].encode("utf-8", "replace") for start in range(0, len(text), _PIECE)
    )


# Writing.


def _save(result: Result | str, directory: Path, stem: str, chosen: str = "") -> tuple[Path, ...]:
    parts: list[tuple[Path, str]] = []
    placed: list[Path] = []
    names = _Names()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        files = _files(result, stem)
        files = [(chosen, files[0][1])] if chosen and len(files) == 1 else files
        for name, data in files:
            part = directory / f".jackfield-{secrets.token_hex(8)}.part"
            parts.append((part, name))
            _write(part, data)
        for part, name in parts:
            placed.append(_place(part, directory, names.numbered(name)))
    except OSError as error:
        for path in placed:
            path.unlink(missing_ok=True)
        reason = one_line(error.strerror or str(error), 200)
        raise SaveFailed(f"cannot save to {one_line(str(directory), 200)}: {reason}") from error
    finally:
        for part, _ in parts:
            part.unlink(missing_ok=True)
    return tuple(placed)


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        sync(file)


def _place(part: Path, directory: Path, names: Iterator[str]) -> Path:
    """Give a written file the first free name; one that was taken meanwhile stays untouched."""
    for candidate in names:
        target = directory / candidate
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        try:
            return patiently(partial(part.replace, target))
        except OSError:
            target.unlink(missing_ok=True)
            raise
    raise AssertionError("the numbers do not end")
