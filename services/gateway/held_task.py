"""A task as far as this process has a hand in it: what it asks, and what waits for its result."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from services.gateway.downstream import Able
from services.gateway.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Coroutine, Hashable, Mapping

    from services.connections.calls import Progress
    from services.connections.session.caller import Caller

__all__ = ("HeldTask",)


class HeldTask(Able):
    """One task; its questions wait until its client looks at it. Implements `Asker`."""

    modern = True

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.message = ""
        """What it said of its progress last."""
        self.work: asyncio.Future[dict[str, Any]] | None = None
        """What ends with its result."""
        self._questions = Questions(f"{secrets.token_hex(4)}-")  # clients answer a name once (SEP-2663)

    @property
    def key(self) -> Hashable:
        return self

    @property
    def wanted(self) -> dict[str, Any]:
        """Its open questions, by their names."""
        return self._questions.wanted

    def seen_by(self, caller: Caller) -> None:
        """A client looked at it: the latest that can answer anything is asked."""
        before, self.caller = self.caller, caller
        if not self.can_any:
            self.caller = before

    def begin(self, work: Coroutine[Any, Any, dict[str, Any]]) -> asyncio.Future[dict[str, Any]]:
        """Wait for its result in the background."""
        self.work = asyncio.ensure_future(work)
        self.work.add_done_callback(_heard)
        return self.work

    async def asks(self, seconds: float) -> None:
        """Return when it has questions, or its result, or after so many seconds."""
        asking = asyncio.ensure_future(self._questions.wait())
        try:
            waiting: list[asyncio.Future[Any]] = [asking] if self.work is None else [asking, self.work]
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asking.cancel()

    def take(self, responses: object) -> None:
        """The answers of its client."""
        self._questions.take(responses if isinstance(responses, dict) else {})

    def drop(self) -> None:
        """Wait for nothing more."""
        if self.work is not None:
            self.work.cancel()

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return await self._questions.ask(method, params)

    async def progress(self, news: Progress) -> None:
        self.message = news.message

    async def log(self, level: str, data: object, logger: str | None) -> None:
        """Nobody reads it now."""


def _heard(work: asyncio.Future[dict[str, Any]]) -> None:
    """An error is told to whoever looks at the task, if anybody."""
    with suppress(asyncio.CancelledError):
        work.exception()
