"""Telling a server something beside the calls: one request, with a limit of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from services.error_translation import translating
from services.errors import CallTimeout

if TYPE_CHECKING:
    from collections.abc import Awaitable

__all__ = ("in_time",)

T = TypeVar("T")

_SECONDS: Final = 10.0


async def in_time(request: Awaitable[T], what: str) -> T:
    """The answer to the request that is called `what`; raises CallTimeout after 10 s, or JackfieldError."""
    try:
        async with asyncio.timeout(_SECONDS):
            with translating():
                return await request
    except TimeoutError:
        raise CallTimeout(f"no answer to {what} within {_SECONDS:g} s") from None
