"""Whose question it is that a server asks in the middle of things.

A server of the handshake era asks over a connection that several clients share, and does not say which call
it is about. While only one caller's calls are under way it is that one's. The first question of a server
has callers take turns from then on; one that comes while several are there waits until the others have ended.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from services.errors import CallTimeout

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Hashable

__all__ = ("Turns",)

_PATIENCE: Final = 20.0
"""Seconds that a question waits for the calls of others to end."""
_LONGEST: Final = 50.0
"""Seconds that a call waits for its turn: less than the minute that many clients wait."""


class _Keyed(Protocol):
    @property
    def key(self) -> Hashable:
        """The same for all calls of one client."""


T = TypeVar("T", bound=_Keyed)


class Turns(Generic[T]):
    """The calls under way at one server."""

    def __init__(self, patience: float = _PATIENCE, longest: float = _LONGEST) -> None:
        self._patience = patience
        self._longest = longest
        self._calls: list[T] = []
        self._in_turn = False
        """Whether the server has asked anything yet."""
        self._ended = asyncio.Event()
        self._waiting: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def call(self, call: T) -> AsyncIterator[None]:
        """A call that is under way while the block runs; raises CallTimeout where its turn does not come."""
        await self._turn_of(call)
        self._calls.append(call)
        try:
            yield
        finally:
            self._calls.remove(call)
            self._ended.set()
            self._ended = asyncio.Event()

    async def _turn_of(self, call: T) -> None:
        try:
            async with asyncio.timeout(self._longest):
                while self._in_turn and any(other.key != call.key for other in self._calls):
                    await self._next_end()
        except TimeoutError:
            said = f"calls of other clients have not ended here for {self._longest:g} s, and take turns"
            raise CallTimeout(said, hint="Perhaps one waits for an answer; try again later.") from None

    @property
    def sole(self) -> T | None:
        """The latest call, where all are of one caller; None where there is none or it cannot be told."""
        return self._calls[-1] if len({call.key for call in self._calls}) == 1 else None

    async def asked(self) -> T | None:
        """The call that a question of the server is about; None where that cannot be told in time."""
        self._in_turn = True
        if self.sole is None and self._calls:
            try:
                async with asyncio.timeout(self._patience):
                    while self.sole is None and self._calls:
                        await self._next_end()
            except TimeoutError:
                return None
        return self.sole

    async def _next_end(self) -> None:
        await self._ended.wait()
