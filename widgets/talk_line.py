"""The lines above the composer about the talk with a model: what waits, who answers, what was used."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from services.amounts import seconds_text
from services.text import one_line
from widgets.history.head import SPINNER_SECONDS, spinner

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import RenderResult
    from textual.geometry import Size
    from textual.timer import Timer

__all__ = ("TalkLine", "TalkState")

_MOST_QUEUED = 3


@dataclass(frozen=True, slots=True)
class TalkState:
    """What there is to tell."""

    doing: str = ""
    """Who does what now; empty while nobody answers."""
    waits: bool = False
    """The person is waited for: nothing moves but the seconds."""
    since: float = 0.0
    """By the clock of the widget: when that began."""
    queued: tuple[str, ...] = ()
    """What was sent meanwhile and goes to the model next."""
    used: str = ""
    """Tokens, cost and share of the context, in words."""

    @property
    def lines(self) -> int:
        """Rows that it takes."""
        queued = min(len(self.queued), _MOST_QUEUED) + (len(self.queued) > _MOST_QUEUED)
        return queued + bool(self.doing or self.used)


class TalkLine(Widget):
    """Shows a `TalkState`; takes no room where there is nothing to tell."""

    COMPONENT_CLASSES = {"talk-line--spinner", "talk-line--doing"}
    DEFAULT_CSS = """
    TalkLine {
        height: auto;
        padding: 0 1;
        color: $text-muted;
        & > .talk-line--spinner { color: $text-accent; }
        & > .talk-line--doing { color: $text; }
    }
    """

    state: reactive[TalkState] = reactive(TalkState(), layout=True)
    """What is told; replaced whole."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._ticker: Timer | None = None
        self._seconds = -1

    def watch_state(self, state: TalkState) -> None:
        self.display = bool(state.lines)
        if state.doing and self._ticker is None:
            self._ticker = self.set_interval(SPINNER_SECONDS, self._tick)
        elif not state.doing and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def _tick(self) -> None:
        """The spinner goes on; under another screen nothing does, for that paints all of both."""
        seconds = int(self._clock() - self.state.since)
        if self.app.screen is self.screen and not (self.state.waits and seconds == self._seconds):
            self._seconds = seconds
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.state.lines

    def render(self) -> RenderResult:
        state, width = self.state, self.content_size.width
        lines = [Content(f"⋯ {one_line(text, 500)}") for text in state.queued[:_MOST_QUEUED]]
        if (more := len(state.queued) - _MOST_QUEUED) > 0:
            lines.append(Content(f"⋯ and {more} more"))
        if state.doing:
            lines.append(self._busy(state, width))
        elif state.used:
            lines.append(Content(state.used))
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)

    def _busy(self, state: TalkState, width: int) -> Content:
        seconds = max(self._clock() - state.since, 0.0)
        look, doing = (
            self.get_visual_style(f"talk-line--{part}", partial=True) for part in ("spinner", "doing")
        )
        left = Content.assemble(
            Content("?" if state.waits else spinner(seconds)).stylize(look),
            " ",
            Content(state.doing).stylize(doing),
            f"  {seconds_text(int(seconds))} · Esc stops" if seconds >= 1 else "  Esc stops",
        )
        room = width - left.cell_length - 2
        return left if room < len(state.used) else Content.assemble(left, "  ", state.used.rjust(room))
