"""Conversations with models that a driver holds; each has its turns one after the other."""

from __future__ import annotations

import asyncio
import base64
import binascii
import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.app_server import methods
from services.app_server.questions import TurnApproval
from services.app_server.turn import TurnTold
from services.app_server.turn_values import TextInput, ThreadStarted, ThreadValue, TurnStartResult
from services.app_server.values import Nothing
from services.errors import InvalidArguments
from services.inbox.approving import InboxApprover
from services.model.allowances import Allowances
from services.model.answers import IMAGE_TYPES, Image
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.model.kept_results import results_folder, tidy_results
from services.model.place import Place
from services.results.kinds import kind_of
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.app_server.driver import Call, Driver, Handler
    from services.app_server.surroundings import Surroundings
    from services.app_server.turn_values import (
        Input,
        ThreadStartParams,
        TurnInterruptParams,
        TurnStartParams,
    )
    from services.approval import ApprovalRequest
    from services.connection_manager import ConnectionManager
    from services.model.turn import Turn
    from services.settings import Configuration

__all__ = ("Threads",)


@dataclass(slots=True)
class _Thread:
    id: str
    only: list[str] | None
    turns: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    told: TurnTold | None = None
    """The turn that was begun last, as the driver hears it."""
    turn: Turn | None = None

    def question(self, request: ApprovalRequest) -> TurnApproval:
        """The question whether a call of its turn may be made."""
        assert self.told is not None
        return TurnApproval(
            server=request.call.server,
            message="",
            request=request,
            thread=self.id,
            turn=self.told.id,
            item=self.told.item_of(request.call),
        )


class Threads:
    """The conversations of a driver, by their ids."""

    def __init__(
        self,
        manager: ConnectionManager,
        driver: Driver,
        surroundings: Surroundings,
        configuration: Callable[[], Configuration],
    ) -> None:
        self._manager = manager
        self._driver = driver
        self._surroundings = surroundings
        self._configuration = configuration
        self._numbers = itertools.count(1)
        self._threads: dict[str, tuple[_Thread, Conversation]] = {}
        self._running: set[asyncio.Task[None]] = set()

    @property
    def handlers(self) -> dict[str, Handler]:
        """What is done for each method."""
        return {
            methods.THREAD_START.name: self._start,
            methods.TURN_START.name: self._turn,
            methods.TURN_INTERRUPT.name: self._interrupt,
        }

    async def close(self) -> None:
        """End the turns under way, and the connections to models."""
        for _, conversation in self._threads.values():
            await conversation.close()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _start(self, params: ThreadStartParams, call: Call) -> ThreadStarted:
        configuration, home = self._configuration(), self._surroundings.home
        model = usable(choose(configuration.models, params.model))
        for server in params.servers or ():
            self._manager.status(server)
        thread = _Thread(f"thread-{next(self._numbers)}", params.servers)
        approver = InboxApprover(self._manager.inbox, thread.question)
        await asyncio.to_thread(tidy_results, home)
        folder = await asyncio.to_thread(results_folder, home)
        place = Place(self._manager, approver, Allowances(home), folder)
        conversation = Conversation(place, model, self._surroundings.keys(configuration))
        self._threads[thread.id] = (thread, conversation)
        value = ThreadValue(
            id=thread.id, model=model.name, model_provider=model.provider, created_at=int(time.time())
        )
        started = ThreadStarted(thread=value)
        call.after(lambda: self._driver.notify(methods.THREAD_STARTED.name, started))
        return started

    async def _turn(self, params: TurnStartParams, call: Call) -> TurnStartResult:
        thread, conversation = self._thread(params.thread_id)
        content = [one.text if isinstance(one, TextInput) else _picture(one.url) for one in params.input]
        turn = conversation.ask(content, only=thread.only)
        told = TurnTold(self._driver, thread.id, f"{thread.id}-turn-{next(thread.turns)}")
        thread.turn, thread.told = turn, told
        call.after(lambda: self._begin(turn, told, params.input))
        return TurnStartResult(turn=told.value)

    async def _interrupt(self, params: TurnInterruptParams, _call: Call) -> Nothing:
        thread, _ = self._thread(params.thread_id)
        if thread.turn is None or thread.told is None or thread.told.id != params.turn_id or thread.turn.over:
            raise InvalidArguments(f"no turn {one_line(params.turn_id, 80)} is under way")
        thread.turn.cancel()
        return Nothing()

    def _begin(self, turn: Turn, told: TurnTold, said: list[Input]) -> None:
        async def run() -> None:
            told.begin(said)
            async with turn:
                async for event in turn:
                    told.hear(event)

        running = asyncio.create_task(run(), name=told.id)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def _thread(self, name: str) -> tuple[_Thread, Conversation]:
        if name not in self._threads:
            raise InvalidArguments(f"there is no thread {one_line(name, 80)}")
        return self._threads[name]


def _picture(url: str) -> Image:
    head, comma, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not comma:
        raise InvalidArguments("a picture is given as a data: URL in base64")
    try:
        picture = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidArguments("the picture is not base64") from error
    kind = kind_of(picture)
    if kind is None or kind.mime_type not in IMAGE_TYPES:
        raise InvalidArguments("not a picture that a model accepts", hint="PNG, JPEG, GIF and WebP are.")
    return Image(kind.mime_type, picture)
