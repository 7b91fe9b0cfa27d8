"""A gateway over HTTP within the test, and clients of it: the SDK's own, in both eras."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import mcp_types as types
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from services.connection_manager import ConnectionManager
from services.connections.reconnection import Retry
from services.gateway.access import Access, Anybody
from services.gateway.door import Door
from services.gateway.http import HttpDoor
from services.settings import GatewaySettings
from services.web.listening import listen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from services.connections.offers import Offers
    from services.events import Event
    from services.gateway.audit import Audit
    from services.gateway.state.shared import SharedState
    from services.settings import ServerSettings

ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}
"""How the client negotiates, and what it comes to."""


class _Uvicorn(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Stage:
    """A gateway that runs."""

    door: Door
    base: str
    events: list[Event]

    def url(self, path: str = "") -> str:
        return f"{self.base}/mcp/{path}".rstrip("/")


@asynccontextmanager
async def gateway(
    *servers: ServerSettings,
    settings: GatewaySettings | None = None,
    access: Access | None = None,
    audit: Audit | None = None,
    offers: Offers | None = None,
    read_only: bool = False,
    somebody_here: bool = False,
    shared: SharedState | None = None,
    renewed: Callable[[GatewaySettings], Access] | None = None,
) -> AsyncIterator[Stage]:
    """The gateway in front of these servers, which are starting."""
    events: list[Event] = []
    door = Door(
        lambda relay, listener: ConnectionManager(
            servers, listener=listener, relay=relay, samples=True, asks_roots=True, retry=Retry(0.1)
        ),
        settings or GatewaySettings(),
        read_only=read_only,
        somebody_here=lambda: somebody_here,
        audit=audit,
        offers=offers,
        shared=shared,
        listener=events.append,
    )
    async with door:
        http = HttpDoor(door, access or Anybody(), "127.0.0.1", renewed)
        listening = listen("127.0.0.1", 0)
        config = uvicorn.Config(
            http.app, interface="asgi3", lifespan="off", log_level="error", timeout_graceful_shutdown=1
        )
        server = _Uvicorn(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield Stage(door, f"http://127.0.0.1:{listening.getsockname()[1]}", events)
        finally:
            await http.close()
            server.should_exit = True
            await serving
            listening.close()


@dataclass
class Person:
    """Who answers at the client, and what came to them."""

    action: str = "accept"
    content: Mapping[str, Any] = field(default_factory=lambda: {"name": "Ada"})
    asked: list[str] = field(default_factory=list)
    logged: list[Any] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)

    async def answer(self, context: Any, params: Any) -> types.ElicitResult:
        self.asked.append(params.message)
        content = dict(self.content) if self.action == "accept" else None
        return types.ElicitResult(action=self.action, content=content)  # type: ignore[arg-type]

    async def sample(self, context: Any, params: types.CreateMessageRequestParams) -> Any:
        self.asked.append("sampling")
        text = types.TextContent(type="text", text="forty-two")
        return types.CreateMessageResult(role="assistant", content=text, model="a model")

    async def roots(self, context: Any) -> types.ListRootsResult:
        self.asked.append("roots")
        return types.ListRootsResult(roots=[types.Root(uri="file:///srv")])  # type: ignore[arg-type]

    async def told(self, progress: float, total: float | None, message: str | None) -> None:
        self.progress.append(progress)

    async def heard(self, message: Any) -> None:
        self.messages.append(message)

    async def log(self, params: Any) -> None:
        self.logged.append(params.data)


@asynccontextmanager
async def client(
    url: str, era: str, person: Person | None = None, *, token: str = "", **options: Any
) -> AsyncIterator[Client]:
    """A client of that address; with a person it answers whatever is asked."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if person is not None:
        options |= {
            "elicitation_callback": person.answer,
            "sampling_callback": person.sample,
            "list_roots_callback": person.roots,
            "message_handler": person.heard,
            "logging_callback": person.log,
        }
    async with httpx2.AsyncClient(headers=headers, timeout=100, trust_env=False) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=era, cache=None, **options) as opened:
            yield opened


def text_of(result: Any) -> str:
    """The text of a call's result."""
    return "".join(block.text for block in result.content if block.type == "text")


async def until_listed(client: Client, wanted: Callable[[set[str]], bool], seconds: float = 15) -> set[str]:
    """The names of the tools, once they are as wanted."""
    async with asyncio.timeout(seconds):
        while not wanted(names := {tool.name for tool in (await client.list_tools()).tools}):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return names
