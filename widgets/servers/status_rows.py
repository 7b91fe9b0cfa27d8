"""The rows of the MCP status panel: which columns fit a width, and what stands in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from services.amounts import duration, latency, plural, rough
from services.events import ServerState, ServerStatus
from services.text import one_line
from widgets.servers.for_model import tokens_words
from widgets.servers.server_actions import offered
from widgets.servers.status_text import (
    GLYPHS,
    TROUBLE,
    auth_words,
    cause_of,
    server_name,
    state_style,
    state_words,
    traffic,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ("StatusColumns",)

_Kind = tuple[str, str, str, int]

_GAP = 2
_NARROW = 60
"""Below this width the latency and what follows it stand at the right edge, however close to the counts."""
_SHORT = (
    ("tools", "tool", "tools"),
    ("resources", "res", "res"),
    ("prompts", "pr", "pr"),
    ("skills", "sk", "sk"),
)
_LONG = (
    ("tools", "tool", "tools"),
    ("resources", "resource", "resources"),
    ("prompts", "prompt", "prompts"),
    ("skills", "skill", "skills"),
)
_SHOWN = (
    "transport",
    "state",
    "counts",
    "tokens",
    "tok",
    "auth",
    "protocol",
    "latency",
    "uptime",
    "restarts",
    "bytes",
)
"""Columns of a ready server, from left to right."""
_RIGHT = frozenset({"tokens", "tok", "latency", "uptime"})
_WANTED = (
    "counts",
    "latency",
    "tokens",
    "tok",
    "transport",
    "state",
    "auth",
    "protocol",
    "uptime",
    "restarts",
    "bytes",
)
"""The same columns, the ones a person misses most first; `tok` is `tokens` where the room is short."""
_BELOW = ("transport", "state", "auth", "protocol", "uptime")
"""Columns that get a line of their own where they do not fit and there is room."""
_QUIET = frozenset({ServerState.DISABLED, ServerState.STOPPED})
_NO_KEY = Content("")
_RETRY = Content.assemble(("c", "$text-accent"), (" retry", "$text-muted"))
_LOGIN_HINT = "Run /mcp login"
_LOGIN = Content.assemble(("l", "$text-accent"), (" login", "$text-muted"))


@dataclass(frozen=True, slots=True)
class StatusColumns:
    """Widths that hold for all rows, measured once whenever the statuses or the width change."""

    width: int
    name: int
    columns: tuple[tuple[str, int], ...]
    """The columns of ready servers that fit, with their widths."""
    counts: tuple[_Kind, ...]
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
        chosen, counts, gap = _choose(ready, room, now, tokens, latency_gap=1 if width < _NARROW else _GAP)
        shown = tuple((key, chosen[key]) for key in _SHOWN if key in chosen)
        return cls(width, name, shown, counts, gap, tokens)

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
        said = " · ".join(filter(None, (_cell(key, status, now, self.tokens) for key in self.below)))
        room = max(0, self.width - 2)
        said = said if cell_len(said) <= room else set_cell_size(said, room)
        return [Content.styled(f"  {said}", "$text-muted")] if said else []

    def row(self, status: ServerStatus, now: float) -> list[Content]:
        """The lines of one row."""
        head = self._head(status)

        if status.state is ServerState.READY:
            line = self._ready(head, status, now)
            missing = [Content.assemble("  ", (_cause(status), "$text-warning"))] if status.faults else []
            return [line, *missing, *self._more(status, now)]

        first = Content.assemble(
            head, " " * _GAP, *self._transport(status, now), (state_words(status, now), state_style(status))
        )
        cause = _cause(status)
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
        return [(status.transport.ljust(width + _GAP), look)] if width else []

    def _transport_width(self, status: ServerStatus, now: float) -> int:
        columns = dict(self.columns)
        if "transport" in columns:
            return columns["transport"]
        width = cell_len(status.transport) if "transport" in self.below else 0
        taken = 2 + self.name + _GAP + width + _GAP + cell_len(state_words(status, now))
        return width if taken + _GAP + _key(status).cell_length <= self.width else 0

    def _ready(self, line: Content, status: ServerStatus, now: float) -> Content:
        for place, (key, width) in enumerate(self.columns, 1):
            if key == "counts":
                cell = self._counts(status)
            elif key in _RIGHT:
                text = _cell(key, status, now, self.tokens)
                cell = Content.styled(text.rjust(width), "$text-muted")
            else:
                text = _cell(key, status, now, self.tokens)
                cell = Content.styled(set_cell_size(text, width), "$text-muted")

            at_edge = key == "latency" and self.width < _NARROW
            later = sum(_GAP + wide for _, wide in self.columns[place:])
            gap = max(1, self.width - line.cell_length - width - later) if at_edge else _GAP
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
        transport = self._transport_width(status, now) or -_GAP
        return 2 + self.name + _GAP + transport + _GAP + cell_len(state_words(status, now))

    def _cause_fits(self, status: ServerStatus, now: float) -> bool:
        if status.state is ServerState.READY:
            return not status.faults

        if not (cause := _cause(status)):
            return True

        taken = self._first_width(status, now) + 2 + cell_len(cause)
        key = _key(status).cell_length
        return taken + (key and _GAP + key) <= self.width

    def _with_key(self, line: Content, status: ServerStatus) -> Content:
        key = _key(status)
        spare = self.width - line.cell_length - key.cell_length
        return Content.assemble(line, " " * spare, key) if key and spare >= _GAP else line


def _key(status: ServerStatus) -> Content:
    """The key that helps a server in trouble."""
    if status.state is ServerState.LOGIN_NEEDED and offered("login", status):
        return _LOGIN

    return _RETRY if status.state is ServerState.FAILED else _NO_KEY


def _cause(status: ServerStatus) -> str:
    """Why the server is in its state; nothing where the key at the edge says the same as the hint."""
    cause = cause_of(status)
    return "" if _key(status) is _LOGIN and cause.startswith(_LOGIN_HINT) else cause


def _cell(key: str, status: ServerStatus, now: float, tokens: Mapping[str, int]) -> str:
    match key:
        case "tokens" | "tok":
            cost = tokens.get(status.server, 0)
            return "" if not cost else tokens_words(cost) if key == "tokens" else f"{rough(cost)} tok"
        case "state":
            return str(status.state)
        case "transport":
            return status.transport
        case "auth":
            return auth_words(status)
        case "protocol":
            return one_line(status.protocol, 12)
        case "latency":
            return latency(status.latency)
        case "uptime":
            return f"up {duration(now - status.since)}" if status.since else ""
        case "bytes":
            return traffic(status)
        case _:
            return plural(status.restarts, "restart") if status.restarts else ""


def _choose(
    ready: Sequence[ServerStatus], room: int, now: float, tokens: Mapping[str, int], *, latency_gap: int
) -> tuple[dict[str, int], tuple[_Kind, ...], int]:
    """Columns that fit `room`, by how much they are wanted; counts in words as long as possible."""
    chosen: dict[str, int] = {}
    counts: tuple[_Kind, ...] = ()

    for key in _WANTED:
        if key == "counts":
            counts = _kinds(ready, _SHORT)

            while counts and _kinds_width(counts, 1) + _GAP > room:
                counts = counts[:-1]

            width = _kinds_width(counts, 1)
        else:
            width = max((cell_len(_cell(key, status, now, tokens)) for status in ready), default=0)

        gap = latency_gap if key == "latency" else _GAP

        again = key == "tok" and "tokens" in chosen

        if width and width + gap <= room and not again:
            chosen[key] = width
            room -= width + gap

    longer = _kinds(ready, _LONG)

    if counts and len(longer) == len(counts) and _kinds_width(longer, 2) <= chosen["counts"] + room:
        chosen["counts"] = _kinds_width(longer, 2)
        return chosen, longer, 2

    return chosen, counts, 1


def _kinds(ready: Sequence[ServerStatus], words: Sequence[tuple[str, str, str]]) -> tuple[_Kind, ...]:
    most = (
        (field, one, many, max((getattr(s, field) for s in ready), default=0)) for field, one, many in words
    )
    return tuple((field, one, many, len(str(number))) for field, one, many, number in most if number)


def _kinds_width(kinds: Sequence[_Kind], gap: int) -> int:
    return sum(digits + 1 + len(many) + gap for _, _, many, digits in kinds) - gap if kinds else 0
