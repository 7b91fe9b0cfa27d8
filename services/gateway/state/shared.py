"""All that the processes of one gateway share: keys, counts, news, and who holds what."""

from __future__ import annotations

import asyncio
import json
import secrets
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError

from services.gateway.downstream import Looker
from services.gateway.own_tasks import is_own
from services.gateway.state.counts import SharedCounts
from services.gateway.state.echoes import Echoes
from services.gateway.state.link import Away, StateLink
from services.gateway.state.tasks import SharedGiven, TaskHolders
from services.gateway.state.workers import Workers, away, gone, was_gone
from services.gateway.task_forms import OF_TASKS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from services.events import CatalogKind
    from services.gateway.beyond import Here
    from services.gateway.downstream import Downstream
    from services.gateway.gateway import Gateway
    from services.gateway.keys import Keys
    from services.gateway.naming import Target
    from services.gateway.state.link import Ask

__all__ = ("SharedState",)

_PREFIX: Final = "jackfield"
_NEWS: Final = f"{_PREFIX}:news"
_PAUSE: Final = 0.5
"""Seconds that a list of another process may be ahead of ours, before it is read again."""
_MOST: Final = 1_000
"""News under way at once."""


class SharedState:
    """This process among those that share one state; implements `services.gateway.beyond.Beyond`."""

    def __init__(self, address: str, warn: Callable[[str], None] = lambda _: None) -> None:
        self._me = secrets.token_hex(8)
        self._link = StateLink(
            address,
            (_NEWS, f"{_PREFIX}:worker:{self._me}"),
            self._heard,
            opened=self._opened,
            lost=self._lost,
            warn=warn,
        )
        self._counts = SharedCounts(self._link, _PREFIX)
        self._tasks = TaskHolders(self._link, _PREFIX, self._me)
        self._given = SharedGiven(self._link, _PREFIX)
        self._echoes = Echoes()
        self._errands: set[asyncio.Task[None]] = set()
        self._gateway: Gateway
        self._keys: Keys
        self._workers: Workers

    def serve(self, gateway: Gateway, keys: Keys) -> None:
        """Be what stands between this gateway and its likes."""
        self._gateway = gateway
        self._keys = keys
        self._workers = Workers(self._link, _PREFIX, self._me, self._here)
        gateway.beyond = gateway.news.beyond = gateway.news.tasks.beyond = gateway.given.beyond = self

    @property
    def there(self) -> bool:
        """Whether the state answers, as far as is known."""
        return self._link.there

    async def begin(self) -> None:
        """Reach the state, or say that it is away; waits for seconds at most."""
        await self._link.begin()

    async def close(self) -> None:
        """Leave it."""
        for task in tuple(self._errands):
            task.cancel()
        await self._workers.close()
        await self._link.close()

    async def count(self, caller: str, per_minute: int) -> None:
        """One request of a caller more. Raises TooMuch."""
        await self._counts.count(caller, per_minute)

    # News.

    def changed(self, server: str, kind: CatalogKind) -> None:
        digest = self._gateway.known.digest(server, kind)
        self._tell({"news": "list", "server": server, "kind": kind, "digest": digest})

    def updated(self, server: str, uri: str) -> bool:
        self._tell({"news": "resource", "server": server, "uri": uri})
        return self._echoes.is_news(self._resource(server, uri, self._me), self._me)

    # What is held.

    def handle(self, who: str, server: str) -> str:
        return self._sealed(who, server, {"h": secrets.token_urlsafe(24)})

    async def task(self, server: str, task_id: str) -> Mapping[str, Any] | None:
        worker = await self._holder_of_task(server, task_id)
        if worker in ("", self._me):
            return None
        return await self._workers.ask(worker, Looker(), server, "tasks/get", {"taskId": task_id})

    async def give(self, who: str, task: Target) -> None:
        await self._given.give(who, task)

    async def given(self, who: str) -> tuple[Target, ...]:
        return await self._given.of(who)

    async def forget(self, who: str, task: Target) -> None:
        await self._given.forget(who, task)

    async def pass_on(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any], here: Here
    ) -> dict[str, Any]:
        worker, params = await self._holder(down, server, method, params)
        if worker not in ("", self._me):
            try:
                return await self._workers.ask(worker, down, server, method, params)
            except MCPError as error:
                if not was_gone(error) or not self._outlives(server, method, params):
                    raise
        return await self._kept(down, server, await here(down, server, method, params))

    async def _here(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of a request that came to another process."""
        return await self._kept(down, server, await self._gateway.answered(down, server, method, params))

    async def _holder(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> tuple[str, Mapping[str, Any]]:
        """Which process a request must reach, nothing for any; and its parameters for the server."""
        if isinstance(state := params.get("requestState"), str) and (told := self._opened_handle(state)):
            if (told["o"], told["s"]) != (down.who, server):
                raise gone(server, method)
            return told["w"], {**params, "requestState": told["u"]} if "u" in told else params
        if method in OF_TASKS:
            return await self._holder_of_task(server, str(params.get("taskId"))), params
        return "", params

    async def _holder_of_task(self, server: str, task_id: str) -> str:
        if not self._is_held(server, task_id):
            return ""
        try:
            return await self._tasks.holder(server, task_id)
        except Away:
            raise away() from None

    async def _kept(self, down: Downstream, server: str, result: dict[str, Any]) -> dict[str, Any]:
        """A result, with what only the process knows that has the server's program for a child."""
        task_id = str(result.get("taskId"))
        if result.get("resultType") == "task" and self._is_held(server, task_id):
            await self._tasks.hold(server, task_id)
        if not self._is_program(server):
            return result
        state = result.get("requestState")
        if isinstance(state, str) and self._opened_handle(state) is None:
            return {**result, "requestState": self._sealed(down.who, server, {"u": state})}
        return result

    def _sealed(self, who: str, server: str, more: dict[str, str]) -> str:
        told = {"w": self._me, "o": who, "s": server, **more}
        return self._keys.sealed(json.dumps(told).encode())

    def _opened_handle(self, handle: str) -> dict[str, str] | None:
        opened = self._keys.opened(handle)
        told: dict[str, str] | None = None if opened is None else json.loads(opened)
        return told

    def _is_program(self, server: str) -> bool:
        """Whether each process has this server for itself."""
        return self._gateway.manager.settings(server).transport == "stdio"

    def _is_held(self, server: str, task_id: str) -> bool:
        """Whether a task is gone on with in the process that began it.

        So it is with those of programs and of the gateway, and with those of servers of the handshake era,
        which ask whoever began them.
        """
        modern = self._gateway.manager.tasks_offered(server) == "newer"
        return not modern or self._is_program(server) or is_own(task_id)

    def _outlives(self, server: str, method: str, params: Mapping[str, Any]) -> bool:
        """Whether a task may be there still when the process is gone that began it."""
        return method in OF_TASKS and not self._is_program(server) and not is_own(str(params.get("taskId")))

    # The state, and what comes from others.

    async def _opened(self, ask: Ask) -> None:
        """Have one key for all: the first that was there stays."""
        name = f"{_PREFIX}:key"
        await ask("SET", name, self._keys.all[0].hex(), "NX")
        kept = await ask("GET", name)
        self._keys.adopt(bytes.fromhex(kept.decode()))
        await self._tasks.hold_again(ask)

    def _lost(self) -> None:
        self._workers.lost()

    def _heard(self, message: dict[str, Any]) -> None:
        if "news" not in message:
            self._workers.hear(message)
        elif (who := message.get("by")) != self._me:
            server = str(message.get("server"))
            if server not in self._gateway.manager.servers:
                return  # configured there alone
            if message["news"] == "resource":
                self._heard_of(server, str(message["uri"]), str(who))
            else:
                self._run(self._compare(server, message["kind"], str(message["digest"])))

    def _heard_of(self, server: str, uri: str, who: str) -> None:
        if self._echoes.is_news(self._resource(server, uri, who), who):
            self._gateway.news.retell(server, uri)

    def _resource(self, server: str, uri: str, who: str) -> tuple[str, ...]:
        """What a resource's news are counted by; a server that is a program is another in each process."""
        return (server, uri, who) if self._is_program(server) else (server, uri)

    async def _compare(self, server: str, kind: CatalogKind, digest: str) -> None:
        """Read a list again that is another elsewhere, unless its own news make it the same meanwhile."""
        if self._differs(server, kind, digest):  # what is the same now may be older than ours after the pause
            await asyncio.sleep(_PAUSE)
            if self._differs(server, kind, digest):
                self._gateway.manager.read_again(server, kind)

    def _differs(self, server: str, kind: CatalogKind, digest: str) -> bool:
        known = self._gateway.known
        return known.has(server, kind) and known.digest(server, kind) != digest

    def _tell(self, told: dict[str, Any]) -> None:
        self._run(self._told({**told, "by": self._me}))

    async def _told(self, told: dict[str, Any]) -> None:
        try:
            await self._link.publish(_NEWS, told)
        except Away:
            return  # who is here was told

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._errands) >= _MOST:  # the state is slow, and news are worth less the older they are
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)
