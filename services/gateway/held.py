"""Calls that wait for answers of a client of 2026-07-28, while their server waits in the older way.

The server asks in the middle of a call. The client hears of it as the call's result, and calls again with
the answers and the handle: meanwhile the call is held here.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from services.gateway.downstream import LONGEST_ANSWER
from services.gateway.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Mapping

    from services.connections.calls import Progress
    from services.gateway.downstream import Downstream

__all__ = ("Held", "HeldCall")

_MOST: Final = 100
"""Calls of one caller that wait for answers at once."""


class HeldCall:
    """One call, over all of its rounds."""

    def __init__(self, down: Downstream, name: tuple[str, str], handle: str) -> None:
        self.down = down
        self.name = name
        self.handle = handle
        self._questions = Questions("q")
        self.work: asyncio.Task[dict[str, Any]] | None = None
        self.lapse: asyncio.TimerHandle | None = None
        """While it waits for its client: what ends it where that does not come back."""

    @property
    def key(self) -> Hashable:
        return self.handle

    @property
    def waits(self) -> bool:
        """Whether its client has questions to answer, and nothing of it is under way."""
        return self.lapse is not None

    def go_on(self) -> None:
        """Wait no more."""
        if self.lapse is not None:
            self.lapse.cancel()
            self.lapse = None

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the client answers, in its next round."""
        return await self._questions.ask(method, params, leave_out=("elicitationId",))

    async def progress(self, news: Progress) -> None:
        await self.down.progress(news)

    async def log(self, level: str, data: object, logger: str | None) -> None:
        await self.down.log(level, data, logger)

    def take(self, responses: Mapping[str, Any]) -> None:
        """The answers of a round; what nobody asked is ignored."""
        self._questions.take(responses)

    async def next(self) -> dict[str, Any] | None:
        """The questions of the next round; None when the call has ended."""
        assert self.work is not None
        asked = asyncio.ensure_future(self._questions.wait())
        try:
            await asyncio.wait((self.work, asked), return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        if self.work.done():
            return None
        wanted = self._questions.wanted
        return {"resultType": "input_required", "inputRequests": wanted, "requestState": self.handle}


def _random_handle(who: str, server: str) -> str:
    return secrets.token_urlsafe(24)


class Held:
    """All calls that are held; `handle` makes what a caller goes on with at a server."""

    def __init__(self, handle: Callable[[str, str], str] = _random_handle) -> None:
        self._handle = handle
        self._calls: dict[str, HeldCall] = {}

    async def run(
        self, down: Downstream, name: tuple[str, str], work: Callable[[HeldCall], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Begin a call, or go on with the one whose handle came back; its result, or its next questions.

        Raises MCPError for a handle that is not of a call of this caller.
        """
        state = down.params.get("requestState")
        call = self._begin(down, name, work) if state is None else self._again(down, name, str(state))
        assert call.work is not None
        try:
            questions = await call.next()
        except asyncio.CancelledError:
            call.work.cancel()
            self._forget(call)
            raise
        if questions is None:
            self._forget(call)
            if call.work.cancelled():
                raise _gone()
            return await call.work
        self._wait(call)
        return questions

    def close(self) -> None:
        """End all that are held."""
        for call in tuple(self._calls.values()):
            self._give_up(call)

    def _begin(
        self, down: Downstream, name: tuple[str, str], work: Callable[[HeldCall], Awaitable[dict[str, Any]]]
    ) -> HeldCall:
        if sum(call.waits and call.down.who == down.who for call in self._calls.values()) >= _MOST:
            raise MCPError(INVALID_PARAMS, f"{_MOST} calls wait for answers already")
        call = HeldCall(down, name, self._handle(down.who, name[0]))
        call.work = asyncio.ensure_future(work(call))
        self._calls[call.handle] = call
        return call

    def _again(self, down: Downstream, name: tuple[str, str], state: str) -> HeldCall:
        call = self._calls.get(state)
        if call is None or call.down.who != down.who or call.name != name:
            raise _gone()
        call.go_on()
        call.down = down
        responses = down.params.get("inputResponses")
        call.take(responses if isinstance(responses, dict) else {})
        return call

    def _wait(self, call: HeldCall) -> None:
        call.go_on()
        if call.handle in self._calls:
            call.lapse = asyncio.get_running_loop().call_later(LONGEST_ANSWER, self._give_up, call)

    def _give_up(self, call: HeldCall) -> None:
        assert call.work is not None
        call.work.cancel()
        self._forget(call)

    def _forget(self, call: HeldCall) -> None:
        self._calls.pop(call.handle, None)
        call.go_on()


def _gone() -> MCPError:
    return MCPError(INVALID_PARAMS, "this call does not wait for answers any more; call again")
