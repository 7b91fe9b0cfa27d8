"""Content blocks as they stand on the wire, read into values; whatever they are, there is a value.

Source: specification, server/tools, "Tool Result", and schema `ContentBlock`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from services.results.base64_bytes import BrokenBase64, read_base64
from services.results.content import (
    AudioBlock,
    EmbeddedResource,
    ImageBlock,
    ResourceLink,
    TextBlock,
    UnknownBlock,
)
from services.results.folded import folded
from services.results.indented import indented
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.results.content import Block

__all__ = ("Faults", "json_text", "read_block", "read_contents")

_LARGEST_TEXT: Final = 1 << 20
"""Bytes of a blob that is shown as text."""
_TEXTS: Final = frozenset(
    f"application/{name}" for name in ("json", "xml", "yaml", "toml", "javascript", "x-yaml", "sql")
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class Faults:
    """What is wrong with a result, one printable line each, up to a bound."""

    BOUND: Final = 20

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        """Note one more."""
        if len(self._lines) < self.BOUND:
            self._lines.append(one_line(line))
        else:
            self._more += 1

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self._lines, f"and {self._more} more") if self._more else tuple(self._lines)


class _Malformed(Exception):
    """A block that lacks what its type needs; says what, without the block's place."""


class _Fields:
    """The members of one JSON object, taken out with their types checked."""

    def __init__(self, raw: dict[str, Any], where: str, faults: Faults) -> None:
        self.raw = raw
        self.where = where
        self.faults = faults

    def required(self, name: str) -> str:
        """A string that the value cannot do without; raises _Malformed."""
        value = self.raw.get(name)
        if isinstance(value, str):
            return value
        raise _Malformed(f"{name} is {'missing' if name not in self.raw else 'not a string'}")

    def line(self, name: str, *, missed: bool = False) -> str:
        """A string in one line, empty when it is none; `missed` when the specification wants it."""
        value = self.raw.get(name)
        if isinstance(value, str):
            return one_line(value)
        if value is not None:
            self.faults.add(f"{self.where}: {name} is not a string")
        elif missed:
            self.faults.add(f"{self.where}: {name} is missing")
        return ""

    def blob(self, name: str) -> tuple[bytes, str, str]:
        """Bytes from base64, what is wrong with it or nothing, and the type that a `data:` URL names."""
        try:
            data, mime_type, remark = read_base64(self.required(name))
        except BrokenBase64 as error:
            self.faults.add(f"{self.where}: {error}")
            return b"", str(error), ""
        if remark:
            self.faults.add(f"{self.where}: {name} is {remark}")
        return data, "" if data else "no bytes", one_line(mime_type)


def read_block(raw: Any, where: str, faults: Faults) -> Block:
    """One block; what is unknown or malformed becomes an `UnknownBlock` and a fault."""
    kind = raw.get("type") if isinstance(raw, dict) else None
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    try:
        if reader is not None:
            return reader(_Fields(raw, where, faults))
        faults.add(f"{where}: {_what_is_unknown(raw, kind)}")
    except _Malformed as error:
        faults.add(f"{where}: {error}")
    shown = _folded(raw)
    text = json_text(shown, where, faults)
    return UnknownBlock(one_line(kind, 60) if isinstance(kind, str) else "", text, abridged=shown is not raw)


def read_contents(raw: Any, where: str, faults: Faults, uri: str = "") -> EmbeddedResource:
    """The contents of a resource: text or bytes; `uri` where it names none itself."""
    if not isinstance(raw, dict):
        faults.add(f"{where}: not an object")
        return EmbeddedResource(printable(uri), text=json_text(raw, where, faults), problem="not an object")
    try:
        return _contents(_Fields(raw, where, faults), uri)
    except _Malformed as error:
        faults.add(f"{where}: {error}")
        uri = raw["uri"] if isinstance(raw.get("uri"), str) else uri
        return EmbeddedResource(printable(uri), text=json_text(raw, where, faults), problem=str(error))


def json_text(value: Any, where: str, faults: Faults) -> str:
    """The value as indented JSON, or a word when it is nested too deeply."""
    try:
        return indented(value)
    except RecursionError:
        faults.add(f"{where}: nested too deeply to be shown")
        return "…"


def _folded(raw: Any) -> Any:
    try:
        return folded(raw)
    except RecursionError:
        return raw


def _what_is_unknown(raw: Any, kind: Any) -> str:
    if not isinstance(raw, dict):
        return "not an object"
    if isinstance(kind, str):
        return f"unknown block type {one_line(kind, 60)!r}"
    return "type is not a string" if "type" in raw else "type is missing"


def _text(fields: _Fields) -> TextBlock:
    return TextBlock(printable(fields.required("text")))


def _image(fields: _Fields) -> ImageBlock:
    data, problem, mime_type = fields.blob("data")
    return ImageBlock(fields.line("mimeType", missed=True) or mime_type, data, problem)


def _audio(fields: _Fields) -> AudioBlock:
    data, problem, mime_type = fields.blob("data")
    return AudioBlock(fields.line("mimeType", missed=True) or mime_type, data, problem)


def _link(fields: _Fields) -> ResourceLink:
    size = fields.raw.get("size")
    return ResourceLink(
        uri=printable(fields.required("uri")),
        name=fields.line("name", missed=True),
        title=fields.line("title"),
        description=fields.line("description"),
        mime_type=fields.line("mimeType"),
        size=size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None,
    )


def _embedded(fields: _Fields) -> EmbeddedResource:
    resource = fields.raw.get("resource")
    if not isinstance(resource, dict):
        raise _Malformed(f"resource is {'missing' if resource is None else 'not an object'}")
    return _contents(_Fields(resource, f"{fields.where}.resource", fields.faults))


def _contents(fields: _Fields, uri: str = "") -> EmbeddedResource:
    uri = printable(fields.required("uri") if not uri or "uri" in fields.raw else uri)
    mime_type = fields.line("mimeType")
    text = fields.raw.get("text")
    if isinstance(text, str):
        return EmbeddedResource(uri, mime_type, text=printable(text))
    if "blob" not in fields.raw:
        raise _Malformed("neither text nor blob" if text is None else "text is not a string")
    data, problem, named = fields.blob("blob")
    mime_type = mime_type or named
    if (text := _as_text(data, mime_type)) is not None:
        return EmbeddedResource(uri, mime_type, text=printable(text), data=data)
    return EmbeddedResource(uri, mime_type, data=data, problem=problem if problem != "no bytes" else "")


def _as_text(data: bytes, mime_type: str) -> str | None:
    """The text that the bytes are by their type, or look like without one; None for large and other ones."""
    essence = mime_type.partition(";")[0].strip().lower()
    structured = essence.endswith(("+json", "+xml")) and not essence.startswith("image/")
    typed = essence.startswith("text/") or essence in _TEXTS or structured
    if not data or len(data) > _LARGEST_TEXT or not (typed or not essence):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return text if typed or not _CONTROL.search(text) else None


_READERS: Final[dict[str, Callable[[_Fields], Block]]] = {
    "text": _text,
    "image": _image,
    "audio": _audio,
    "resource_link": _link,
    "resource": _embedded,
}
