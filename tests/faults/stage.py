"""A hostile server and a good one in one manager, and what the good one and the loop felt meanwhile."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.connection_manager import ConnectionManager
from services.settings import ServerSettings
from tests.support.places import ROOT
from tests.support.servers import quick
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from services.results.content import ToolResult

__all__ = ("Stage", "hostile", "stage")


def hostile(name: str, *words: str, **settings: Any) -> ServerSettings:
    """A server of tests/faults/hostile."""
    args = ("-m", f"tests.faults.hostile.{name}", *words)
    settings = {"protocol": "legacy", "cwd": str(ROOT), **settings}
    return ServerSettings("bad", command=sys.executable, args=args, **settings)


class Stage:
    """The two servers, ready; measured from here to the end."""

    def __init__(self, manager: ConnectionManager) -> None:
        self.manager = manager
        self.answers = 0
        """The calls of the good server that were answered."""
        self.stood = 0.0
        """Seconds of work in the longest piece in which the loop did nothing else."""
        self.events = 0
        self._memory = self._most = _memory()

    @property
    def growth(self) -> float:
        """MiB by which this process was larger, at its largest, than at the start."""
        return (self._most - self._memory) / (1 << 20)

    async def go(self, arguments: Mapping[str, Any] | None = None) -> ToolResult:
        """Call the tool of the hostile server."""
        return await self.manager.call_tool("bad", "go", arguments)

    async def text(self, arguments: Mapping[str, Any] | None = None) -> str:
        """The text of its result."""
        content: Any = (await self.go(arguments)).blocks[0]
        return str(content.text)

    def said(self, part: str) -> bool:
        """Whether its log has a line with this in it."""
        return any(part in line.text for line in self.manager.log("bad"))

    async def watch(self) -> None:
        """Watch the loop and the memory until cancelled."""
        while True:
            before = time.process_time()
            await asyncio.sleep(0.01)
            self.stood = max(self.stood, time.process_time() - before)
            self._most = max(self._most, _memory())

    async def use(self) -> None:
        """Call the good server, again and again, until cancelled."""
        while True:
            async with asyncio.timeout(PATIENCE):
                await self.manager.call_tool("good", "echo", {"text": "still here"})
            self.answers += 1
            await asyncio.sleep(0.02)


@asynccontextmanager
async def stage(bad: ServerSettings, *, growth: float = 60, answers: int = 0) -> AsyncIterator[Stage]:
    """Both servers while the block runs; then: memory did not grow by more than `growth` MiB, and the
    good server still answers.

    Of a flood, name the `answers` of the good server that come while it lasts at least. Then the loop must
    not have spent half of all the work on it in one piece either.
    """
    counted = [0]

    def listen(event: object) -> None:
        counted[0] += 1

    async with ConnectionManager([bad, quick("good")], listener=listen) as manager:
        await manager.settled(30)
        assert manager.ready == ("bad", "good"), [status.cause for status in manager.statuses]
        await manager.call_tool("good", "echo", {"text": "warm"})
        begun, worked = Stage(manager), time.process_time()
        tasks = [asyncio.create_task(begun.watch()), asyncio.create_task(begun.use())]
        try:
            yield begun
            begun.events, worked = counted[0], time.process_time() - worked
            async with asyncio.timeout(PATIENCE):
                await manager.call_tool("good", "echo", {"text": "and after it"})
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, asyncio.CancelledError) for error in ended), ended
    assert begun.answers >= answers
    assert not answers or begun.stood < worked / 2
    assert begun.growth < growth


def _memory() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
