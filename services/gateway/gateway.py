"""The gateway: requests of clients passed on to servers, and questions of servers to whoever answers them."""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final, Protocol

from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from services.connections.session.caller import Caller
from services.errors import JackfieldError, ServerError
from services.gateway.audit import Audit, Line
from services.gateway.downstream import ANSWERABLE, Downstream
from services.gateway.held import Held, HeldCall
from services.gateway.known import Known
from services.gateway.naming import Target
from services.gateway.news import News
from services.gateway.rounds import finished, rounds
from services.gateway.telling import Telling
from services.gateway.turns import Turns
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from services.connection_manager import ConnectionManager
    from services.connections.calls import Progress
    from services.events import CatalogKind
    from services.gateway.beyond import Beyond
    from services.settings import GatewayQuestions as Questions

__all__ = ("Gateway",)

_OURS: Final[dict[str, Any]] = {"elicitation": {"form": {}, "url": {}}}
"""What a server is told that is answered here."""
_WHY: Final[Mapping[Questions, str]] = {
    "decline": "questions are declined here",
    "here": "nobody is here to answer",
    "client": "the client does not say that it answers such questions",
}
_MOST_PAGES: Final = 1_000
_REFUSED: Final = -1
"""The specification's code for a request that the person does not want."""


class _Asker(Protocol):
    """A call under way, as those see it who have something for its client."""

    @property
    def key(self) -> Hashable: ...

    async def answer(self, method: str, params: Mapping[str, Any]) -> dict[str, Any]: ...

    async def progress(self, news: Progress) -> None: ...

    async def log(self, level: str, data: object, logger: str | None) -> None: ...


