"""News of changed lists and resources, in both eras.

Until 2025-11-25 a server notifies by itself and is asked for each resource
(`resources/subscribe`); on 2026-07-28 one request, `subscriptions/listen`, stays open and names
all that is wanted. It is opened again when it ends, and with other wishes when they change.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import mcp_types as types
from mcp.client.subscriptions import SubscriptionLost, listen
from mcp.shared.exceptions import MCPError

from services.connections.session.dispatcher import Fault
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

    from services.connections.session.dispatcher import RecordingDispatcher
    from services.connections.session.incoming import Listener
    from services.connections.session.response_cache import Answers
    from services.events import CatalogKind

__all__ = ("Subscriptions",)

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_HELD: Final = 5.0
"""Seconds that a stream has to last for the next pause to be a short one again."""
_MOMENT: Final = 3.0
"""Seconds that somebody waits who wants to hear of a resource until the server is told so."""
_REFUSALS: Final = 3
"""Errors in a row of the server itself after which it is not asked to tell of changes any more."""


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What a `subscriptions/listen` asks for."""

    tools: bool
    prompts: bool
    resources: bool
    uris: frozenset[str]
    tasks: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return self.tools or self.prompts or self.resources or bool(self.uris or self.tasks)


class Subscriptions:
    """What one session wants to hear of."""

    def __init__(
        self,
        sdk: ClientSession,
        listener: Listener,
        answers: Answers,
        *,
        modern: bool,
        dispatcher: RecordingDispatcher | None = None,
    ) -> None:
        self._sdk = sdk
        self._dispatcher = dispatcher
        self._answers = answers
        self._listener = listener
        self._modern = modern
        self._uris: set[str] = set()
        self._tasks: set[str] = set()
        self._tells_of_tasks = True
        """Whether the server has not refused to tell of tasks."""
        self._changed = asyncio.Event()
        self._broken = False
        """Whether the last stream ended otherwise than by new wishes: changes may have been missed."""
        self._stream: asyncio.Task[None] | None = None
        self._following = False
        self._named: frozenset[str] = frozenset()
        """The resources that the open stream names."""
        self._tried = asyncio.Event()
        """Set, and replaced by another, whenever a stream was opened or could not be."""

    async def subscribe(self, uri: str) -> None:
        """Hear of changes of a resource: of those after this, unless the server takes too long to hear it."""
        if not self._modern:
            request = types.SubscribeRequest(params=types.SubscribeRequestParams(uri=uri))
            await self._sdk.send_request(request, types.EmptyResult)
        self._uris.add(uri)
        self._changed.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT):
                while self._following and uri not in self._named:
                    await self._tried.wait()

    async def unsubscribe(self, uri: str) -> None:
        """Hear no more of a resource."""
        if not self._modern:
            request = types.UnsubscribeRequest(params=types.UnsubscribeRequestParams(uri=uri))
            await self._sdk.send_request(request, types.EmptyResult)
        self._uris.discard(uri)
        self._changed.set()

    def follow_task(self, task_id: str) -> None:
        """Hear of a task, where the extension's server tells of them by itself."""
        if self._modern and self._dispatcher is not None and self._tells_of_tasks:
            self._tasks.add(task_id)
            self._changed.set()

    def leave_task(self, task_id: str) -> None:
        """Hear no more of a task; the stream says so when it is opened anew for another reason."""
        self._tasks.discard(task_id)

    async def follow(self) -> None:
        """Keep the stream of news open on 2026-07-28; returns where there is nothing to do."""
        pause, refusals = _FIRST_PAUSE, 0
        self._following = self._modern
        try:
            while self._modern:
                self._changed.clear()
                began = time.monotonic()
                try:
                    if await self._listened():
                        continue
                    refusals = 0
                    said = "the stream of news ended"
                except (MCPError, SubscriptionLost, TimeoutError) as error:
                    refused = isinstance(error, MCPError) and not isinstance(error, Fault)
                    if refused and self._tasks:
                        # Perhaps it is these it does not tell of; they are looked at anyway.
                        self._tells_of_tasks = False
                        self._tasks.clear()
                        continue
                    refusals = refusals + 1 if refused else 0
                    said = f"no news of changed lists: {one_line(str(error))}"
                    if refusals >= _REFUSALS or (refused and _unknown(error)):
                        self._listener.log_message(said, "warning", "")
                        return
                self._broken = True
                self._now_names(frozenset())
                if time.monotonic() - began >= _HELD:
                    pause = _FIRST_PAUSE
                self._listener.log_message(f"{said}; asked again in {pause:g} s", "debug", "")
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
        finally:
            self._following = False
            self._now_names(frozenset())
            await self._change_to(None)

    def _now_names(self, uris: frozenset[str]) -> None:
        self._named = uris
        self._tried.set()
        self._tried = asyncio.Event()

    async def _listened(self) -> bool:
        """Listen until the wishes change (True), the server ends it (False), or it breaks (raises).

        With new wishes the old stream is left once the new one is open, so that nothing is missed.
        """
        wishes = self._wishes()
        if not wishes:
            await self._change_to(None)
            await self._changed.wait()
            return True
        opened = asyncio.Event()
        stream = asyncio.create_task(self._listen(wishes, opened))
        try:
            await _either(stream, opened)
        finally:
            await self._change_to(stream)
        if opened.is_set():
            self._now_names(wishes.uris)
        await _either(stream, self._changed)
        if not stream.done():
            return True
        self._stream = None
        stream.result()
        return False

    async def _listen(self, wishes: _Wishes, opened: asyncio.Event) -> None:
        if self._dispatcher is not None:
            self._dispatcher.beside_news = {"taskIds": sorted(wishes.tasks)} if wishes.tasks else {}
        async with listen(
            self._sdk,
            tools_list_changed=wishes.tools,
            prompts_list_changed=wishes.prompts,
            resources_list_changed=wishes.resources,
            resource_subscriptions=sorted(wishes.uris),
        ) as news:
            opened.set()
            if self._broken:
                self._broken = False
                self._missed(wishes)
            async for _ in news:
                pass  # each event also reaches the session's message handler, the one road for both eras

    async def _change_to(self, stream: asyncio.Task[None] | None) -> None:
        """Have this stream from now on, and leave the one before."""
        before, self._stream = self._stream, stream
        if before is not None:
            before.cancel()
            await asyncio.wait((before,))
            if not before.cancelled():
                before.exception()  # how it ended is of no interest any more

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
        tasks = frozenset(self._tasks)
        if offered is None:
            return _Wishes(False, False, False, frozenset(), tasks)
        return _Wishes(
            bool(offered.tools and offered.tools.list_changed),
            bool(offered.prompts and offered.prompts.list_changed),
            bool(offered.resources and offered.resources.list_changed),
            frozenset(self._uris),
            tasks,
        )


async def _either(stream: asyncio.Task[None], event: asyncio.Event) -> None:
    """Return when the stream has ended or the event has come."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait((stream, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _unknown(error: BaseException) -> bool:
    return isinstance(error, MCPError) and error.code in (types.METHOD_NOT_FOUND, types.INVALID_PARAMS)
