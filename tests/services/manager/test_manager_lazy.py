"""Lazy servers: shown with what they offered last, started at their first use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from services.config.file import parse
from services.connection_manager import ConnectionManager
from services.connections.offers import Offers
from services.events import ServerState
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_lazy_server_starts_at_its_first_use_and_is_remembered(tmp_path: Path) -> None:
    settings = replace(quick("q"), start="lazy", disabled_tools=("big",))
    async with ConnectionManager((settings,), offers=Offers(tmp_path / "offers")) as manager:
        assert manager.status("q").state is ServerState.STOPPED
        assert manager.catalog("q").tools == ()
        assert manager.usable == ("q",)
        assert not (await manager.call_tool("q", "echo", {"text": "x"})).is_error
        assert manager.status("q").state is ServerState.READY
        offered = manager.catalog("q")
    async with ConnectionManager((settings,), offers=Offers(tmp_path / "offers")) as manager:
        await manager.settled()
        status = manager.status("q")
        assert (status.state, status.tools) == (ServerState.STOPPED, len(offered.tools))
        assert manager.catalog("q") == offered
        assert manager.catalog("q").tool("big") is None
        assert (await manager.read_resource("q", "quick://text")).contents
        assert manager.status("q").state is ServerState.READY
        await manager.disconnect("q")
        assert manager.usable == ()


async def test_a_disabled_one_shows_nothing_and_is_not_used(tmp_path: Path) -> None:
    settings, offers = replace(quick("q"), start="lazy"), Offers(tmp_path)
    async with ConnectionManager((settings,), offers=offers) as manager:
        await manager.call_tool("q", "echo", {"text": "x"})
    async with ConnectionManager((settings,), offers=offers) as manager:
        await manager.settled()
        assert manager.catalog("q").tools
        await manager.disable("q")
        assert (manager.usable, manager.catalog("q").tools) == ((), ())
        await manager.enable("q")
        await manager.settled()
        assert manager.status("q").state is ServerState.READY


async def test_it_may_be_started_with_the_others(tmp_path: Path) -> None:
    manager = ConnectionManager((replace(quick("q"), start="lazy"),), offers=Offers(tmp_path))
    try:
        await manager.start(lazily=False)
        await manager.settled()
        assert manager.ready == ("q",)
    finally:
        await manager.close()


def test_the_default_is_for_who_does_not_say_it() -> None:
    tables = '[mcp_servers.a]\ncommand = "x"\n[mcp_servers.b]\ncommand = "x"\nstart = "eager"\n'
    found = parse('start = "lazy"\n' + tables, environ={})
    assert [server.start for server in found.servers] == ["lazy", "eager"]
    assert [server.start for server in parse(tables, environ={}).servers] == ["eager", "eager"]
