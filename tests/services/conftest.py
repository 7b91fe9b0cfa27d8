"""Real servers for the service layer: the demo, and the small misbehaving ones of tests/servers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.events import Event
from services.settings import ServerSettings
from tests.servers.warm import demo_command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "tests" / "servers"


def quick(name: str = "quick", *options: str, **settings: Any) -> ServerSettings:
    """A server of tests/servers/quick.py with its options; `settings` as in config.toml."""
    return ServerSettings(
        name, command=sys.executable, args=(str(SERVERS / "quick.py"), *options), **settings
    )


def odd(name: str = "odd", *, answers: dict[str, Any] | None = None, **settings: Any) -> ServerSettings:
    """A server of tests/servers/odd.py with what it answers otherwise than it should."""
    args = (str(SERVERS / "odd.py"), json.dumps(answers or {}))
    return ServerSettings(name, command=sys.executable, args=args, **settings)


def demo(name: str = "demo", **settings: Any) -> ServerSettings:
    """The built-in demo server, warm."""
    command, args = demo_command()
    return ServerSettings(name, command=command, args=args, cwd=str(ROOT), **settings)


class Recorder(list[Event]):
    """A listener that keeps every event and lets a test wait for one."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def __call__(self, event: Event) -> None:
        self.append(event)
        self._news.set()

    async def wait_for(self, condition: Callable[[Event], bool], timeout: float = 10) -> Event:
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


async def until(condition: Callable[[], bool], timeout: float = 10) -> None:
    """Wait until a condition holds, or fail after the deadline."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - any condition at all
            await asyncio.sleep(0.01)


@pytest.fixture
def pid_file(tmp_path: Path) -> Path:
    return tmp_path / "pid"
