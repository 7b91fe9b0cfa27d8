"""A server as the parts of its connection see it: what they may ask of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
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
    from services.connections.session.incoming import Listener
    from services.connections.session.session import Session
    from services.connections.told_roots import ToldRoots
    from services.events import ServerStatus
    from services.logs.server_log import ServerLog
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
    told_roots: ToldRoots

    @property
    def told(self) -> Listener:
        """Who hears what the server brings by itself."""

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
