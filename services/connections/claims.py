"""Which Jackfield follows a task that several know of: the one that has its lock."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    GiveBack = Callable[[], None]
    Claim = Callable[[], GiveBack | None]

__all__ = ("claimed",)

_AGAIN: Final = 1.0
"""Seconds until it is seen whether who follows the task has ended."""


@asynccontextmanager
async def claimed(claim: Claim, elsewhere: Callable[[], None]) -> AsyncIterator[bool]:
    """Have a claim to oneself while the block runs; whether somebody else had it before.

    `elsewhere` is called once where it has to be waited for.
    """
    waited = False
    while (give_back := await _made(claim)) is None:
        if not waited:
            waited = True
            elsewhere()
        await asyncio.sleep(_AGAIN)
    try:
        yield waited
    finally:
        give_back()


async def _made(claim: Claim) -> GiveBack | None:
    """What the claim came to, in a thread; whoever no longer waits for it does not keep it."""
    making = asyncio.ensure_future(asyncio.to_thread(claim))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        making.add_done_callback(_unwanted)
        raise


def _unwanted(making: asyncio.Future[GiveBack | None]) -> None:
    if not making.cancelled() and (give_back := making.result()) is not None:
        give_back()
