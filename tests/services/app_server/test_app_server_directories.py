"""A driver whose directories change: which servers are told so, and what they are told when they ask."""

from __future__ import annotations

from pathlib import Path

from services.app_server.borrowing import Directories
from services.app_server.methods import ROOTS_CHANGED
from services.app_server.question_values import RootsChangedParams, RootsChangedResult, RootValue
from services.connection_manager import ConnectionManager
from services.driving.driver import Call
from services.roots import Root
from services.settings import ServerSettings
from tests.servers.web import MODERN, Web
from tests.services.connections.session.test_roots import notified
from tests.support.waiting import until

PLACES = [RootValue(uri="file:///srv/one")]


async def test_running_servers_of_the_handshake_era_are_told() -> None:
    async with Web(("2025-11-25",)) as older, Web((MODERN,)) as newer, Web(("2025-11-25",)) as own:
        servers = (
            ServerSettings("older", transport="http", url=older.url),
            ServerSettings("newer", transport="http", url=newer.url),
            ServerSettings("own", transport="http", url=own.url, roots=("/srv",)),
            ServerSettings("away", transport="http", url="http://127.0.0.1:1/", enabled=False),
        )
        async with ConnectionManager(servers, asks_roots=True) as manager:
            await manager.settled(20)
            handlers = Directories(manager, lent=True).handlers
            told = await handlers[ROOTS_CHANGED.name](RootsChangedParams(roots=PLACES), Call(1))
            assert isinstance(told, RootsChangedResult)
            assert told.servers == ["older", "newer"]
            await until(lambda: notified(older) == 1)
            assert manager.roots("newer") == manager.roots("older") == (Root(Path("/srv/one")),)
            assert manager.roots("own") == (Root(Path("/srv")),)
            await handlers[ROOTS_CHANGED.name](RootsChangedParams(), Call(2))
            await until(lambda: notified(older) == 2)
            assert manager.roots("older") is None and manager.roots("newer") is None
            assert notified(newer) == notified(own) == 0
