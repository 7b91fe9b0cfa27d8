"""Playing a picture that moves: each frame for its time, as long as somebody sees it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from widgets.pixels import is_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from widgets.picture import Drawable
    from widgets.pixels import WholePicture

__all__ = ("Frame", "Frames", "Player", "moves")

_BREATH = 0.01
"""Seconds between two frames at least, however late they are."""
_PATIENCE = 1.0
"""Seconds that a terminal has to show a frame before the next one is tried."""


class Frame(Protocol):
    @property
    def picture(self) -> Drawable: ...
    @property
    def seconds(self) -> float: ...


class Frames(Protocol):
    """Goes through a picture that moves."""

    @property
    def refused(self) -> str: ...
    def next(self) -> Frame | None: ...


def moves(picture: object) -> TypeGuard[WholePicture]:
    """Whether a picture can be played."""
    return is_whole(picture) and bool(getattr(picture, "moves", False))


class Player:
    """Plays one picture from where it stands; one frame is decoded at a time, in a thread."""

    def __init__(
        self,
        show: Callable[[Drawable], object],
        is_seen: Callable[[], bool],
        frames_of: Callable[[Any], Frames],
    ) -> None:
        """`show` is given each frame of what `frames_of` makes; it plays only as long as it is seen."""
        self._show, self._is_seen, self._frames_of = show, is_seen, frames_of
        self.plays = False
        self.frames: Frames | None = None
        """Where it goes on; None for the beginning."""
        self.still = ""
        """Why it cannot be played on."""

    def stop(self) -> None:
        """Stay at the frame that is seen. Also for the handler of a signal."""
        self.plays = False

    def forget(self) -> None:
        """Another picture is seen."""
        self.plays, self.frames, self.still = False, None, ""

    async def run(self, picture: WholePicture, is_behind: Callable[[], bool]) -> None:
        """Play until the last frame or until it is stopped; `is_behind` while the terminal shows another."""
        frames = self.frames = self.frames or self._frames_of(picture)
        due = time.monotonic()
        while self._goes_on(frames):
            frame = await asyncio.to_thread(frames.next)
            if frame is None:
                break
            await asyncio.sleep(max(_BREATH, due - time.monotonic()))
            if not self._goes_on(frames):
                return
            self._show(frame.picture)
            shown = time.monotonic()
            due = max(due, shown - frame.seconds) + frame.seconds
            while is_behind() and self._goes_on(frames) and time.monotonic() - shown < _PATIENCE:  # noqa: ASYNC110
                await asyncio.sleep(_BREATH)
        if self._goes_on(frames):
            self.frames, self.still = None, frames.refused

    def _goes_on(self, frames: Frames) -> bool:
        return self.plays and self.frames is frames and self._is_seen()
