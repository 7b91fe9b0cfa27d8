"""Serving one driver over standard input and output, until it leaves."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.driving.jsonrpc import TOO_LONG, Refusal, read
from services.standard_streams import lines

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.driving.driver import Driver
    from services.driving.jsonrpc import Message

__all__ = ("in_loop", "serve")

_LARGE: Final = 256 << 10
"""Bytes of a line that is read in a thread."""
_GRACE: Final = 1.0
"""Seconds that requests may still take when the driver has closed its end."""


async def serve(driver: Driver, incoming: int, close: Callable[[], Awaitable[None]]) -> None:
    """Until the driver leaves; cancelled by a signal. What `close` ends has ended then.

    Raises DriverStuck for one that stays without reading.
    """
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    reading = threading.Thread(target=_read, args=(driver, incoming, loop, over), name="stdin", daemon=True)
    reading.start()
    ends = [asyncio.create_task(event.wait()) for event in (over, driver.outgoing.gone)]
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        await driver.close(_GRACE)
    finally:
        for end in ends:
            end.cancel()
        await driver.close(0)
        await close()
        await driver.outgoing.flush(_GRACE)
    if driver.outgoing.trouble is not None:
        raise driver.outgoing.trouble


def in_loop(loop: asyncio.AbstractEventLoop, action: Callable[[], object]) -> None:
    """Do it on the loop, from any thread; not where the loop has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(action)


def _read(driver: Driver, incoming: int, loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """Hand over line by line, in order; in a thread of its own."""
    with suppress(RuntimeError, OSError, CancelledError):
        for line in lines(incoming):
            message = _message(line) if line is None or len(line) > _LARGE else line
            asyncio.run_coroutine_threadsafe(_hear(driver, message), loop).result()
    in_loop(loop, over.set)


async def _hear(driver: Driver, message: Message | Refusal | bytes) -> None:
    await driver.room()
    driver.hear(_message(message) if isinstance(message, bytes) else message)


def _message(line: bytes | None) -> Message | Refusal:
    if line is None:
        return TOO_LONG
    try:
        return read(line)
    except Refusal as refusal:
        return refusal
