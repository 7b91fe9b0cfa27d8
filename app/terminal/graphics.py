"""Finding out, after the first paint, how the terminal draws pictures."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

from app.terminal.tmux import terminal_outside
from services.pictures.answers import HOLD, QUERY, TMUX_QUERY, Answers
from services.pictures.choosing import OUTSIDE_TMUX_UNKNOWN, Images, choose
from services.pictures.graphics import HALF_BLOCKS
from services.pictures.report import Findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.pictures.graphics import Graphics

__all__ = ("Asked", "GraphicsFinder", "cell_size")

_TMUX_TAKES: Final = 1.0
"""Seconds that tmux has to tell of the terminal around it."""
_AGAIN: Final = 0.3
"""Seconds until tmux is asked again."""


@runtime_checkable
class Asked(Protocol):
    """A terminal that can be asked."""

    fileno: int

    def ask(self, query: str, answered: Callable[[Answers], object]) -> None:
        """Write a query; `answered` is called, in any thread, whenever the terminal told something new."""
        ...


def cell_size(descriptor: int) -> tuple[int, int] | None:
    """The size of a cell in pixels, width and height, as the terminal's driver tells it (TIOCGWINSZ)."""
    if sys.platform == "win32":
        return None
    import fcntl
    import struct
    import termios

    try:
        told = fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    if not (rows and columns and width >= columns and height >= rows):
        return None
    return width // columns, height // rows


class GraphicsFinder:
    """Asks the terminal once, and keeps up with its size and with what is set.

    Where nothing can ask (Windows, tests) pictures are in half blocks, unless something else is set.
    """

    def __init__(self, changed: Callable[[Graphics], None]) -> None:
        """`changed` is told of every choice, also of one that is as before."""
        self.answers = Answers()
        self.outside = OUTSIDE_TMUX_UNKNOWN
        self.graphics = HALF_BLOCKS
        self._changed = changed
        self._images: Images = "auto"
        self._asked: Asked | None = None
        self.settled = asyncio.Event()
        """Set when there is something to go by: the last answer, or a wait that was long enough."""
        self._answered = asyncio.Event()

    async def find(self, asked: object, patience: float = 0.0) -> None:
        """Ask a driver (`Asked`, or one that cannot); the first paint must be over.

        Where tmux, started a moment ago, does not know the terminal around it yet, it is asked again for
        so many seconds after the choice.
        """
        if isinstance(asked, Asked):
            self._asked = asked
            await self._query(QUERY, lambda: self.answers.attributes is not None)
            if self.answers.tmux:
                await self._wait_for_outside(HOLD)
                if self.outside.passthrough is None:
                    await self._query(TMUX_QUERY, lambda: self.answers.kitty is not None)
        self.settled.set()
        self.choose()
        if await self._wait_for_outside(patience):
            self.choose()

    async def _wait_for_outside(self, seconds: float) -> bool:
        """Look at the terminals around tmux until it knows what they are; whether something was found out."""
        former = self.outside
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while seconds and self.answers.tmux and not self.outside.version:
                    self.outside = await asyncio.to_thread(terminal_outside, _TMUX_TAKES)
                    if not self.outside.watching:  # nobody is there whom it could ask
                        break
                    await asyncio.sleep(_AGAIN)
        return self.outside != former

    async def look(self) -> frozenset[str] | None:
        """Look again at the terminals around tmux and choose anew; who shows this, as `Outside` has it."""
        if not self.settled.is_set() or not self.answers.tmux:
            return None
        outside = await asyncio.to_thread(terminal_outside, _TMUX_TAKES)
        if outside.watching is None or not outside.watching:
            # Nobody sees it, or tmux was too slow to tell: most often the same terminal comes back.
            outside = replace(self.outside, watching=outside.watching)
        self.outside = outside
        self.choose()
        return outside.watching

    def take_images(self, images: Images) -> None:
        """Take over what is set in `[ui]`."""
        self._images = images
        self.choose()

    def choose(self) -> None:
        """Choose anew, with the size that a cell has now."""
        if not self.settled.is_set():
            return
        cell = cell_size(self._asked.fileno) if self._asked is not None else None
        chosen = choose(self._images, self.answers, os.environ, cell, self.outside)
        if self._asked is None and self._images == "auto" and chosen.protocol == "halfblock":
            chosen = replace(chosen, why="no terminal can be asked here")
        self.graphics = chosen
        self._changed(self.graphics)

    async def findings(self, colours: str) -> Findings:
        """All that is known of the terminal, as soon as it is; `colours` as `Findings` has it."""
        await self.settled.wait()
        size = None
        if self._asked is not None:
            with suppress(OSError):
                columns, lines = os.get_terminal_size(self._asked.fileno)
                size = columns, lines
        return Findings(self.graphics, self.answers, self.outside, os.environ, size, colours)

    async def _query(self, query: str, is_enough: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        if self._asked is None:
            return
        self._asked.ask(query, lambda answers: loop.call_soon_threadsafe(self._take, answers))
        with suppress(TimeoutError):
            async with asyncio.timeout(HOLD):
                while not is_enough():
                    self._answered.clear()
                    await self._answered.wait()

    def _take(self, answers: Answers) -> None:
        self.answers = answers
        self._answered.set()
        self.choose()  # one that came late