_asker_here: ContextVar[_Asker | None] = ContextVar("asker_here", default=None)
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
        self._questions = questions
        self._somebody_here = somebody_here
        self._audit = audit if audit is not None else Audit()
        self._warn = warn
        self._turns: dict[str, Turns[_Asker]] = {}
        self._held = Held(self._handle)
        self._tellings: dict[_Asker, Telling] = {}
        self._pages: dict[str, _Asker] = {}
        """The calls whose clients were sent to a page, by the page's id."""

    def close(self) -> None:
        """End what waits for clients."""
        self._held.close()
        self._audit.close()

    async def pass_on(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result of a client's request, as the server gave it; raises MCPError."""
        line = Line.of(down, server, method, params)
        try:
            if self.beyond is None:
                result = await self.answered(down, server, method, params)
            else:
                result = await self.beyond.pass_on(down, server, method, params, self.answered)
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

    async def answered(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The result that the server of this process gives; raises MCPError."""
        try:
            return await self._pass_on(down, server, method, params)
        except ServerError as error:
            raise MCPError(error.code, error.message, error.data) from error
        except JackfieldError as error:
            said = " ".join(filter(None, (error.message, error.hint)))
            where = {"server": server, "reason": error.reason}
            raise MCPError(INTERNAL_ERROR, f"{one_line(server, 80)}: {said}", where) from error

    def _handle(self, who: str, server: str) -> str:
        return token_urlsafe(24) if self.beyond is None else self.beyond.handle(who, server)

    async def _pass_on(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        modern = await self.manager.reach(server)
        how = self._who_answers(down)
        if not modern and down.modern and how == "client" and method in _LONG:
            name = (server, str(params.get("name") or params.get("uri")))
            begun = {key: each for key, each in params.items() if key not in _OF_ROUNDS}
            return await self._held.run(down, name, lambda call: self._alone(call, server, method, begun))
        if modern and method in _LONG and not (down.modern and how == "client"):
            return await self._to_its_end(down, server, method, params, how)
        if not modern and method in _LONG:
            return await self._alone(down, server, method, params)
        return await self._send(down, server, down.caller, method, params)

    async def _alone(
        self, asker: Downstream | HeldCall, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A request to a server of the handshake era, which may ask in the middle of it."""
        down = asker.down if isinstance(asker, HeldCall) else asker
        async with self._turns_of(server).call(asker):
            return await self._send(asker, server, down.caller, method, params)

    async def _to_its_end(
        self, down: Downstream, server: str, method: str, params: Mapping[str, Any], how: Questions
    ) -> dict[str, Any]:
        """A request whose rounds are run here, and its task, unless the client knows of tasks."""
        caller = _with_capabilities(down, how)
        send = partial(self._send, down, server, caller)

        async def ask(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
            answer = await self._answer(down, down, server, method, params)
            return answer if answer is not None else await self.manager.answer_here(server, method, params)

        raw = await rounds(method, params, send, ask)
        if raw.get("resultType") == "task" and not down.modern:
            return await finished(raw, send, ask, down.progress)
        return raw

    async def _send(
        self, asker: _Asker, server: str, caller: Caller, method: str, params: Mapping[str, Any]
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

    # Who answers.

    def _who_answers(self, down: Downstream) -> Questions:
        if self._questions == "client" and down.can_any:
            return "client"
        return "here" if self._somebody_here() and self._questions != "decline" else "decline"

    async def _answer(
        self, asker: _Asker, down: Downstream, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What a server is answered; None where it is asked here."""
        if self._who_answers(down) == "client" and down.can(method, params):
            if number := params.get("elicitationId"):
                self._pages[str(number)] = asker
                while len(self._pages) > _MOST_PAGES:
                    del self._pages[next(iter(self._pages))]
            return await asker.answer(method, params)
        if self._somebody_here() and self._questions != "decline":
            return None
        return self._decline(asker, server, method, params)

    def _decline(
        self, asker: _Asker | None, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer where nobody gives one, and words about it; raises MCPError where there is none."""
        why = _WHY[self._questions] if asker is not None else "it is not clear whose call it belongs to"
        what = f' "{one_line(str(params["message"]), 200)}"' if params.get("message") else ""
        said = f"{one_line(server, 80)} asks{what} ({method}); declined: {why}"
        self._warn(said)
        if asker is not None and (telling := self._tellings.get(asker)) is not None:
            telling.put(partial(asker.log, "warning", said, "jackfield"))
        if method == "elicitation/create":
            return {"action": "decline"}
        if method == "roots/list":
            return {"roots": []}
        raise MCPError(_REFUSED, said)

    def _turns_of(self, server: str) -> Turns[_Asker]:
        return self._turns.setdefault(server, Turns())

    # What servers ask and tell (services.connections.relay.Relay).

    async def asked(
        self, server: str, method: str, params: Mapping[str, Any] | None
    ) -> dict[str, Any] | None:
        if method not in ANSWERABLE:
            return None
        if method == "roots/list" and self.manager.settings(server).roots is not None:
            return None  # its table says of which directories it is told
        asker = _asker_here.get() or await self._turns_of(server).asked()
        if asker is None:
            return self._decline(None, server, method, params or {})
        down = asker.down if isinstance(asker, HeldCall) else asker
        assert isinstance(down, Downstream)
        return await self._answer(asker, down, server, method, params or {})

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
        asker = self._pages.pop(elicitation, None)
        if isinstance(asker, Downstream):
            told = {"elicitationId": elicitation}
            self.news.soon(asker.tell("notifications/elicitation/complete", told))

    def task_told(self, server: str, params: Mapping[str, Any]) -> None:
        self.news.tasks.told(Target(server, str(params.get("taskId"))))


_LONG: Final = frozenset({"tools/call", "prompts/get", "resources/read"})
"""The requests in the middle of which servers may ask."""
_OF_ROUNDS: Final = ("requestState", "inputResponses")


def _outcome(error: MCPError) -> str:
    """How a request ended, for the audit: the reason where the gateway itself has one."""
    if isinstance(cause := error.__cause__, JackfieldError) and not isinstance(cause, ServerError):
        return cause.reason or "failed"
    return f"error {error.error.code}"


def _with_capabilities(down: Downstream, how: Questions) -> Caller:
    """The caller as the server is to see it, where its rounds are run here."""
    told = dict(down.caller.capabilities)
    if how != "client":
        told = {key: value for key, value in told.items() if key not in ANSWERABLE.values()}
        told |= _OURS if how == "here" else {}
    if not down.modern:
        told["extensions"] = {**(told.get("extensions") or {}), "io.modelcontextprotocol/tasks": {}}
    return Caller(told, down.caller.info, down.caller.log_level)
