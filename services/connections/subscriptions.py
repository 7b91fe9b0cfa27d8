"""News of changed lists and resources, in both eras.

Until 2025-11-25 a server notifies by itself and is asked for each resource
(`resources/subscribe`); on 2026-07-28 one request, `subscriptions/listen`, stays open and names
all that is wanted. It is opened again when it ends, and with other wishes when they change.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import mcp_types as types
from mcp.client.subscriptions import Subscription, SubscriptionLost, listen
from mcp.shared.exceptions import MCPError

from services.connections.dispatcher import Fault
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

    from services.connections.answers import Answers
    from services.connections.incoming import Listener
    from services.events import CatalogKind

__all__ = ("Subscriptions",)

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_REFUSALS: Final = 3
"""Errors in a row of the server itself after which it is not asked to tell of changes any more."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What a `subscriptions/listen` asks for."""

    tools: bool
    prompts: bool
    resources: bool
    uris: frozenset[str]

    def __bool__(self) -> bool:
        return self.tools or self.prompts or self.resources or bool(self.uris)


class Subscriptions:
    """What one session wants to hear of."""

    def __init__(self, sdk: ClientSession, listener: Listener, answers: Answers, *, modern: bool) -> None:
        self._sdk = sdk
        self._answers = answers
        self._listener = listener
        self._modern = modern
        self._uris: set[str] = set()
        self._changed = asyncio.Event()
        self._broken = False
        """Whether the last stream ended otherwise than by new wishes: changes may have been missed."""

    async def subscribe(self, uri: str) -> None:
        """Hear of changes of a resource."""
        if not self._modern:
            request = types.SubscribeRequest(params=types.SubscribeRequestParams(uri=uri))
            await self._sdk.send_request(request, types.EmptyResult)
        self._uris.add(uri)
        self._changed.set()

    async def unsubscribe(self, uri: str) -> None:
        """Hear no more of a resource."""
        if not self._modern:
            request = types.UnsubscribeRequest(params=types.UnsubscribeRequestParams(uri=uri))
            await self._sdk.send_request(request, types.EmptyResult)
        self._uris.discard(uri)
        self._changed.set()

    async def follow(self) -> None:
        """Keep the stream of news open on 2026-07-28; returns where there is nothing to do."""
        pause, refusals = _FIRST_PAUSE, 0
        while self._modern:
            self._changed.clear()
            wishes = self._wishes()
            if not wishes:
                await self._changed.wait()
                continue
            try:
                await self._listen(wishes)
                pause, refusals = _FIRST_PAUSE, 0
                if self._changed.is_set():
                    continue
                said = "the stream of news ended"
            except (MCPError, SubscriptionLost, TimeoutError) as error:
                refused = isinstance(error, MCPError) and not isinstance(error, Fault)
                refusals = refusals + 1 if refused else 0
                said = f"no news of changed lists: {one_line(str(error))}"
                if refusals >= _REFUSALS or (refused and _unknown(error)):
                    self._listener.log_message(said, "warning", "")
                    return
            self._broken = True
            self._listener.log_message(f"{said}; asked again in {pause:g} s", "debug", "")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _listen(self, wishes: _Wishes) -> None:
        """Listen until the server ends it (returns), it breaks (raises), or the wishes change (returns)."""
        async with listen(
            self._sdk,
            tools_list_changed=wishes.tools,
            prompts_list_changed=wishes.prompts,
            resources_list_changed=wishes.resources,
            resource_subscriptions=sorted(wishes.uris),
        ) as news:
            if self._broken:
                self._broken = False
                self._missed(wishes)
            ended = asyncio.create_task(_drained(news))
            changed = asyncio.create_task(self._changed.wait())
            try:
                await asyncio.wait((ended, changed), return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    ended.result()
            finally:
                ended.cancel()
                changed.cancel()

    def _missed(self, wishes: _Wishes) -> None:
        """Nobody was listening for a while: have everything read again that was asked for."""
        kinds: tuple[tuple[bool, tuple[CatalogKind, ...]], ...] = (
            (wishes.tools, ("tools",)),
            (wishes.prompts, ("prompts",)),
            (wishes.resources, ("resources", "templates")),
        )
        for wanted, lists in kinds:
            for kind in lists if wanted else ():
                self._answers.changed(kind)
                self._listener.list_changed(kind)
        self._answers.forget("resources/read")
        for uri in wishes.uris:
            self._listener.resource_updated(uri)

    def _wishes(self) -> _Wishes:
        offered = self._sdk.server_capabilities
        if offered is None:
            return _Wishes(False, False, False, frozenset())
        return _Wishes(
            bool(offered.tools and offered.tools.list_changed),
            bool(offered.prompts and offered.prompts.list_changed),
            bool(offered.resources and offered.resources.list_changed),
            frozenset(self._uris),
        )


async def _drained(news: Subscription) -> None:
    async for _ in news:
        pass  # each event also reaches the session's message handler, the one road for both eras


def _unknown(error: BaseException) -> bool:
    return isinstance(error, MCPError) and error.code in (types.METHOD_NOT_FOUND, types.INVALID_PARAMS)
