"""What goes to the driver: in order, and bounded where it does not keep up with reading.

Above `FOLDED` bytes that wait, news of progress give way to newer ones of the same call. Above `PAUSED`
nothing more of the driver is read until it has read (`room`). One that takes nothing for a minute then, or
for which more than `MOST` wait, is given up: `gone`, with the reason in `trouble`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from services.amounts import byte_size
from services.driving.jsonrpc import written
from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from services.standard_streams import Writer

__all__ = ("FOLDED", "MOST", "PAUSED", "DriverStuck", "Outgoing")

FOLDED: Final = 4 << 20
PAUSED: Final = 16 << 20
MOST: Final = 256 << 20
_PATIENCE: Final = 60.0
"""Seconds in which a driver takes a byte at least, while nothing of it is read."""


class DriverStuck(JackfieldError):
    """The driver is there, and reads nothing of what it is owed."""


class Outgoing:
    """Messages on their way to the driver."""

    def __init__(self, writer: Writer, patience: float = _PATIENCE) -> None:
        self.gone = asyncio.Event()
        """Whether nobody reads any more."""
        self.trouble: DriverStuck | None = None
        """Why a driver that is still there was given up."""
        self._writer = writer
        self._patience = patience
        self._waiting = 0
        self._folded: dict[Hashable, Mapping[str, Any]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._watching: asyncio.Task[None] | None = None
        self._last: asyncio.Future[None] | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        """Have a message written behind the others; never waits."""
        if self.trouble is not None:
            return
        data = written(message)
        self._waiting += len(data)
        if self._waiting > MOST:
            self._give_up(f"more than {byte_size(MOST)} wait for it")
            return
        self._last = self._writer.write(data)
        self._last.add_done_callback(lambda done: self._sent(done, len(data)))
        if self._waiting > PAUSED and self._room.is_set():
            self._room.clear()
            self._watching = asyncio.create_task(self._watch(), name="whether the driver reads")

    def fold(self, of: Hashable, message: Mapping[str, Any]) -> None:
        """Send news that the next ones of the same may stand for, where the driver does not keep up."""
        if self._waiting <= FOLDED and not self._folded:
            self.send(message)
        else:
            self._folded[of] = message

    def settle(self, of: Hashable) -> None:
        """What this was news of has ended: those that wait are of no more use."""
        self._folded.pop(of, None)

    async def room(self) -> None:
        """Wait until the driver has read enough for more to be done for it."""
        await self._room.wait()

    async def flush(self, seconds: float) -> None:
        """Wait until all is written, but no longer than this; of one that was given up nothing is."""
        if self._watching is not None:
            self._watching.cancel()
        if self._last is not None and self.trouble is None:
            await asyncio.wait([self._last], timeout=seconds)

    def _sent(self, done: asyncio.Future[None], size: int) -> None:
        self._waiting -= size
        if done.cancelled() or done.exception() is not None:
            self.gone.set()
            return
        while self._folded and self._waiting <= FOLDED:
            self.send(self._folded.pop(next(iter(self._folded))))
        if self._waiting <= PAUSED:
            self._room.set()

    async def _watch(self) -> None:
        """Give up a driver that takes nothing while nothing of it is read."""
        while not self._room.is_set():
            before = self._writer.taken
            try:
                async with asyncio.timeout(self._patience):
                    await self._room.wait()
            except TimeoutError:
                if self._writer.taken == before:
                    self._give_up(
                        f"{byte_size(self._waiting)} wait for it, and none was taken in {self._patience:g} s"
                    )
                    return

    def _give_up(self, why: str) -> None:
        self.trouble = DriverStuck(f"the driver does not read: {why}", reason="driver")
        self._folded.clear()
        self._room.set()
        self.gone.set()
