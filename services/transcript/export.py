"""A session as a file for others: Markdown with its pictures beside it, JSON lines, or a shell script."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from services.errors import JackfieldError
from services.files import replacing
from services.results.base64_bytes import BrokenBase64, decode_base64
from services.results.kinds import kind_of
from services.text import one_line, printable
from services.transcript.entries import CALLS
from services.transcript.lines import entry_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from services.transcript.entries import Entry, Part

__all__ = ("ENDINGS", "NotExported", "blob_of", "export")

_TICKS: Final = re.compile(r"`{3,}")
_PLAIN: Final = re.compile(r"([\\`*_\[\]<>#|~])")


class NotExported(JackfieldError):
    """A session could not be exported; says where and why."""


def export(entries: Iterable[Entry], path: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Write entries, masked before, by the ending of the file; the files written, `path` first. Blocks.

    Raises NotExported, also for a file that is there already unless `force`.
    """
    write = ENDINGS.get(path.suffix.lower())
    if write is None:
        *some, last = ENDINGS
        raise NotExported(
            f"no format is known for {one_line(path.name, 100)}",
            hint=f"The name must end in {', '.join(some)} or {last}.",
        )
    if not force and (path.exists() or path.is_symlink()):
        raise NotExported(f"{one_line(str(path), 200)} is there already", hint="--force overwrites it.")
    try:
        return path, *write(entries, path)
    except OSError as error:
        reason = one_line(error.strerror or str(error), 200)
        raise NotExported(f"cannot write {one_line(str(path), 200)}: {reason}") from error


# JSON lines.


def _json_lines(entries: Iterable[Entry], path: Path) -> Iterable[Path]:
    with replacing(path, 0o600) as file:
        for number, entry in enumerate(entries):
            file.write(entry_line(replace(entry, number=number)))
    return ()


# A shell script.


def _script(entries: Iterable[Entry], path: Path) -> Iterable[Path]:
    lines = ["#!/bin/sh", "# The calls of a Jackfield session, one after the other.", ""]
    for entry in entries:
        if command := _command(entry.shell):
            masked = "  (holds a masked secret: *****)" if "*****" in command else ""
            lines.append(f"# {_stamp(entry.at)}  {_comment(entry.name)}  {entry.kind}{masked}")
            lines += [command, ""]
    with replacing(path, 0o700) as file:
        file.write("\n".join(lines).encode("utf-8", "replace"))
    return ()


def _command(shell: str) -> str:
    """A command of ours, quoted anew; nothing for what is none: a file may have been changed by others."""
    try:
        words = shlex.split(shell)
    except ValueError:
        return ""
    return shlex.join(words) if words[:1] == ["jackfield"] and "\0" not in shell else ""


def _comment(text: str) -> str:
    return one_line(text, 200)


# Markdown.


def _markdown(entries: Iterable[Entry], path: Path) -> Iterable[Path]:
    folder = path.with_name(f"{path.stem}-files")
    pictures: list[Path] = []
    numbers = count(1)

    def keep(data: bytes) -> str:
        kind = kind_of(data)
        folder.mkdir(mode=0o700, exist_ok=True)
        target = folder / f"picture-{next(numbers)}{kind.suffix if kind is not None else '.bin'}"
        with replacing(target) as file:
            file.write(data)
        pictures.append(target)
        return f"{folder.name}/{target.name}".replace(" ", "%20").replace("(", "%28").replace(")", "%29")

    with replacing(path, 0o600) as file:
        file.write(b"# Jackfield session\n")
        for entry in entries:
            file.write(("\n" + "\n\n".join(_blocks(entry, keep)) + "\n").encode("utf-8", "replace"))
    return pictures


def _blocks(entry: Entry, keep: Callable[[bytes], str]) -> Iterator[str]:
    if entry.kind == "entry":
        yield f"## {_stamp(entry.at)}"
        yield _fence(_text_of(entry) or printable(entry.again))
        return
    if entry.name:
        yield _head(entry)
    if entry.detail:
        yield _fence(entry.detail)
    for part in entry.parts:
        yield from _part(entry, part, keep)


def _head(entry: Entry) -> str:
    ended = entry.kind if entry.kind in CALLS - {"done"} else ""
    return " · ".join(word for word in (f"**{_plain(entry.name)}**", ended, _plain(entry.took)) if word)


def _part(entry: Entry, part: Part, keep: Callable[[bytes], str]) -> Iterator[str]:
    match part.kind:
        case "markdown":
            yield part.text.strip("\n")
        case "json":
            yield _fence(part.text, "json")
        case "picture":
            data = blob_of(entry, part.more.get("block"))
            about = _plain(part.text or "a picture")
            yield f"![{about}]({keep(data)})" if data else f"*{about}: not kept*"
        case "link":
            uri = str(part.more.get("uri", ""))
            label = str(part.more.get("label") or uri)
            yield f"→ {_plain(label)} `{uri.replace('`', '')}`"
        case "note":
            yield f"*{_plain(one_line(part.text, 2_000))}*"
        case _ if part.style == "heading":
            yield f"**{_plain(one_line(part.text, 500))}**"
        case _ if entry.kind in ("notice", "warning", "error"):
            yield "> " + _plain(part.text).replace("\n", "  \n> ")
        case _ if part.text:
            yield _fence(part.text)


def _text_of(entry: Entry) -> str:
    return "\n".join(part.text for part in entry.parts)


def _fence(text: str, language: str = "") -> str:
    """A text shown as it is, whatever stands in it."""
    longest = max((len(found[0]) for found in _TICKS.finditer(text)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{text.rstrip(chr(10))}\n{ticks}"


def _plain(text: str) -> str:
    return _PLAIN.sub(r"\\\1", text)


def _stamp(at: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    except (ValueError, OverflowError, OSError):
        return "?"


# What an entry brought back.


def blob_of(entry: Entry, block: object) -> bytes:
    """The bytes of one block of what an entry brought back; nothing where they were not kept."""
    raw: Any = entry.raw
    if raw is None or not isinstance(block, int) or isinstance(block, bool):
        return b""
    listed = raw.get({"resource": "contents", "prompt": "messages"}.get(entry.result, "content"))
    found = listed[block] if isinstance(listed, list) and 0 <= block < len(listed) else None
    for name in ("content", "resource"):
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    if not isinstance(found, dict):
        return b""
    text = found.get("data", found.get("blob"))
    try:
        return decode_base64(text) if isinstance(text, str) else b""
    except BrokenBase64:
        return b""


ENDINGS: Final[dict[str, Callable[[Iterable[Entry], Path], Iterable[Path]]]] = {
    ".md": _markdown,
    ".jsonl": _json_lines,
    ".sh": _script,
}
"""By the ending of the file: what writes it, and returns the files beside it."""
