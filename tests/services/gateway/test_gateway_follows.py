"""What is followed at servers, and told to clients that come, go and skip steps."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError

from services.errors import NotOffered
from services.gateway import news
from services.gateway.gateway import Gateway
from services.gateway.known import Known
from services.gateway.naming import Target
from services.gateway.news import News, Room
from services.gateway.views import View
from services.settings import ServerSettings
from tests.support.waiting import until

ONE = "x://one"
CHANGED = "notifications/tools/list_changed"
UPDATED = "notifications/resources/updated"


class Servers:
    """What servers were told; `slow` are told once `go` is set, `deaf` tell of nothing."""

    def __init__(self) -> None:
        self.followed: list[Target] = []
        self.slow: set[str] = set()
        self.deaf: set[str] = set()
        self.go = asyncio.Event()

    async def subscribe(self, server: str, uri: str) -> None:
        if server in self.slow:
            await self.go.wait()
        if server in self.deaf:
            raise NotOffered("no news here")
        self.followed.append(Target(server, uri))

    async def unsubscribe(self, server: str, uri: str) -> None:
        if server in self.slow:
            await self.go.wait()
        self.followed.remove(Target(server, uri))


class Stage:
    """A room with two servers that have the same resource."""

    def __init__(self) -> None:
        self.servers = Servers()
        self.news = News()
        self.news.follows.manager = self.servers  # type: ignore[assignment]
        self.known = Known()
        self.list("a", ONE)
        self.list("b", ONE)
        self.room: Room = self.news.room(View("/mcp", self.known, ServerSettings, lambda: ("a", "b")))

    def list(self, server: str, *uris: str) -> None:
        self.known.take(server, "resources", [{"uri": uri} for uri in uris])

    async def subscribe(self, client: Client, uri: str) -> None:
        target = self.room.view.resource(uri)
        assert target is not None
        await self.room.subscribe(client.session, uri, target)


class Client:
    """A connection of the handshake era."""

    def __init__(self) -> None:
        self.exit_stack = ExitStack()
        self.outbound = self
        self.session: Any = SimpleNamespace(_connection=self)
        self.heard: list[tuple[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def notify(self, method: str, params: Any) -> None:
        await self.reads.wait()
        self.heard.append((method, params))

    def leave(self) -> None:
        self.exit_stack.close()


@pytest.fixture
async def stage() -> Any:
    opened = Stage()
    yield opened
    opened.news.close()


async def test_a_client_that_never_said_that_it_is_there(stage: Stage) -> None:
    hasty, other = Client(), Client()
    await stage.subscribe(hasty, ONE)
    stage.room.joined(other.session)
    await stage.subscribe(other, ONE)
    await stage.room.updated("a", ONE)
    await until(lambda: hasty.heard == other.heard == [(UPDATED, {"uri": ONE})])
    hasty.leave()
    other.leave()
    await until(lambda: not stage.servers.followed)


async def test_a_client_that_does_not_read_holds_up_nobody(stage: Stage) -> None:
    stuck, other = Client(), Client()
    stuck.reads.clear()
    before = len(asyncio.all_tasks())
    for client in (stuck, other):
        await stage.subscribe(client, ONE)
    for _ in range(20):
        await stage.room.tell(CHANGED)
        stage.news.updated("a", ONE)
    await until(lambda: len(other.heard) == 40)
    assert len(asyncio.all_tasks()) <= before + 1
    for _ in range(1_500):
        await stage.room.tell(CHANGED)
    stuck.reads.set()
    await until(lambda: len(stuck.heard) == 1_001)  # the one under way, and the newest
    stuck.reads.clear()
    await stage.room.tell(CHANGED)
    stuck.leave()
    other.leave()
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_a_wish_is_for_what_it_meant_when_it_was_made(stage: Stage) -> None:
    leaving, unsubscribing = Client(), Client()
    for client in (leaving, unsubscribing):
        await stage.subscribe(client, f"b+{ONE}")
    stage.list("a")
    stage.list("b", "x://two")
    await stage.room.updated("a", ONE)
    await stage.room.updated("b", f"{ONE}/below")
    await until(lambda: unsubscribing.heard == [(UPDATED, {"uri": f"b+{ONE}/below"})])
    leaving.leave()
    assert stage.room.unsubscribe(unsubscribing.session, f"b+{ONE}")
    assert not stage.room.unsubscribe(unsubscribing.session, f"b+{ONE}")
    await until(lambda: not stage.servers.followed)


async def test_who_leaves_while_a_server_is_slow_cuts_off_nobody_else(stage: Stage) -> None:
    stage.servers.slow.add("a")
    gone, cancelled, staying = Client(), Client(), Client()
    waiting = [asyncio.create_task(stage.subscribe(one, ONE)) for one in (gone, cancelled, staying)]
    await asyncio.sleep(0)
    gone.leave()
    waiting[1].cancel()
    stage.servers.go.set()
    await waiting[2]
    assert stage.servers.followed == [Target("a", ONE)]
    await stage.room.updated("a", ONE)
    await until(lambda: bool(staying.heard))
    assert not cancelled.heard
    staying.leave()
    await until(lambda: not stage.servers.followed)


async def test_the_last_wish_holds(stage: Stage) -> None:
    client = Client()
    await stage.subscribe(client, ONE)
    stage.servers.slow.add("a")
    assert stage.room.unsubscribe(client.session, ONE)
    again = asyncio.create_task(stage.subscribe(client, ONE))
    await asyncio.sleep(0)
    stage.servers.go.set()
    await again
    assert stage.servers.followed == [Target("a", ONE)]


async def test_all_hear_that_a_resource_cannot_be_followed(stage: Stage) -> None:
    stage.servers.slow.add("a")
    stage.servers.deaf.add("a")
    waiting = [asyncio.create_task(stage.subscribe(Client(), ONE)) for _ in range(2)]
    await asyncio.sleep(0)
    stage.servers.go.set()
    for one in waiting:
        with pytest.raises(MCPError, match="no news here"):
            await one


async def test_a_stream_of_news_waits_a_moment_only_and_leaves_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "_PATIENCE", 0.05)
    stage.servers.slow.add("b")
    acknowledged = asyncio.Event()

    async def send(*_: Any, **__: Any) -> None:
        acknowledged.set()

    context: Any = SimpleNamespace(
        request_id=1,
        session=SimpleNamespace(send_notification=send),
        protocol_version="2026-07-28",
        params={},
    )
    wanted = SimpleNamespace(
        resource_subscriptions=[ONE, f"b+{ONE}"],
        tools_list_changed=None,
        prompts_list_changed=None,
        resources_list_changed=None,
    )
    params: Any = SimpleNamespace(notifications=wanted)
    listening = asyncio.create_task(stage.room.listen(context, params))
    await asyncio.wait_for(acknowledged.wait(), 5)
    hasty = asyncio.create_task(stage.room.listen(context, params))
    await asyncio.sleep(0)
    for one in (listening, hasty):
        one.cancel()
    await asyncio.wait((listening, hasty))
    stage.servers.go.set()
    await until(lambda: not stage.news.follows._followed)
    assert not stage.servers.followed


async def test_a_call_that_is_cancelled_leaves_nothing() -> None:
    class Waits:
        async def forward(self, *_: Any) -> None:
            await asyncio.sleep(30)

    gateway = Gateway()
    gateway.manager = Waits()  # type: ignore[assignment]
    with anyio.CancelScope() as scope:
        asyncio.get_running_loop().call_later(0.02, scope.cancel)
        await gateway.send(object(), "a", None, "tools/call", {})  # type: ignore[arg-type]
    assert not gateway._tellings
