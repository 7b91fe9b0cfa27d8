"""Conversations with models that a driver holds; each has its turns one after the other."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

from services.app_server import methods
from services.app_server.kept_threads import kept_thread, kept_turn, listed
from services.app_server.thread import Thread
from services.app_server.thread_values import ThreadStarted, ThreadTold
from services.app_server.turn import TurnTold
from services.app_server.turn_values import TurnStartResult
from services.driving.values import Nothing
from services.errors import InvalidArguments
from services.inbox.approving import InboxApprover
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.text import one_line
from services.threads.items import TextInput
from services.threads.kept import turns_of
from services.threads.pictures import picture
from services.threads.shelf import Shelf, place_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.app_server.surroundings import Surroundings
    from services.app_server.thread_values import (
        ThreadListParams,
        ThreadListResult,
        ThreadReadParams,
        ThreadResumeParams,
        ThreadStartParams,
        ThreadValue,
    )
    from services.app_server.turn_values import TurnInterruptParams, TurnStartParams
    from services.connection_manager import ConnectionManager
    from services.driving.driver import Call, Driver, Handler
    from services.model.turn import Turn
    from services.settings import Configuration
    from services.threads.items import Input

__all__ = ("Threads",)


class Threads:
    """The conversations of a driver, by their ids."""

    def __init__(
        self,
        manager: ConnectionManager,
        driver: Driver,
        surroundings: Surroundings,
        configuration: Callable[[], Configuration],
        warn: Callable[[str], None],
    ) -> None:
        """`warn` may be called from any thread."""
        self._manager = manager
        self._driver = driver
        self._surroundings = surroundings
        self._configuration = configuration
        self._shelf = Shelf(surroundings.home, warn, keeps=lambda: configuration().ui.history == "on")
        self._numbers = itertools.count(1)
        self._threads: dict[str, Thread] = {}
        self._opening = asyncio.Lock()
        """A name is taken once; a session is taken over once."""
        self._running: set[asyncio.Task[None]] = set()

    @property
    def handlers(self) -> dict[str, Handler]:
        """What is done for each method."""
        return {
            methods.THREAD_START.name: self._start,
            methods.THREAD_LIST.name: self._list,
            methods.THREAD_READ.name: self._read,
            methods.THREAD_RESUME.name: self._resume,
            methods.TURN_START.name: self._turn,
            methods.TURN_INTERRUPT.name: self._interrupt,
        }

    async def close(self) -> None:
        """End the turns under way and the connections to models, and write what is left."""
        for thread in self._threads.values():
            await thread.conversation.close()
        await asyncio.gather(*self._running, return_exceptions=True)
        records = [thread.record for thread in self._threads.values() if thread.record is not None]
        await asyncio.gather(*(asyncio.to_thread(record.close) for record in records))

    # Opening.

    async def _start(self, params: ThreadStartParams, call: Call) -> ThreadStarted:
        thread = await self._opened(params.model, params.servers)
        async with self._opening:
            if not await self._shelf.begin(thread, self._manager, but=self._threads):
                thread.id = f"thread-{next(self._numbers)}"
            self._threads[thread.id] = thread
        started = ThreadStarted(thread=thread.value())
        call.after(lambda: self._driver.notify(methods.THREAD_STARTED.name, started))
        return started

    async def _resume(self, params: ThreadResumeParams, _call: Call) -> ThreadTold:
        async with self._opening:
            thread = self._threads.get(params.thread_id)
            if thread is None:
                thread = await self._brought_back(params)
            elif params.model is not None:
                await thread.conversation.switch(usable(choose(self._configuration().models, params.model)))
        return ThreadTold(thread=await self._told(thread, turns=not params.exclude_turns))

    async def _brought_back(self, params: ThreadResumeParams) -> Thread:
        session = await self._shelf.find(params.thread_id)
        if (known := self._threads.get(session.id)) is not None:  # by the beginning of its name
            return known
        thread = await self._opened(params.model, params.servers)
        await self._shelf.bring_back(thread, self._manager, session)
        self._threads[thread.id] = thread
        return thread

    async def _opened(self, model: str | None, servers: list[str] | None) -> Thread:
        """A conversation that has no name yet. Raises JackfieldError."""
        configuration, home = self._configuration(), self._surroundings.home
        chosen = usable(choose(configuration.models, model))
        for server in servers or ():
            self._manager.status(server)
        thread = Thread(servers)
        approver = InboxApprover(self._manager.inbox, thread.question)
        keys = self._surroundings.keys(configuration)
        thread.conversation = Conversation(await place_at(home, self._manager, approver), chosen, keys)
        return thread

    # What is kept.

    async def _list(self, params: ThreadListParams, _call: Call) -> ThreadListResult:
        await self._flush(*self._threads.values())
        page = await asyncio.to_thread(listed, self._shelf.folder, params)
        here = [self._threads[one.id].value() if one.id in self._threads else one for one in page.data]
        return page.model_copy(update={"data": here})

    async def _read(self, params: ThreadReadParams, _call: Call) -> ThreadTold:
        thread = self._threads.get(params.thread_id)
        if thread is not None:
            return ThreadTold(thread=await self._told(thread, turns=params.include_turns))
        session = await self._shelf.find(params.thread_id)
        value = kept_thread(session)
        if params.include_turns:
            found = await asyncio.to_thread(turns_of, session.id, session.paths)
            value = value.model_copy(update={"turns": [kept_turn(turn) for turn in found]})
        return ThreadTold(thread=value)

    async def _told(self, thread: Thread, *, turns: bool) -> ThreadValue:
        """A thread that is open here."""
        value = thread.value()
        if not turns:
            return value
        await self._flush(thread)
        found = thread.before
        if thread.record is not None:
            found = await asyncio.to_thread(turns_of, thread.id, thread.record.paths)
        return value.model_copy(update={"turns": [kept_turn(turn) for turn in found]})

    async def _flush(self, *threads: Thread) -> None:
        records = [thread.record for thread in threads if thread.record is not None]
        await asyncio.gather(*(asyncio.to_thread(record.flush) for record in records))

    # Turns.

    async def _turn(self, params: TurnStartParams, call: Call) -> TurnStartResult:
        thread = self._thread(params.thread_id)
        content = [one.text if isinstance(one, TextInput) else picture(one.url) for one in params.input]
        turn = thread.conversation.ask(content, only=thread.only)
        keep = thread.record.keep if thread.record is not None else (lambda _: None)
        thread.told = told = TurnTold(self._driver, thread.id, thread.next_turn(), keep)
        thread.begun(turn, params.input)
        call.after(lambda: self._begin(thread, turn, told, params.input))
        return TurnStartResult(turn=told.value)

    async def _interrupt(self, params: TurnInterruptParams, _call: Call) -> Nothing:
        thread = self._thread(params.thread_id)
        if thread.turn is None or thread.told is None or thread.told.id != params.turn_id or thread.turn.over:
            raise InvalidArguments(f"no turn {one_line(params.turn_id, 80)} is under way")
        thread.turn.cancel()
        return Nothing()

    def _begin(self, thread: Thread, turn: Turn, told: TurnTold, said: list[Input]) -> None:
        running = asyncio.create_task(thread.run(turn, told, said), name=told.id)
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    def _thread(self, name: str) -> Thread:
        if name not in self._threads:
            raise InvalidArguments(
                f"there is no thread {one_line(name, 80)}", hint="thread/resume opens one that was kept."
            )
        return self._threads[name]
