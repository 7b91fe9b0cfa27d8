"""Another configuration while the gateway runs: what clients hear of it, and what goes on untouched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import pytest

from services.events import ServerState
from services.gateway.news import Room
from services.settings import GatewaySettings
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of, until_listed
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from mcp.client.client import Client

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))
SEARCH = {"search_tools", "describe_tool", "call_tool"}


class Listener:
    """A client of either era that hears of changed lists."""

    def __init__(self, caller: Client, person: Person) -> None:
        self._caller, self._person = caller, person
        self._count = 0
        self._listening: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        if self._caller.protocol_version != ERAS["legacy"]:
            opened = asyncio.Event()
            self._listening = asyncio.create_task(self._listen(opened))
            await opened.wait()

    async def _listen(self, opened: asyncio.Event) -> None:
        async with self._caller.listen(tools_list_changed=True) as news:
            opened.set()
            async for _ in news:
                self._count += 1

    @property
    def heard(self) -> int:
        told = [each for each in self._person.messages if "tools/list_changed" in repr(each)]
        return self._count + len(told)

    async def hears(self, names: set[str]) -> None:
        """What is listed once there was news is this."""
        async with asyncio.timeout(30):
            while not self.heard or {tool.name for tool in (await self._caller.list_tools()).tools} != names:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def forget(self) -> None:
        self._count = 0
        self._person.messages.clear()

    def end(self) -> None:
        if self._listening is not None:
            self._listening.cancel()


@BOTH
async def test_servers_come_change_and_go_and_the_others_go_on(era: str) -> None:
    few = {"enabled_tools": ("echo", "sleep")}
    first, second = quick("first", **few), quick("second", enabled_tools=("echo",))
    person = Person()
    async with gateway(first) as stage, client(stage.url(), era, person) as caller:
        ears = Listener(caller, person)
        await until_listed(caller, lambda names: names == {"first__echo", "first__sleep"})
        await stage.door.manager.settled()  # its lists are known before it counts as ready
        pid = stage.door.manager.status("first").pid
        long = asyncio.create_task(caller.call_tool("first__sleep", {"seconds": 3}))
        await ears.begin()
        ears.forget()
        await stage.door.live_by((first, second), stage.door.settings)
        await ears.hears({"first__echo", "first__sleep", "second__echo"})
        ears.forget()
        await stage.door.live_by((replace(first, enabled_tools=("sleep",)), second), stage.door.settings)
        await ears.hears({"first__sleep", "second__echo"})
        ears.forget()
        await stage.door.live_by((replace(first, enabled_tools=("sleep",)),), stage.door.settings)
        await ears.hears({"first__sleep"})
        assert "slept" in text_of(await long)
        assert stage.door.manager.status("first").pid == pid
        assert stage.door.manager.status("first").restarts == 0
        ears.end()


@BOTH
async def test_another_table_of_gateway_is_lived_by(era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person()
    server = quick(enabled_tools=("echo", "sleep"))
    async with gateway(server) as stage, client(stage.url(), era, person) as caller:
        ears = Listener(caller, person)
        await until_listed(caller, lambda names: names == {"quick__echo", "quick__sleep"})
        await ears.begin()
        ears.forget()
        await stage.door.live_by((server,), GatewaySettings(search=True))
        await ears.hears(SEARCH)
        ears.forget()
        await stage.door.live_by((server,), GatewaySettings(search=True, pinned=("quick__echo",)))
        await ears.hears({*SEARCH, "quick__echo"})
        told: list[str] = []
        monkeypatch.setattr(Room, "tell_soon", lambda _, kinds: told.extend(kinds))
        await stage.door.live_by((server,), GatewaySettings(search=True, pinned=("quick__echo",)))
        assert told == []
        ears.end()


async def test_groups_and_servers_have_their_addresses_from_then_on() -> None:
    one, two = (quick(name, enabled_tools=("echo",)) for name in ("one", "two"))
    async with gateway(one, settings=GatewaySettings(groups={"work": ("one",)})) as stage:
        door = stage.door
        async with client(stage.url("group/work"), "legacy", person := Person()) as caller:
            await until_listed(caller, lambda names: names == {"one__echo"})
            assert await status(stage.url("two")) == 404
            await door.live_by((one, two), GatewaySettings(groups={"work": ("one", "two")}))
            await until_listed(caller, lambda names: names == {"one__echo", "two__echo"})
            await until(lambda: any("tools/list_changed" in repr(each) for each in person.messages))
            async with client(stage.url("two"), "auto") as alone:
                await until_listed(alone, lambda names: names == {"echo"})
                await door.live_by((one,), GatewaySettings())
            assert await status(stage.url("two")) == 404
        assert await status(stage.url("group/work")) == 404


async def test_a_server_that_offers_less_under_its_new_table_offers_no_more() -> None:
    whole = quick()
    async with gateway(whole) as stage, client(stage.url(), "auto") as caller:
        await until_listed(caller, lambda names: "quick__echo" in names)
        assert (await caller.list_resources()).resources
        await stage.door.live_by((quick("quick", "--no-resources"),), stage.door.settings)
        await until(lambda: stage.door.manager.status("quick").state is ServerState.READY)
        assert not (await caller.list_resources()).resources


async def test_a_lazy_server_that_came_later_is_known_too() -> None:
    one, lazy = quick("one"), quick("lazy", start="lazy")
    async with gateway(one) as stage, client(stage.url(), "auto") as caller:
        await until_listed(caller, lambda names: "one__echo" in names)
        await stage.door.live_by((one, lazy), stage.door.settings)
        await until_listed(caller, lambda names: "lazy__echo" in names)


async def status(url: str) -> int:
    """How a first request there is answered."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    headers = {"accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(trust_env=False) as http:
        return (await http.post(url, json=body, headers=headers)).status_code
