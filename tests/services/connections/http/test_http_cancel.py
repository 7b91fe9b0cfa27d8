"""Letting go of a call over HTTP: at once for the person, told to the server the way its era has it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx2

import services.connections.http.patience as http_patience
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.servers.web_wire import Reply
from tests.services.conftest import running
from tests.support.waiting import until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    import pytest

    from services.connection_manager import ConnectionManager
    from tests.servers.web_wire import Request


def at(web: Web) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url)


async def cancelled(manager: ConnectionManager, web: Web) -> None:
    """Begin a call that takes for ever and let go of it, which waits for nobody."""
    calls = web.methods.count("tools/call")
    call = asyncio.create_task(manager.call_tool("web", "fail", {"kind": "silent_stream"}))
    await until(lambda: web.methods.count("tools/call") > calls)
    call.cancel()
    await asyncio.wait([call], timeout=PATIENCE)
    assert call.cancelled()


async def test_on_the_handshake_era_the_server_is_told() -> None:
    async with Web(REVISIONS) as web, running(at(web)) as (manager, _):
        await cancelled(manager, web)
        await until(lambda: "notifications/cancelled" in web.methods)
        asked = next(f for f in manager.trace("web").frames() if f.method == "tools/call")
        assert asked.status == "cancelled"
        messages = [request.message for request in web.requests]
        told = next(each for each in messages if each.get("method") == "notifications/cancelled")
        assert str(told["params"]["requestId"]) == asked.id


async def test_from_2026_on_the_stream_of_the_request_is_closed() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        await until(lambda: bool(web.streams))
        open_before = len(web._open)
        await cancelled(manager, web)
        await until(lambda: len(web._open) <= open_before)
        assert "notifications/cancelled" not in web.methods


async def test_a_server_that_leaves_notifications_unanswered_holds_up_no_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(Reply):
        async def send(self, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(3600)

    def before(request: Request) -> Reply | None:
        return Silent() if request.message.get("method") == "notifications/cancelled" else None

    monkeypatch.setattr(http_patience, "_GOODBYE", httpx2.Timeout(0.3))
    async with Web(REVISIONS, before=before) as web, running(at(web)) as (manager, _):
        for _ in range(3):
            await cancelled(manager, web)
            async with asyncio.timeout(PATIENCE):
                assert not (await manager.call_tool("web", "echo", {"text": "on"})).is_error
