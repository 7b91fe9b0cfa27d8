"""The rows of a protocol trace: as many as there are, filtered, following the newest."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import takewhile
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.trace.text import exact_time, frame_line, matches
from widgets.views.row_list import RowList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from services.trace.frames import Frame

__all__ = ("TraceView",)


class TraceView(RowList):
    """One line a frame; stays at the newest as long as that one is selected and in view."""

    def __init__(self, *, local_time: Callable[[float], str] = exact_time, id: str | None = None) -> None:
        super().__init__(id=id)
        self._local_time = local_time
        self._frames: dict[int, Frame] = {}
        self._shown: list[int] = []
        self._words: tuple[str, ...] = ()
        self._followed = True
        self.placeholder = Content.styled(" No messages yet.", "$text-muted")

    # Fed from outside.

    def feed(self, frames: Iterable[Frame], oldest: int) -> None:
        """Take new frames and newer states of known ones; those before `oldest` are gone."""
        follow, selected, gone = self._followed, self.selected, self._forget(oldest)

        for frame in frames:
            if frame.number >= oldest:
                self._take(frame)

        top = self.scroll_offset.y
        self._place(selected, follow)

        if gone and not follow:
            self.scroll_to(y=max(0, top - gone), animate=False, force=True, immediate=True)

    def filter(self, text: str) -> None:
        """Show only frames that have every word of the text: see `widgets.trace.text.matches`."""
        follow, selected = self._followed, self.selected
        self._words = tuple(text.casefold().split())
        self._shown = [number for number, frame in self._frames.items() if matches(frame, self._words)]
        what = "Nothing matches the filter." if self._words else "No messages yet."
        self.placeholder = Content.styled(f" {what}", "$text-muted")
        self._place(selected, follow)

        if not follow:
            self.place_cursor(self.cursor)

    # What there is.

    @property
    def selected(self) -> Frame | None:
        """The selected frame."""
        shown = self._shown
        return self._frames[shown[self.cursor]] if 0 <= self.cursor < len(shown) else None

    @property
    def following(self) -> bool:
        """Whether the newest row is selected and in view, so that newer ones will be."""
        last = self.cursor >= len(self._shown) - 1
        return last and round(self.scroll_offset.y) >= self.max_scroll_y

    @property
    def shown(self) -> Sequence[Frame]:
        """The frames that pass the filter."""
        return [self._frames[number] for number in self._shown]

    @property
    def total(self) -> int:
        """How many frames there are without the filter."""
        return len(self._frames)

    def select(self, number: int) -> bool:
        """Go to a frame; False where the filter hides it or it is gone."""
        place = bisect_left(self._shown, number)
        found = place < len(self._shown) and self._shown[place] == number

        if found:
            self.place_cursor(place)

        return found

    # Inside.

    def _forget(self, oldest: int) -> int:
        """Let go of frames that the trace has dropped; how many of them were rows."""
        for number in list(takewhile(lambda number: number < oldest, self._frames)):
            del self._frames[number]

        gone = bisect_left(self._shown, oldest)
        del self._shown[:gone]
        return gone

    def _take(self, frame: Frame) -> None:
        number, wanted = frame.number, matches(frame, self._words)
        self._frames[number] = frame
        place = bisect_left(self._shown, number)
        there = place < len(self._shown) and self._shown[place] == number

        if wanted and not there:
            insort(self._shown, number)
        elif there and not wanted:
            del self._shown[place]

    def _place(self, selected: Frame | None, follow: bool) -> None:
        self.rows_changed()

        if follow:
            self.cursor = max(0, len(self._shown) - 1)
            self.scroll_end(animate=False, force=True, immediate=True)
            self._followed = True
        elif selected is not None:
            self.cursor = max(0, min(bisect_left(self._shown, selected.number), len(self._shown) - 1))

    def row_heights(self, width: int) -> Sequence[int]:
        return [1] * len(self._shown)

    def row_lines(self, index: int, width: int) -> Sequence[Content]:
        frame, selected = self._frames[self._shown[index]], self.selected
        paired = selected is not None and frame.number == selected.peer
        return [frame_line(frame, width, paired=paired, local_time=self._local_time)]

    def watch_cursor(self, old: int, new: int) -> None:
        super().watch_cursor(old, new)
        self._followed = self.following
        self.redraw()  # the mark of the pair moves along

    def on_resize(self) -> None:
        follow = self._followed  # before the size changed
        super().on_resize()

        if follow:
            self._place(None, follow=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._followed = self.following
