"""What clients are told first, while servers start: never that there is nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.connection_manager import ConnectionManager
from services.connections.offers import Offers
from services.events import ServerState
from services.gateway import first_lists
from services.gateway.door import Door
from services.gateway.known import Known
from tests.services.gateway.stage import client, gateway
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from services.settings import ServerSettings


async def names(caller: Any) -> set[str]:
    """The servers whose tools are listed."""
    return {tool.name.partition("__")[0] for tool in (await caller.list_tools()).tools}


def few(monkeypatch: pytest.MonkeyPatch, moment: float, empty_handed: float = 20.0) -> None:
    monkeypatch.setattr(first_lists, "_MOMENT", moment)
    monkeypatch.setattr(first_lists, "_EMPTY_HANDED", empty_handed)


async def test_nobody_is_told_that_there_is_nothing_while_the_only_server_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    few(monkeypatch, 0.0)
    slow = quick("slow", "--slow-start", "1")
    async with gateway(slow) as stage, client(stage.url(), "auto") as caller:
        assert await names(caller) == {"slow"}


async def test_the_first_of_several_late_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 0.0)
    silent = quick("silent", "--silent", startup_timeout_sec=60)
    missing = replace(quick("missing"), command="no-such-program")
    slow = quick("slow", "--slow-start", "1")
    async with gateway(silent, missing, slow) as stage, client(stage.url(), "auto") as caller:
        async with asyncio.timeout(15):
            assert await names(caller) == {"slow"}


async def test_a_server_that_never_starts_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, 0.0, 0.3)
    silent = quick("silent", "--silent", startup_timeout_sec=60)
    async with gateway(silent) as stage, client(stage.url(), "auto") as caller:
        async with asyncio.timeout(15):
            assert await names(caller) == set()


def door(offers: Offers, *servers: ServerSettings) -> Door:
    return Door(
        lambda relay, listener: ConnectionManager(servers, listener=listener, relay=relay, offers=offers),
        offers=offers,
    )


async def test_late_ones_are_known_by_what_they_offered_last(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    few(monkeypatch, 0.0)
    offers, silent = Offers(tmp_path, of_all=True), quick("q", "--silent", startup_timeout_sec=60)
    offers.keep(silent, {"tools": [{"name": "echo", "inputSchema": {"type": "object"}}]})
    async with gateway(silent, offers=offers) as stage, client(stage.url(), "auto") as caller:
        async with asyncio.timeout(15):
            assert await names(caller) == {"q"}


async def test_what_was_offered_is_kept_for_the_next_time(tmp_path: Path) -> None:
    offers = Offers(tmp_path, of_all=True)
    async with door(offers, quick("q")) as opened:
        await until(lambda: opened.manager.status("q").state is ServerState.READY)
    assert {"echo", "ask"} <= {tool["name"] for tool in offers.wire(quick("q"))["tools"]}


async def test_a_lazy_one_of_which_nothing_is_known_is_started_once(tmp_path: Path) -> None:
    offers, lazy = Offers(tmp_path / "offers"), replace(quick("q"), start="lazy")
    async with door(offers, lazy) as first:
        await first.manager.listed("q")
        assert first.gateway.known.entries("q", "tools")
        await first.manager.settled()
    async with door(offers, lazy) as second:
        assert second.manager.status("q").state is ServerState.STOPPED
        assert second.gateway.known.entries("q", "tools")


async def test_nothing_waits_where_everything_is_known() -> None:
    class Nobody:
        servers = ()

        async def listed(self, name: str) -> None:
            raise AssertionError(name)

        async def start(self) -> None: ...

    known = Known()
    known.take("q", "tools", [{"name": "echo"}])
    lists = first_lists.FirstLists(Nobody(), known, None)  # type: ignore[arg-type]
    await lists.begin()
    await lists.wait(("q",))
