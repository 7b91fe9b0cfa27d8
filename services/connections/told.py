"""What a server tells and asks within its session, handed on to whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.events import ResourceUpdated, ServerState
from services.settings import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.connections.served import Served
    from services.connections.server_questions import ServerQuestions
    from services.connections.shared import Shared
    from services.connections.tasks import Tasks
    from services.events import CatalogKind
    from services.inbox.questions import Answer, Question
    from services.roots import Root
    from services.settings import Level

__all__ = ("Told",)

_LATENCY_NEWS: Final = 0.25
"""Seconds between two news of nothing but a new latency."""


class Told:
    """Implements `services.connections.session.incoming.Listener` for one server."""

    def __init__(self, connection: Served, questions: ServerQuestions, tasks: Tasks, shared: Shared) -> None:
        self._connection = connection
        self._questions = questions
        self._tasks = tasks
        self._shared = shared
        self.clock = shared.clock
        self._latency_told = 0.0
        self.answered_at = 0.0
        """When the server answered last, on the clock."""

    @property
    def samples(self) -> bool:
        return self._shared.samples and self._asks and self._connection.settings.sampling == "ask"

    @property
    def offers_roots(self) -> bool:
        settings = self._connection.settings
        return (self._asks or settings.roots is not None) and self._connection.told_roots.offered(settings)

    @property
    def _asks(self) -> bool:
        return self._shared.relay is None or self._shared.relay.asks

    async def roots(self) -> tuple[Root, ...]:
        return await self._connection.told_roots.told(self._connection.settings, self.ask)

    async def ask(self, question: Question) -> Answer:
        return await self._questions.ask(question)

    async def asked_elsewhere(self, method: str, params: Mapping[str, Any] | None) -> dict[str, Any] | None:
        if self._shared.relay is None:
            return None
        with self._questions.standing_still():
            return await self._shared.relay.asked(self._connection.name, method, params)

    def logged_elsewhere(self, level: str, data: object, logger: str | None) -> None:
        if self._shared.relay is not None:
            self._shared.relay.logged(self._connection.name, level, data, logger)

    def log_message(self, text: str, level: str, logger: str) -> None:
        known: Level = level if level in LEVELS else "info"
        self._connection.log.say(text, "server", known, logger)

    def list_changed(self, kind: CatalogKind) -> None:
        self._connection.lists.announced(kind)

    def resource_updated(self, uri: str) -> None:
        if self._connection.followed:  # what is told of may lie below what was asked about
            self._shared.report(ResourceUpdated(self._connection.name, uri))
            if self._shared.relay is not None:
                self._shared.relay.updated(self._connection.name, uri)

    def page_finished(self, elicitation: str) -> None:
        self._questions.page_finished(elicitation)
        if self._shared.relay is not None:
            self._shared.relay.page_finished(self._connection.name, elicitation)

    def task_told(self, params: Mapping[str, Any]) -> None:
        self._tasks.told(params)
        if self._shared.relay is not None:
            self._shared.relay.task_told(self._connection.name, params)

    def answered(self, seconds: float) -> None:
        self.answered_at = now = self.clock.monotonic()
        life, trace = self._connection.life, self._connection.trace
        news = {"latency": seconds, "bytes_in": trace.bytes_in, "bytes_out": trace.bytes_out}
        if life.state is ServerState.READY and now - self._latency_told >= _LATENCY_NEWS:
            self._latency_told = now
            life.update(**news)
        else:
            life.note(**news)
