"""Holding a login's lock across an exchange, without holding up the event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.config.settings import ServerSettings
    from services.oauth.credentials import KeptCredentials

__all__ = ("held",)


@asynccontextmanager
async def held(kept: KeptCredentials, settings: ServerSettings) -> AsyncIterator[None]:
    """Hold the login of a server against other processes while the block runs.

    In a thread of its own: many that wait must not take the threads that the holders need. Raises
    CredentialsError when the lock does not come free.
    """
    # A file lock belongs to the thread that took it.
    thread, lock = ThreadPoolExecutor(1, "login-lock"), ExitStack()
    taken = thread.submit(lambda: lock.enter_context(kept.locked(settings)))
    try:
        await asyncio.shield(asyncio.wrap_future(taken))
        yield
    finally:
        released = thread.submit(lock.close)
        thread.shutdown(wait=False)
        await asyncio.shield(asyncio.wrap_future(released))
