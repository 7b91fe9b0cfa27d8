"""A session on the demo server that is played: keys go in, shots come out, and time goes as in the film."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

from textual.widgets import Input, TextArea

from app.jackfield import Jackfield
from app.session.screens.finder import FinderScreen
from services.clock import Clock
from services.config import builtin
from services.connections.link import Link
from services.finder.query import read_query
from tests.film.cells import rows_of
from tests.support.screens import screen_text
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from services.settings import Configuration
    from tests.film.cells import Row

__all__ = ("Shot", "Stage", "stage")

_SIZE: Final = (100, 30)
_READING: Final = 0.004
"""Seconds that pass between two looks at the precise clock: real answers take other times in each run."""
_LOOKS_UP: Final = frozenset({"completion", "finder"})
"""Workers that are waited for: they find what is shown for the text as it stands."""


@dataclass(frozen=True, slots=True)
class Shot:
    """The screen for a while, and what is said below it."""

    scene: str
    key: str
    words: str
    rows: tuple[Row, ...]
    seconds: float

    @property
    def caption(self) -> tuple[str, str, str]:
        """What is said below, and in which scene."""
        return self.scene, self.key, self.words


class Stage:
    """The running session, its clock, and the shots that were taken."""

    def __init__(self) -> None:
        self.shots: list[Shot] = []
        self._now, self._looks = 1_000.0, 0.0
        self._caption = ("", "", "")
        self.app = Jackfield(_demo, clock=Clock(self._time, self._precise, self._time))
        self.pilot: Pilot[None]

    def _time(self) -> float:
        return self._now

    def _precise(self) -> float:
        self._looks += _READING
        return self._now + self._looks

    def scene(self, name: str, key: str, words: str) -> None:
        """What follows is another scene; `key` and `words` are said below it."""
        self._caption = (name, key, words)

    async def press(self, *keys: str, shows: str = "") -> None:
        """Press keys as a person does, and wait for a text on the screen."""
        await self.pilot.press(*keys)
        await self._settle(lambda: shows in screen_text(self.app))

    async def type(self, text: str, seconds: float) -> None:
        """Type a text, a shot for each character."""
        for character in text:
            await self.press(character)
            await self.hold(seconds)

    async def hold(self, seconds: float) -> None:
        """Look at the screen as it stands for a while."""
        if self.app.session.transcript.running:
            self.app.session.history.refresh()  # the clocks of calls tick by themselves
            await self._settle(lambda: True)
        self.shots.append(Shot(*self._caption, rows_of(self.app), seconds))
        self._now += seconds

    async def _settle(self, condition: Callable[[], Any]) -> None:
        """Wait until a condition holds, nothing is looked up any more, and the screen stays as it is."""
        before = None
        async with asyncio.timeout(PATIENCE):
            while not (condition() and self._found() and before == (before := screen_text(self.app))):
                await self.pilot.wait_for_scheduled_animations()
                await self.pilot.pause(0.02)

    def _found(self) -> bool:
        """Whether what is shown belongs to the text as it stands."""
        screen = self.app.screen
        if isinstance(screen, FinderScreen) and screen.rows._query != read_query(screen.field.given_text):
            return False
        return not any(worker.group in _LOOKS_UP and worker.is_running for worker in self.app.workers)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """A session on the demo server; every process is gone afterwards."""
    still: dict[str, Any] = {"pid": property(lambda _: None)}
    with (
        patch.multiple(Link, **still),
        patch.object(Input, "_toggle_cursor", lambda _self: None),
        patch.object(TextArea, "_toggle_cursor_blink_visible", lambda _self: None),
    ):
        played = Stage()
        async with played.app.run_test(size=_SIZE) as played.pilot:
            try:
                await played.app.session.furnished.wait()
                yield played
            finally:
                await played.app.close_connections()


def _demo() -> Configuration:
    """The configuration of `jackfield demo`, which names Python as it lies on any machine."""
    (server,) = builtin.demo().servers
    path = str(Path(sys.executable).parent)
    return replace(builtin.demo(), servers=(replace(server, command="python", env={"PATH": path}),))
