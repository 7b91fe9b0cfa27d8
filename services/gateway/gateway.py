"""The gateway: requests of clients passed on to servers, and questions of servers to whoever answers them."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.errors import JackfieldError, ServerError
from services.gateway.answering import Answering, shown_as_ours
from services.gateway.audit import Audit, Line
from services.gateway.downstream import ANSWERABLE, Able, Looker
from services.gateway.given_tasks import GivenTasks
from services.gateway.held import Held, HeldCall
from services.gateway.known import Known
from services.gateway.naming import Target
from services.gateway.news import News
from services.gateway.rounds import finished, rounds
from services.gateway.task_calls import TaskCalls
from services.gateway.task_forms import OF_TASKS, knowing, related, related_to
from services.gateway.telling import Telling
from services.gateway.turns import Turns
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.connection_manager import ConnectionManager
    from services.connections.session.caller import Caller
    from services.events import CatalogKind
    from services.gateway.beyond import Beyond
    from services.gateway.downstream import Asker, Downstream
    from services.settings import GatewayQuestions as Questions

__all__ = ("Gateway",)

_asker_here: ContextVar[Asker | None] = ContextVar("asker_here", default=None)
"""The call that this task makes: over HTTP what a server says within a call comes with it."""


class Gateway:
    """Stands between servers and clients; implements `services.connections.relay.Relay`.

    `manager` is set before the first request. `somebody_here` says whether its inbox has a person.
    """

    manager: ConnectionManager

    def __init__(
        self,
        *,
        questions: Questions = "client",
        somebody_here: Callable[[], bool] = lambda: False,
        audit: Audit | None = None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.beyond: Beyond | None = None
        self.known = Known()
        self.news = News()
        self.answering = Answering(questions, somebody_here, warn, self._say)
        self._audit = audit if audit is not None else Audit()
        self._turns: dict[str, Turns[Asker]] = {}
        self._held = Held(self._handle)
        self._tellings: dict[Asker, Telling] = {}
        self.tasks = TaskCalls(self, _words)
        self.given = GivenTasks(self.news)
        self.news.tasks.look = self.look_at

    def close(self) -> None:
        """End what waits for clients."""
        self._held.close()
        self.tasks.close()
        self._audit.close()

    async def pass_on(
        self,
        down: Downstream,
        server: str,
        method: str,
        params: Mapping[str, Any],
        work: Callable[[], Awaitable[dict[str, Any]]] | None = None,
    ) -> dict[str, Any]:
        """The result of a client's request, as the server gave it, or as `work` finds it; raises MCPError."""
        line = Line.of(down, server, method, params)
        try:
            result = await (work() if work is not None else self.routed(down, server, method, params))
        except MCPError as error:
            line.outcome = _outcome(error)
            raise
        else:
            kind = result.get("resultType")
            line.outcome = "tool error" if result.get("isError") is True else str(kind or "complete")
            down.view.remember_links(server, result)
            return result
        finally:
            self._audit.write(line)

    async def routed(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of a request, from whichever process has it; raises MCPError."""
        if self.beyond is None:
            return await self.answered(down, server, method, params)
        return await self.beyond.pass_on(down, server, method, params, self.answered)

    async def answered(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result that the server of this process gives; raises MCPError."""
        try:
            return await self._pass_on(down, server, method, params)
        except JackfieldError as error:
            raise _words(server, error) from error

    def _handle(self, who: str, server: str) -> str:
        return token_urlsafe(24) if self.beyond is None else self.beyond.handle(who, server)

    async def look_at(self, server: str, task_id: str) -> dict[str, Any]:
        """How a task is, for the gateway itself. Raises JackfieldError, MCPError."""
        modern = await self.manager.reach(server)
        asked = {"taskId": task_id}
        return await self.tasks.request(
            looker := Looker(), looker.caller, server, "tasks/get", asked, modern=modern
        )

    async def _pass_on(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        modern = await self.manager.reach(server)
        if method in OF_TASKS:
            caller = down.caller if down.modern else knowing(down.caller)
            return await self.tasks.request(down, caller, server, method, params, modern=modern)
        client = self.answering.by(down) == "client"
        if method == "tools/call":
            told = await self.tasks.called(down, server, params, modern=modern, asks=client)
            if told is not None:
                return told
        if method not in _LONG:
            return await self.send(down, server, down.caller, method, params)
        if modern:
            return await self._rounds(down, server, method, params, passed=down.modern and client)
        if down.modern and client:
            begun = {key: each for key, each in params.items() if key not in _OF_ROUNDS}
            return await self.in_rounds(
                down, server, params, lambda call: self.alone(call, server, down.caller, method, begun)
            )
        return await self.alone(down, server, down.caller, method, params)

    async def _rounds(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any], *, passed: bool
    ) -> dict[str, Any]:
        """A request to a server of 2026-07-28: `passed` on, or its rounds are run here.

        So is its task, unless the client knows of tasks.
        """
        if passed:
            return await self.send(down, server, down.caller, method, params)
        raw = await self.rounds_of(down, down, server, method, params)
        if raw.get("resultType") == "task" and not down.modern:
            send = partial(self.send, down, server, knowing(down.caller))
            return await finished(raw, send, partial(self.ask, down, down, server), down.progress)
        return raw

    # How calls go to servers (services.gateway.task_calls.Ways).

    async def in_rounds(
        self,
        down: Downstream,
        server: str,
        params: Mapping[str, Any],
        work: Callable[[HeldCall], Awaitable[dict[str, Any]]],
    ) -> dict[str, Any]:
        return await self._held.run(down, (server, str(params.get("name") or params.get("uri"))), work)

    async def alone(
        self, asker: Asker, server: str, caller: Caller, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        async with self._turns_of(server).call(asker):
            return await self.send(asker, server, caller, method, params)

    async def rounds_of(
        self, asker: Asker, client: Able, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        caller = replace(client.caller, capabilities=shown_as_ours(client, self.answering.by(client)))
        send = partial(self.send, asker, server, caller if client.modern else knowing(caller))
        return await rounds(method, params, send, partial(self.ask, asker, client, server))

    async def ask(
        self, asker: Asker, client: Able, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        answer = await self.answering.answer(asker, client, server, method, params)
        return answer if answer is not None else await self.manager.answer_here(server, method, params)

    async def send(
        self, asker: Asker, server: str, caller: Caller, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        self._tellings[asker] = telling = Telling()
        token = _asker_here.set(asker)
        try:
            return await self.manager.forward(
                server, method, params, caller, lambda news: telling.put(partial(asker.progress, news))
            )
        finally:
            _asker_here.reset(token)
            try:
                await telling.end()
            finally:
                telling.drop()
                self._tellings.pop(asker, None)

    def _turns_of(self, server: str) -> Turns[Asker]:
        return self._turns.setdefault(server, Turns())

    def _say(self, asker: Asker, words: str) -> None:
        """Tell the client of a call something in our words."""
        if (telling := self._tellings.get(asker)) is not None:
            telling.put(partial(asker.log, "warning", words, "jackfield"))

    # What servers ask and tell (services.connections.relay.Relay).

    @property
    def asks(self) -> bool:
        return self.answering.wish != "decline"

    async def asked(
        self, server: str, method: str, params: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        if method not in ANSWERABLE:
            return None
        if method == "roots/list" and self.manager.settings(server).roots is not None:
            return None  # its table says of which directories it is told
        if (task := self.tasks.older.asking(server, params or {})) is not None:
            answer = await self.answering.answer(task, task, server, method, params or {})
            return None if answer is None else related(answer, related_to(params or {}))
        asker = _asker_here.get() or await self._turns_of(server).asked()
        if asker is None:
            return self.answering.decline(None, server, method, params or {})
        client = asker.down if isinstance(asker, HeldCall) else asker
        assert isinstance(client, Able)
        return await self.answering.answer(asker, client, server, method, params or {})

    def logged(self, server: str, level: str, data: object, logger: str | None) -> None:
        asker = _asker_here.get() or self._turns_of(server).sole
        telling = self._tellings.get(asker) if asker is not None else None
        if asker is not None and telling is not None:
            telling.put(partial(asker.log, level, data, logger))

    def listed(self, server: str, kind: CatalogKind, entries: list[Any]) -> None:
        if self.known.take(server, kind, entries):
            self.news.changed(server, kind)

    def updated(self, server: str, uri: str) -> None:
        self.news.updated(server, uri)

    def page_finished(self, server: str, elicitation: str) -> None:
        if (client := self.answering.visitor(elicitation)) is not None:
            told = {"elicitationId": elicitation}
            self.news.soon(client.tell("notifications/elicitation/complete", told))

    def task_told(self, server: str, params: Mapping[str, Any]) -> None:
        target = Target(server, str(params.get("taskId")))
        self.news.tasks.told(target)
        self.given.told(target, params)


_LONG: Final = frozenset({"tools/call", "prompts/get", "resources/read"})
"""The requests in the middle of which servers may ask."""
_OF_ROUNDS: Final = ("requestState", "inputResponses")


def _outcome(error: MCPError) -> str:
    """How a request ended, for the audit: the reason where the gateway itself has one."""
    if isinstance(cause := error.__cause__, JackfieldError) and not isinstance(cause, ServerError):
        return cause.reason or "failed"
    return f"error {error.error.code}"


def _words(server: str, error: JackfieldError) -> MCPError:
    """An error as a client is told of it."""
    if isinstance(error, ServerError):
        return MCPError(INTERNAL_ERROR if error.code is None else error.code, error.message, error.data)
    said = " ".join(filter(None, (error.message, error.hint)))
    where = {"server": server, "reason": error.reason}
    return MCPError(INTERNAL_ERROR, f"{one_line(server, 80)}: {said}", where)
