"""Another configuration while the gateway runs: what clients hear of it, and what goes on untouched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.errors import ConfigurationError
from services.events import ServerState
from services.gateway.access import TokenAccess
from services.gateway.news import Room
from services.settings import GatewayIssuer, GatewaySettings, ServerSettings
from tests.servers.web import Web
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of, until_listed
from tests.services.gateway.test_gateway_access import post
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from mcp.client.client import Client

    from services.gateway.access import Access

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


async def test_limits_are_others_at_once() -> None:
    async with gateway(quick()) as stage:
        assert (await post(stage.url())).status_code == 200
        await stage.door.live_by((quick(),), replace(stage.door.settings, max_request_bytes=100))
        assert (await post(stage.url())).status_code == 413
        await stage.door.live_by((quick(),), replace(stage.door.settings, max_request_bytes=1 << 20))
        assert (await post(stage.url())).status_code == 200
        await stage.door.live_by((quick(),), replace(stage.door.settings, requests_per_minute=1))
        refused = [(await post(stage.url())).status_code for _ in range(3)]
        assert refused[1:] == [429, 429]


@BOTH
async def test_questions_go_elsewhere_at_once(era: str) -> None:
    person = Person()
    async with Web() as web:
        server = ServerSettings("web", transport="http", url=web.url)
        async with gateway(server) as stage, client(stage.url(), era, person) as caller:
            await until_listed(caller, lambda names: "web__ask" in names)
            for number, wish in enumerate(("client", "decline", "client")):
                settings = replace(stage.door.settings, questions=wish)  # type: ignore[arg-type]
                await stage.door.live_by((server,), settings)
                result = await caller.call_tool("web__ask", {})
                assert (wish == "client") is ("accept" in text_of(result)), text_of(result)
                assert len(person.asked) == (number + 2) // 2


async def test_another_issuer_ends_what_was_let_in_before() -> None:
    issuer = GatewayIssuer("https://login.example.com", "https://tools.example.com/mcp")
    asked: list[object] = []

    def renewed(settings: GatewaySettings) -> Access:
        asked.append(settings.oauth)
        if settings.oauth is None:
            raise ConfigurationError("the token cannot be read")
        return TokenAccess("after")

    before, after = ({"authorization": f"Bearer {token}"} for token in ("before", "after"))
    called: dict[str, Any] = {"name": "quick__sleep", "arguments": {"seconds": 60}}
    async with gateway(quick(), access=TokenAccess("before"), renewed=renewed) as stage:
        await stage.door.manager.settled()
        pid = stage.door.manager.status("quick").pid
        session = await begun(stage.url(), before)
        assert await used(stage.url(), before | session) == 200
        long = asyncio.create_task(post(stage.url(), "tools/call", before, **called))
        news: dict[str, Any] = {"notifications": {"toolsListChanged": True}}
        stream = asyncio.create_task(post(stage.url(), "subscriptions/listen", before, **news))
        await asyncio.wait((long, stream), timeout=1)
        await stage.door.live_by((quick(),), replace(stage.door.settings, oauth=issuer))
        assert asked == [issuer]
        await asyncio.wait_for(asyncio.wait((long, stream)), 30)
        for one in (long, stream):
            assert isinstance(one.exception(), httpx2.HTTPError) or one.result().status_code == 401
        refused = await post(stage.url(), headers=before)
        assert refused.status_code == 401
        assert "https://tools.example.com/" in refused.headers["www-authenticate"]
        assert await used(stage.url(), before | session) == 401
        assert await used(stage.url(), after | session) == 404
        assert (await post(stage.url(), headers=after)).status_code == 200
        assert await used(stage.url(), after | await begun(stage.url(), after)) == 200
        assert stage.door.manager.status("quick").pid == pid
        with pytest.raises(ConfigurationError):
            await stage.door.live_by((), replace(stage.door.settings, oauth=None, search=True))
        assert stage.door.manager.servers == ("quick",)


async def begun(url: str, headers: dict[str, str]) -> dict[str, str]:
    """What names a session of 2025-11-25 that was begun with these headers."""
    info = {"name": "wire", "version": "1"}
    params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
    answer = await older(url, headers, "initialize", **params)
    return {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}


async def used(url: str, headers: dict[str, str]) -> int:
    return (await older(url, headers, "tools/list")).status_code


async def older(url: str, headers: dict[str, str], method: str, **params: object) -> httpx2.Response:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    accept = {"accept": "application/json, text/event-stream"}
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
        return await http.post(url, json=message, headers=accept | headers)
