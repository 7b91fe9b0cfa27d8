"""Real servers for the service layer: the demo, and the small misbehaving ones of tests/servers."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.events import Event
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from services.settings import ServerSettings


class Recorder(list[Event]):
    """A listener that keeps every event and lets a test wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        self._news.set()

    async def wait_for(self, condition: Callable[[Event], bool], timeout: float = PATIENCE) -> Event:
        """The first event, past or coming, for which the condition holds."""
        async with asyncio.timeout(timeout):
            while True:
                for event in self:
                    if condition(event):
                        return event
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def running(
    *servers: ServerSettings, environ: dict[str, str] | None = None, settled: float = 30
) -> AsyncIterator[tuple[ConnectionManager, Recorder]]:
    """A manager with its servers started and settled, and what it reported."""
    recorder = Recorder()
    variables = os.environ if environ is None else environ
    manager = ConnectionManager(servers, listener=recorder, environ=variables)
    async with manager:
        await manager.settled(settled)
        yield manager, recorder


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"
