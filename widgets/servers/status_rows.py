"""The rows of the MCP status panel, drawn in columns that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from services.events import ServerState, ServerStatus
from widgets.servers.status_cells import helping_key, shown_cause, status_cell
from widgets.servers.status_fit import GAP, choose_columns
from widgets.servers.status_text import (
    GLYPHS,
    TROUBLE,
    server_name,
    state_style,
    state_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from widgets.servers.status_fit import CountKind

__all__ = ("StatusColumns",)

_NARROW = 60
"""Below this width the latency and what follows it stand at the right edge, however close to the counts."""
_RIGHT = frozenset({"tokens", "tok", "latency", "uptime"})
_BELOW = ("transport", "state", "auth", "protocol", "uptime")
"""Columns that get a line of their own where they do not fit and there is room."""
_QUIET = frozenset({ServerState.DISABLED, ServerState.STOPPED})


@dataclass(frozen=True, slots=True)
class StatusColumns:
    """Widths that hold for all rows, measured once whenever the statuses or the width change."""

    width: int
    name: int
    columns: tuple[tuple[str, int], ...]
    """The columns of ready servers that fit, with their widths."""
    counts: tuple[CountKind, ...]
    """Kinds that any server offers: field, word for one, word for more, digits."""
    count_gap: int
    tokens: Mapping[str, int]
    """About what each server's tools cost a model."""
    below: tuple[str, ...] = ()
    """Columns that stand below the row instead."""

    @classmethod
    def fit(
        cls, statuses: Sequence[ServerStatus], width: int, now: float, tokens: Mapping[str, int] | None = None
    ) -> StatusColumns:
        """Measure the statuses and choose the columns for a width."""
        names = max((cell_len(server_name(status)) for status in statuses), default=0)
        name = min(names, max(6, width - 2 if width < 24 else min(width * 2 // 5, 28)))
        ready = [status for status in statuses if status.state is ServerState.READY]
        room = width - 2 - name
        tokens = tokens or {}
        chosen = choose_columns(ready, room, now, tokens, latency_gap=1 if width < _NARROW else GAP)
        return cls(width, name, chosen.columns, chosen.counts, chosen.count_gap, tokens)

    def with_more(self) -> StatusColumns:
        """The same with what does not fit in a line below each row."""
        shown = {key for key, _ in self.columns}
        return replace(self, below=tuple(key for key in _BELOW if key not in shown))

    @property
    def uses_clock(self) -> bool:
        """Whether a row of a ready server changes by the passing of time alone."""
        return "uptime" in self.below or any(key == "uptime" for key, _ in self.columns)

    def height(self, status: ServerStatus, now: float) -> int:
        """Lines the row takes: what does not fit gets a line of its own."""
        lines = 1 if self._cause_fits(status, now) else 2
        return lines + bool(self._more(status, now))

    def _more(self, status: ServerStatus, now: float) -> list[Content]:
        """The line below a row, if there is one."""
        if status.state is not ServerState.READY:
            return []
        said = " · ".join(filter(None, (status_cell(key, status, now, self.tokens) for key in self.below)))
        room = max(0, self.width - 2)
        said = said if cell_len(said) <= room else set_cell_size(said, room)
        return [Content.styled(f"  {said}", "$text-muted")] if said else []

    def row(self, status: ServerStatus, now: float) -> list[Content]:
        """The lines of one row."""
        head = self._head(status)

        if status.state is ServerState.READY:
            line = self._ready(head, status, now)
            missing = (
                [Content.assemble("  ", (shown_cause(status), "$text-warning"))] if status.faults else []
            )
            return [line, *missing, *self._more(status, now)]

        first = Content.assemble(
            head, " " * GAP, *self._transport(status, now), (state_words(status, now), state_style(status))
        )
        cause = shown_cause(status)
        look = "$text-error" if status.required and status.state in TROUBLE else "$text-muted"

        if self._cause_fits(status, now):
            line = self._with_key(Content.assemble(first, ("  " + cause if cause else "", look)), status)
            return [line, *self._more(status, now)]

        return [
            self._with_key(first, status),
            Content.assemble("  ", (cause, look)),
            *self._more(status, now),
        ]

    def _head(self, status: ServerStatus) -> Content:
        loud = status.required and status.state in TROUBLE
        quiet = status.state in _QUIET
        look = state_style(status) if loud else "$text-disabled" if quiet else "$text"
        name = server_name(status)
        name = name if cell_len(name) <= self.name else set_cell_size(name, self.name - 1) + "…"
        return Content.assemble(
            (GLYPHS[status.state], state_style(status)), " ", (set_cell_size(name, self.name), look)
        )

    def _transport(self, status: ServerStatus, now: float) -> Iterable[tuple[str, str]]:
        """The transport of a row that is not ready, if ready rows show theirs."""
        width = self._transport_width(status, now)
        look = "$text-disabled" if status.state in _QUIET else "$text-muted"
        return [(status.transport.ljust(width + GAP), look)] if width else []

    def _transport_width(self, status: ServerStatus, now: float) -> int:
        columns = dict(self.columns)
        if "transport" in columns:
            return columns["transport"]
        width = cell_len(status.transport) if "transport" in self.below else 0
        taken = 2 + self.name + GAP + width + GAP + cell_len(state_words(status, now))
        return width if taken + GAP + helping_key(status).cell_length <= self.width else 0

    def _ready(self, line: Content, status: ServerStatus, now: float) -> Content:
        for place, (key, width) in enumerate(self.columns, 1):
            if key == "counts":
                cell = self._counts(status)
            elif key in _RIGHT:
                text = status_cell(key, status, now, self.tokens)
                cell = Content.styled(text.rjust(width), "$text-muted")
            else:
                text = status_cell(key, status, now, self.tokens)
                cell = Content.styled(set_cell_size(text, width), "$text-muted")

            at_edge = key == "latency" and self.width < _NARROW
            later = sum(GAP + wide for _, wide in self.columns[place:])
            gap = max(1, self.width - line.cell_length - width - later) if at_edge else GAP
            line = Content.assemble(line, " " * gap, cell)

        return line

    def _counts(self, status: ServerStatus) -> Content:
        parts: list[tuple[str, str]] = []

        for field, one, many, digits in self.counts:
            number: int = getattr(status, field)
            word = one if number == 1 else many
            text = f"{number:>{digits}} {word.ljust(len(many))}" if number else " " * (digits + 1 + len(many))
            parts.append((text + " " * self.count_gap, "$text" if field == "tools" else "$text-muted"))

        return Content.assemble(*parts).right_crop(self.count_gap)

    def _first_width(self, status: ServerStatus, now: float) -> int:
        transport = self._transport_width(status, now) or -GAP
        return 2 + self.name + GAP + transport + GAP + cell_len(state_words(status, now))

    def _cause_fits(self, status: ServerStatus, now: float) -> bool:
        if status.state is ServerState.READY:
            return not status.faults

        if not (cause := shown_cause(status)):
            return True

        taken = self._first_width(status, now) + 2 + cell_len(cause)
        key = helping_key(status).cell_length
        return taken + (key and GAP + key) <= self.width

    def _with_key(self, line: Content, status: ServerStatus) -> Content:
        key = helping_key(status)
        spare = self.width - line.cell_length - key.cell_length
        return Content.assemble(line, " " * spare, key) if key and spare >= GAP else line
