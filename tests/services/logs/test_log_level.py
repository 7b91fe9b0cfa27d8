"""The level of a server's log messages, asked for the way its era has it, on every connection."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import NotOffered
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.services.conftest import running
from tests.support.servers import quick

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager

KEY = "io.modelcontextprotocol/logLevel"


def at(web: Web, **settings: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **settings)


def asked(manager: ConnectionManager, server: str) -> list[str]:
    """The levels that a server of the handshake era was asked for."""
    trace = manager.trace(server)
    frames = [f for f in trace.frames() if f.method == "logging/setLevel" and f.kind == "request"]
    assert all(frame.status == "ok" for frame in frames)
    told = [trace.detail(frame.number) for frame in frames]
    return [each["request"]["params"]["level"] for each in told if each is not None]


async def test_on_the_handshake_era_it_is_a_request_on_every_connection() -> None:
    settings = quick("q", log_level="error")
    async with running(settings) as (manager, _):
        assert asked(manager, "q") == ["error"]
        await manager.set_log_level("q", "warning")
        await manager.reconnect("q")
        await manager.settled(10)
        assert asked(manager, "q") == ["error", "warning", "warning"]
        pid = manager.status("q").pid
        await manager.add(replace(settings, log_level="notice"))
        assert asked(manager, "q")[3:] == ["notice"]
        assert manager.status("q").pid == pid


async def test_without_a_wish_nothing_is_sent() -> None:
    async with running(quick("q")) as (manager, _):
        assert asked(manager, "q") == []


async def test_without_the_capability_nothing_is_sent() -> None:
    async with Web(REVISIONS) as web, running(at(web, log_level="error")) as (manager, _):
        with pytest.raises(NotOffered, match="offers no log messages"):
            await manager.set_log_level("web", "error")
        assert "logging/setLevel" not in web.methods
        assert any("no level was asked for" in line.text for line in manager.log("web"))


async def test_a_server_that_is_not_connected_hears_of_it_later() -> None:
    async with running(quick("q", enabled=False)) as (manager, _):
        await manager.set_log_level("q", "alert")
        await manager.enable("q")
        await manager.settled(10)
        assert asked(manager, "q") == ["alert"]


async def test_from_2026_on_each_request_says_it() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):

        async def level() -> Any:
            await manager.call_tool("web", "echo", {"text": "x"})
            return web.requests[-1].message["params"]["_meta"][KEY]

        assert await level() == "debug"
        await manager.set_log_level("web", "error")
        assert await level() == "error"
        await manager.set_log_level("web", "notice")
        assert await level() == "notice"
        assert "logging/setLevel" not in web.methods
    async with Web((MODERN,)) as web, running(at(web, log_level="error")):
        assert web.requests[-1].message["params"]["_meta"][KEY] == "error"
