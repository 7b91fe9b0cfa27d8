"""A protected server with `oidc-provider` in front of it, and the home of somebody who uses it."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.connection_manager import ConnectionManager
from services.events import ServerState
from services.oauth.logins import Logins
from services.results.content import TextBlock
from services.settings import ServerSettings
from tests.peers.oidc import Guard, oidc_provider
from tests.servers.web import Web
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from services.oauth.credentials import Credentials
    from tests.peers.oidc import OidcProvider
    from tests.peers.person import Person

__all__ = ("KINDS", "SHORT", "Stage", "echo", "stage")

SHORT = 4
"""Seconds that a short-lived token lives; it is renewed after half of them."""

KINDS: dict[str, dict[str, Any]] = {
    "bearer": {},
    "dpop": {"dpop": True},
    "dpop with nonces": {"dpop": True, "nonce": True},
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A protected server, its authorization server, and the home of somebody who uses it."""

    provider: OidcProvider
    guard: Guard
    settings: ServerSettings
    home: Path
    environ: dict[str, str]

    @property
    def logins(self) -> Logins:
        return Logins(self.home, mode="file", environ=self.environ)

    @property
    def kept(self) -> Credentials:
        """What is in the store now."""
        credentials = self.logins.kept.load(self.settings)
        assert credentials is not None
        return credentials

    def configure(self) -> None:
        """Write config.toml for the program itself."""
        text = f'mcp_oauth_credentials_store = "file"\n[mcp_servers.tasks]\nurl = "{self.settings.url}"\n'
        (self.home / "config.toml").write_text(text, encoding="utf-8")

    @asynccontextmanager
    async def manager(self) -> AsyncIterator[ConnectionManager]:
        """A program that has just been started."""
        async with ConnectionManager([self.settings], environ=self.environ, logins=self.logins) as manager:
            await manager.settled(30)
            yield manager

    async def log_in(self, manager: ConnectionManager, person: Person, **options: Any) -> None:
        """Let a person log in, and wait until the server is ready."""
        await manager.login("tasks", show=person.log_in, open_browser=False, **options)
        await until(lambda: manager.status("tasks").state is ServerState.READY)

    @contextmanager
    def one_renewal(self) -> Iterator[None]:
        """Hold that tokens were renewed once in the block, or once more for each half of a life it took."""
        before, began = self.provider.refreshes(), time.monotonic()
        yield
        halves = (time.monotonic() - began) / (SHORT / 2)
        assert 1 <= self.provider.refreshes() - before <= 1 + int(halves)

    async def ended(self, token: str) -> None:
        """Wait until a token is worth nothing any more."""
        await until(lambda: not self.provider.about(token)["active"], 2 * SHORT)


@asynccontextmanager
async def stage(
    home: Path,
    *,
    dpop: bool = False,
    nonce: bool = False,
    oauth: dict[str, Any] | None = None,
    environ: dict[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[Stage]:
    """`oauth` is the table of the server, `options` are those of the script `oidc_provider.mjs`."""
    async with Web() as web:
        with oidc_provider(web.url, dpop=dpop, nonce=nonce, **options) as provider:
            guard = Guard(provider, web.url, frozenset({"stream"}), dpop, "nonce-1" if nonce else "")
            web.before = guard
            settings = ServerSettings(
                "tasks", transport="http", url=web.url, startup_timeout_sec=20, oauth=oauth or {}
            )
            yield Stage(provider, guard, settings, home, environ or {})


async def echo(manager: ConnectionManager, text: str, tool: str = "echo") -> str:
    """The answer of a tool that repeats a text; `stream` is the one that needs `tools:write`."""
    result = await manager.call_tool("tasks", tool, {"text": text})
    (block,) = result.blocks
    assert isinstance(block, TextBlock)
    return block.text
