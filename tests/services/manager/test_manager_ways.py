"""Every way of the table of states is walked, and the ends of a start that is not left alone."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.connections.life_cycle import WAYS
from services.connections.reconnection import Retry
from services.errors import JackfieldError, NotReady, TransportClosed
from services.events import ServerState, StatusChanged
from services.settings import ServerSettings
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply
from tests.services.conftest import running
from tests.support.servers import quick
from tests.support.waiting import until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from services.events import Event
    from tests.servers.web_wire import Request

S = ServerState
PASSES = Retry(first=0.01, longest=0.02, tries=2)
LATER = Retry(first=60, longest=60)


class Walked:
    """A listener that keeps the ways that servers went."""

    def __init__(self) -> None:
        self.ways: set[tuple[ServerState, ServerState]] = set()
        self._last: dict[str, ServerState] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, StatusChanged):
            before = self._last.get(event.status.server, S.STOPPED)
            self._last[event.status.server] = event.status.state
            if before is not event.status.state:
                self.ways.add((before, event.status.state))


async def die(manager: ConnectionManager, server: str) -> None:
    with suppress(JackfieldError):
        await manager.call_tool(server, "die", {"status": 1})


async def comes(manager: ConnectionManager, server: str, state: ServerState) -> None:
    await until(lambda: manager.status(server).state is state)


async def test_every_way_is_walked() -> None:
    walked = Walked()
    refusing = False

    def refuse(request: Request) -> Reply | None:
        return Reply(401, headers={"www-authenticate": "Bearer"}) if refusing else None

    wrong = ServerSettings("one", invalid="url is not supported for stdio")
    async with (
        Web(REVISIONS, before=refuse) as web,
        ConnectionManager(
            [
                quick("one"),
                quick("bad", "--exit-at-start", "3"),
                ServerSettings("web", transport="http", url=web.url),
            ],
            listener=walked,
            retry=PASSES,
        ) as manager,
        ConnectionManager([quick("later")], listener=walked, retry=LATER) as patient,
        ConnectionManager([quick("once")], listener=walked) as impatient,
    ):
        for each in (manager, patient, impatient):
            await each.settled(20)
        await asyncio.gather(die(manager, "one"), die(patient, "later"), die(impatient, "once"))
        await comes(patient, "later", S.RECONNECTING)
        await comes(impatient, "once", S.FAILED)
        await patient.disconnect("later")

        await comes(manager, "bad", S.FAILED)
        await manager.connect("bad")
        await manager.settled(20)
        await comes(manager, "bad", S.FAILED)
        await manager.disconnect("bad")

        refusing = True
        with suppress(JackfieldError):
            await manager.call_tool("web", "echo", {"text": "x"})
        await comes(manager, "web", S.LOGIN_NEEDED)
        await manager.connect("web")
        await comes(manager, "web", S.LOGIN_NEEDED)
        await manager.disconnect("web")

        await comes(manager, "one", S.READY)
        await manager.disconnect("one")
        await manager.connect("one")
        assert manager.status("one").state is S.STARTING
        await manager.disable("one")
        await manager.enable("one")
        await manager.add(wrong)
        assert manager.status("one").state is S.INVALID
        await manager.add(quick("one"))
        await comes(manager, "one", S.READY)
    assert {(before, state) for before in WAYS for state in WAYS[before]} == walked.ways


@pytest.mark.parametrize("wish", ["disconnect", "disable", "remove", "reconnect"])
async def test_a_start_that_is_not_waited_for_ends_at_once(wish: str) -> None:
    """Whoever waits for it, with a call, hears of it too."""
    async with ConnectionManager([quick("slow", "--slow-start", "300")]) as manager:
        await until(lambda: any("pid" in line.text for line in manager.log("slow")))
        calling = asyncio.create_task(manager.call_tool("slow", "echo", {"text": "x"}))
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            await getattr(manager, wish)("slow")
        if wish == "reconnect":
            assert manager.status("slow").state is S.STARTING
            await manager.disconnect("slow")
        with pytest.raises(NotReady):
            async with asyncio.timeout(5):
                await calling
        if wish != "remove":
            assert manager.status("slow").state is (S.DISABLED if wish == "disable" else S.STOPPED)


async def test_a_wish_that_is_given_up_leaves_no_half_state() -> None:
    async with running(quick("one", "--ignore-stdin-close")) as (manager, _):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.05):
                await manager.disconnect("one")
        assert manager.status("one").state is S.READY
        await manager.connect("one")
        await manager.settled(10)
        assert manager.status("one").state is S.READY
        assert not (await manager.call_tool("one", "echo", {"text": "x"})).is_error


async def test_after_the_end_nothing_is_started_any_more() -> None:
    async with running(quick("one")) as (manager, _):
        pid = manager.status("one").pid
    assert pid is not None
    await manager.reconnect("one")
    await manager.add(quick("two"))
    assert manager.servers == ("one",)
    assert manager.status("one").state is S.STOPPED


async def test_a_call_that_a_disconnection_ends_says_so() -> None:
    async with running(quick("stays", "--ignore-stdin-close")) as (manager, _):
        calling = asyncio.create_task(manager.call_tool("stays", "sleep", {"seconds": 30}))
        await until(lambda: manager.trace("stays").bytes_out > 0)
        await manager.disconnect("stays")
        with pytest.raises(TransportClosed, match="the server was disconnected"):
            await calling
