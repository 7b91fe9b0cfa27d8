"""The whole app under Pilot, on real servers."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.jackfield import Jackfield
from services.clock import Clock
from services.settings import Configuration, ModelSettings, ServerSettings
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot


class Session:
    """A running session and what a test does with it."""

    def __init__(self, app: Jackfield, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], Any], timeout: float = PATIENCE) -> None:
        """Let the app run until a condition holds, or fail after the deadline."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"never happened; the history says:\n{self.history}") from None
        await self.pilot.pause()

    async def enter(self, line: str) -> None:
        """Type a line into the composer and send it."""
        self.app.session.composer.fill(line)
        await self.pilot.pause()
        await self.pilot.press("escape", "enter")

    async def sees(self, text: str, timeout: float = PATIENCE) -> None:
        """Wait until the history contains a text."""
        await self.until(lambda: text in self.history, timeout)

    async def answers(self, line: str, text: str, timeout: float = PATIENCE) -> None:
        """Send a line and wait until what follows its own entry contains a text."""
        entry = self.ids.stop
        await self.enter(line)
        await self.until(
            lambda: any(
                text in self.app.session.history.cell_text(cell) for cell in self.ids if cell > entry
            ),
            timeout,
        )

    async def ready(self, *names: str) -> None:
        """Wait until these servers are ready."""
        await self.until(lambda: self.app.manager is not None and set(names) <= set(self.app.manager.ready))

    @property
    def history(self) -> str:
        """Everything the history says."""
        return "\n\n".join(self.app.session.history.cell_text(cell) for cell in self.ids)

    @property
    def ids(self) -> range:
        """The numbers of all cells."""
        return self.app.session.history._store.ids


@asynccontextmanager
async def session(
    *servers: ServerSettings,
    size: tuple[int, int] = (120, 40),
    wait: bool = True,
    models: tuple[ModelSettings, ...] = (),
    **options: Any,
) -> AsyncIterator[Session]:
    """A session on these servers, with all of them settled; every process gone afterwards."""
    app = Jackfield(lambda: Configuration(servers=servers, models=models), **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        running = Session(app, pilot)
        try:
            await running.until(lambda: app.manager is not None)
            if wait:
                assert app.manager is not None
                manager = app.manager
                await running.until(lambda: all(s.state != "starting" for s in manager.statuses), 30)
            yield running
        finally:
            await app.close_connections()


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test logs in to, the person's own keyring is not asked."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


@pytest.fixture
def still_clock() -> Clock:
    """Durations and times that are the same in every picture."""
    return Clock(monotonic=lambda: 0.0, precise=lambda: 0.0, wall=lambda: 1_000_000.0)
