"""One frame of a protocol trace as one line, and what a filter looks for in it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from textual.content import Content

from services.amounts import byte_size, latency
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.trace.frames import Frame

__all__ = ("exact_time", "frame_line", "matches")

_ARROWS: Final = {"http": "⇅", "note": "·"}
_DIRECTIONS: Final = {"out": "→", "in": "←"}
_WITH_TIME: Final = 56
_WITH_SIZE: Final = 64
_WITH_ID: Final = 76
_EXACT: Final = 96
_WIDE_STATUS: Final = 110


def exact_time(at: float) -> str:
    """Seconds since the epoch as the local time of day, to the millisecond."""
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1000):03}"


def matches(frame: Frame, words: tuple[str, ...]) -> bool:
    """Whether a frame has all the words: `error`, `in`, `out`, `method:…`, or text in what its line says."""
    return all(_matches(frame, word) for word in words)


def _matches(frame: Frame, word: str) -> bool:
    if word in ("error", "errors"):
        return frame.error
    if word in ("in", "out"):
        return frame.direction == word and frame.kind != "http"
    if word.startswith("method:"):
        return word.removeprefix("method:") in frame.method.casefold()
    text = f"{frame.kind}\n{frame.method}\n{frame.about}\n#{frame.id}\n{frame.status}"
    return word in text.casefold()


def frame_line(
    frame: Frame, width: int, *, paired: bool = False, local_time: Callable[[float], str] = exact_time
) -> Content:
    """The line of a frame: mark of its pair, direction, time, what it is; at the right edge how it went."""
    look = "$text-error" if frame.error else "$text-muted" if frame.kind in ("note", "http") else ""
    arrow = _ARROWS.get(frame.kind) or _DIRECTIONS.get(frame.direction, " ")
    sign = "$text-primary" if frame.direction == "out" else "$text-accent"
    left: list[tuple[str, str] | str] = [("▌" if paired else " ", "$text-warning"), (f"{arrow} ", sign)]
    if width >= _WITH_TIME:
        moment = local_time(frame.at)
        left.append((f"{moment if width >= _EXACT else moment[:8]}  ", "$text-disabled"))
    left.append((frame.method or frame.kind, look))
    if frame.about:
        left.append((f"  {frame.about}", look if frame.kind in ("note", "http") else "$text-muted"))
    right = _right(frame, width)
    room = width - sum(cell_len(text) for text, _ in right) - 1
    fitted = Content.assemble(*left).truncate(max(room, 1), ellipsis=True)
    return Content.assemble(fitted, " " * (room - fitted.cell_length + 1), *right)


def _right(frame: Frame, width: int) -> list[tuple[str, str]]:
    parts: list[tuple[str, str]] = []
    if frame.kind == "note":
        return parts
    if width >= _WITH_ID:
        parts.append(
            (_column(f"#{frame.id}" if frame.id else "", 8 if width < _EXACT else 12), "$text-disabled")
        )
    if width >= _WITH_SIZE:
        parts.append((_column(byte_size(frame.size) if frame.size else "", 9), "$text-muted"))
    parts.append((_column(latency(frame.latency), 8), "$text-muted"))
    room = 22 if width >= _WIDE_STATUS else 10 if width >= _WITH_SIZE else 8
    status = frame.status or ("…" if frame.kind == "request" else "")
    style = "$text-error" if frame.error else "$text-success" if status == "ok" else "$text-muted"
    return [*parts, (f" {one_line(status, room):<{room}}", style)]


def _column(text: str, width: int) -> str:
    return one_line(text, width - 1).rjust(width) if text else " " * width
