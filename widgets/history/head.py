"""The head line of a cell: glyph, name, arguments, how far it is, how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from services.amounts import seconds_text
from widgets.views.rows import Row, Span
from widgets.views.wrapping import cut

if TYPE_CHECKING:
    from widgets.history.cells import Cell, Kind

__all__ = ("GLYPHS", "SPINNER_SECONDS", "glyph", "head", "spinner")

GLYPHS: dict[Kind, Span] = {
    "entry": Span("›", "accent"),
    "done": Span("✓", "success"),
    "failed": Span("✗", "error"),
    "cancelled": Span("–", "warning"),
    "denied": Span("–", "warning"),
    "interrupted": Span("–", "warning"),
    "resource": Span("✓", "success"),
    "prompt": Span("✓", "success"),
    "notice": Span("·", "dim"),
    "warning": Span("!", "warning"),
    "error": Span("✗", "error"),
    "text": Span("◇", "accent"),
    "answer": Span("●", "accent"),
    "thinking": Span("∴", "dim"),
}

SPINNER_SECONDS = 0.1
"""How long one frame of the spinner stands."""

_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_WORDS: dict[Kind, Span] = {
    "failed": Span("failed", "error"),
    "cancelled": Span("cancelled", "warning"),
    "denied": Span("denied", "warning"),
    "interrupted": Span("interrupted", "warning"),
}
_BAR = 10
_SLIDER = 3
_GAP = 3
_DETAIL_KEPT = 16
"""Columns of the arguments that stay beside a progress bar."""


def spinner(seconds: float) -> str:
    """The frame of the spinner that stands so long after its beginning."""
    return _SPINNER[int(seconds / SPINNER_SECONDS) % len(_SPINNER)]


def glyph(cell: Cell, now: float = 0.0) -> Span:
    """The sign before a cell: its state, or the spinner while it runs."""
    if cell.kind == "running":
        return Span(_SPINNER[_ticks(cell, now) % len(_SPINNER)], "accent")

    return GLYPHS[cell.kind]


def head(cell: Cell, width: int, now: float = 0.0, target: int | None = None) -> Row:
    """The head line within `width` columns; what does not fit is cut, the duration never."""
    right = _right(cell, now)
    room = max(width - sum(cell_len(span.text) for span in right) - (2 if right else 0), 1)
    spans = [Span(cut(cell.name, room), "name")]
    room -= cell_len(spans[0].text)
    bar = _progress(cell, now, room - 2 * _GAP - min(cell_len(cell.detail[:64]), _DETAIL_KEPT))
    bar = bar or _progress(cell, now, room - _GAP)  # how far it is says more than what it was asked
    taken = sum(cell_len(span.text) for span in bar) + (_GAP if bar else 0)

    if cell.detail and room - taken > 4:
        spans.append(Span("  " + cut(cell.detail, room - taken - 2), "dim"))

    if bar:
        spans += [Span(" " * _GAP), *bar]

    return Row(tuple(spans), glyph(cell, now), right, target, live=cell.kind == "running")


def _right(cell: Cell, now: float) -> tuple[Span, ...]:
    elapsed = cell.right

    if cell.kind == "running" and cell.started is not None:
        elapsed = _elapsed(max(now - cell.started, 0.0))

    word = _WORDS.get(cell.kind)
    spans = [Span(word.text + ("  " if elapsed else ""), word.style)] if word else []
    return (*spans, Span(elapsed, "dim")) if elapsed else tuple(spans)


def _elapsed(seconds: float) -> str:
    return f"{int(seconds * 10) / 10:.1f} s" if seconds < 10 else seconds_text(int(seconds))


def _progress(cell: Cell, now: float, room: int) -> list[Span]:
    progress = cell.progress

    if progress is None or room < _BAR:
        return []

    spans = list(_bar(progress.progress, progress.total, _ticks(cell, now)))
    message = cut(progress.message, room - _BAR - 1)
    return [*spans, Span(" " + message, "dim")] if message else spans


def _bar(done: float, total: float | None, ticks: int) -> tuple[Span, ...]:
    if total is None or total <= 0:
        turn = 2 * (_BAR - _SLIDER)
        place = ticks % turn
        place = min(place, turn - place)
        return (
            Span("▱" * place, "progress-rest"),
            Span("▰" * _SLIDER, "progress"),
            Span("▱" * (_BAR - _SLIDER - place), "progress-rest"),
        )

    full = round(_BAR * min(max(done / total, 0.0), 1.0))
    return Span("▰" * full, "progress"), Span("▱" * (_BAR - full), "progress-rest")


def _ticks(cell: Cell, now: float) -> int:
    return int(max(now - (cell.started or 0.0), 0.0) / SPINNER_SECONDS)
