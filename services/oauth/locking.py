"""Holding a login's lock across an exchange, without holding up the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from threading import Event
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.oauth.credentials import KeptCredentials
    from services.settings import ServerSettings

__all__ = ("held",)


@asynccontextmanager
async def held(kept: KeptCredentials, settings: ServerSettings) -> AsyncIterator[None]:
    """Hold the login of a server against other processes while the block runs.

    In a thread of its own: many that wait must not take the threads that the holders need. Raises
    CredentialsError when the lock does not come free.
    """
    # A file lock belongs to the thread that took it.
    thread, lock = ThreadPoolExecutor(1, "login-lock"), ExitStack()
    given_up = Event()
    taken = thread.submit(lambda: lock.enter_context(kept.locked(settings, given_up.is_set)))
    waiting = asyncio.wrap_future(taken)
    waiting.add_done_callback(_heard)
    try:
        await asyncio.shield(waiting)
        yield
    finally:
        given_up.set()  # another process may hold it for a minute: a cancelled wait ends at once
        released = thread.submit(lock.close)
        thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(released))


def _heard(waiting: asyncio.Future[None]) -> None:
    """A lock that was not to be had is no news when it is no longer wanted."""
    if not waiting.cancelled():
        waiting.exception()
