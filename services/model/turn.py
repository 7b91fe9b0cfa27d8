"""One turn under way: its events as they come, and its end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from services.error_translation import translating
from services.errors import JackfieldError
from services.model.events import Cancelled, Ended, Failed, Usage, UsageReported

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from services.model.events import ModelEvent

__all__ = ("Turn",)


class Turn:
    """`async with conversation.ask(…) as turn: async for event in turn: …`

    It begins when the block is entered. Leaving the block early, or `cancel`, ends the model's answer and the
    calls that are under way; what came is kept in the conversation.
    """

    def __init__(self, run: Callable[[Turn], Awaitable[ModelEvent]]) -> None:
        self._run = run
        self._events: asyncio.Queue[ModelEvent | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._token: Any = None
        self._wants_end = False
        self.stops: Callable[[str], bool] = lambda _call_id: False
        """What `stop_call` does; given by whoever makes the calls."""
        self.over = False
        """Whether its last event was told."""
        self.total: Usage | None = None
        """Of the conversation, as last reported."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._work(), name="model turn")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __aiter__(self) -> AsyncIterator[ModelEvent]:
        return self._each()

    def cancel(self) -> None:
        """End it; its last event, `Cancelled`, still comes."""
        self._wants_end = True
        if self._token is not None:
            self._token.cancel()
        elif self._task is not None:
            self._task.cancel()

    def stop_call(self, call_id: str) -> bool:
        """End one call; the model is told so and goes on. False when the call is not under way."""
        return self.stops(call_id)

    async def close(self) -> None:
        """End it if it is under way, and wait until it has ended."""
        if self._task is None or self._task.done():
            self.over = True
            return
        self.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.shield(asyncio.wait([self._task]))

    # For the conversation.

    def tell(self, event: ModelEvent) -> None:
        """One more event."""
        if isinstance(event, UsageReported):
            self.total = event.total
        self._events.put_nowait(event)

    def token(self) -> Any:
        """The library's handle that ends a run; asked for when the library is loaded."""
        from pydantic_ai import CancellationToken

        self._token = CancellationToken()
        if self._wants_end:
            self._token.cancel()
        return self._token

    def used(self, before: Usage) -> Usage:
        """What this turn used, of what the conversation did."""
        total = self.total or before
        return replace(
            total,
            input_tokens=total.input_tokens - before.input_tokens,
            output_tokens=total.output_tokens - before.output_tokens,
            cached_tokens=total.cached_tokens - before.cached_tokens,
            requests=total.requests - before.requests,
            cost=None if total.cost is None else total.cost - (before.cost or Decimal(0)),
        )

    async def _work(self) -> None:
        last: ModelEvent = Cancelled()
        try:
            with translating():
                last = await self._run(self)
        except JackfieldError as error:
            last = Failed(error)
        except asyncio.CancelledError:
            if not self._wants_end:
                raise
        finally:
            self.over = True
            self._events.put_nowait(last)
            self._events.put_nowait(None)

    async def _each(self) -> AsyncIterator[ModelEvent]:
        while (event := await self._events.get()) is not None:
            yield event
            if isinstance(event, Ended | Cancelled | Failed):
                return
