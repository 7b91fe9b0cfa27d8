"""A server as the parts of its connection see it: what they may ask of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.catalog.entries import Catalog
    from services.clock import Clock
    from services.connections.eras import Eras
    from services.connections.followed import Followed
    from services.connections.life_cycle import LifeCycle
    from services.connections.link import Link
    from services.connections.lists import Lists
    from services.connections.log_level import LogLevel
    from services.connections.login_state import LoginState
    from services.connections.reconnection import Retry
    from services.connections.sandbox import SandboxState
    from services.connections.session.session import Session
    from services.events import CatalogKind, ServerStatus
    from services.inbox.questions import Answer, Question
    from services.logs.server_log import ServerLog
    from services.roots import Root
    from services.settings import ServerSettings
    from services.trace.trace import Trace

__all__ = ("Served",)


class Served(Protocol):
    """What the owner and the requests know of the connection they belong to; it implements this."""

    settings: ServerSettings
    clock: Clock
    retry: Retry | None
    trace: Trace
    log: ServerLog
    life: LifeCycle
    lists: Lists
    login: LoginState
    log_level: LogLevel
    sandbox: SandboxState
    followed: Followed
    eras: Eras

    @property
    def name(self) -> str: ...

    @property
    def status(self) -> ServerStatus: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def session(self) -> Session | None: ...

    async def settled(self) -> None: ...

    async def wake(self) -> None: ...

    async def keep_offer(self) -> None: ...

    async def why_closed(self) -> str: ...

    def quiet_for(self) -> float: ...

    def new_link(self) -> Link: ...

    async def probe_login(self) -> None: ...

    def withdraw_questions(self, reason: str) -> None:
        """The server is gone: its questions with it."""

    # A session tells it these, see `services.connections.session.incoming.Listener`.

    @property
    def samples(self) -> bool: ...

    @property
    def offers_roots(self) -> bool: ...

    async def roots(self) -> Sequence[Root]: ...

    async def ask(self, question: Question) -> Answer: ...

    async def asked_elsewhere(
        self, method: str, params: Mapping[str, Any] | None
    ) -> dict[str, Any] | None: ...

    def logged_elsewhere(self, level: str, data: object, logger: str | None) -> None: ...

    def log_message(self, text: str, level: str, logger: str) -> None: ...

    def list_changed(self, kind: CatalogKind) -> None: ...

    def resource_updated(self, uri: str) -> None: ...

    def page_finished(self, elicitation: str) -> None: ...

    def task_told(self, params: Mapping[str, Any]) -> None: ...

    def answered(self, seconds: float) -> None: ...
