"""The HTTP+SSE transport of 2024-11-05 through the front door, and how one is led to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.errors import ConnectionFailed, TransportClosed
from services.events import CatalogChanged, ServerState
from services.settings import ServerSettings
from tests.servers.old_sse import TOOLS, OldSse
from tests.services.conftest import running
from tests.support.waiting import until
from tests.support.work import PATIENCE


def old(server: OldSse, transport: Any = "sse", **settings: Any) -> ServerSettings:
    return ServerSettings("old", transport=transport, url=server.url, **settings)


async def test_calls_and_notifications() -> None:
    async with OldSse() as server, running(old(server, http_headers={"X-Key": "1"})) as (manager, recorder):
        status = manager.status("old")
        assert (status.state, status.protocol) == (ServerState.READY, "2024-11-05")
        results = await asyncio.gather(
            *(manager.call_tool("old", "echo", {"text": str(number)}) for number in range(20))
        )
        assert [result.blocks[0].text for result in results] == [str(number) for number in range(20)]  # type: ignore[union-attr]
        TOOLS.append({"name": "late", "inputSchema": {"type": "object"}})
        try:
            await server.notify("notifications/tools/list_changed")
            event = await recorder.wait_for(lambda e: isinstance(e, CatalogChanged) and not e.first)
            assert event.added == ("late",)  # type: ignore[union-attr]
        finally:
            TOOLS.pop()
        assert all(request.header("x-key") == "1" for request in server.requests)


async def test_a_refused_message_costs_only_its_call() -> None:
    async with OldSse() as server, running(old(server)) as (manager, _):
        with pytest.raises(ConnectionFailed, match="HTTP 500") as caught:
            await manager.call_tool("old", "fail", {"kind": "status"})
        assert caught.value.reason == "server_error"
        assert not (await manager.call_tool("old", "echo", {"text": "on"})).is_error


@pytest.mark.parametrize(("kind", "reason"), [("end", "closed"), ("cut", "network")])
async def test_the_end_of_the_stream_ends_every_call_at_once(kind: str, reason: str) -> None:
    async with OldSse() as server, running(old(server)) as (manager, _):
        with pytest.raises(TransportClosed):
            async with asyncio.timeout(PATIENCE):  # half of what the call's own clock allows
                await manager.call_tool("old", "fail", {"kind": kind})
        await until(lambda: manager.status("old").state is ServerState.FAILED)
        assert manager.status("old").reason == reason


async def test_messages_go_to_no_other_origin() -> None:
    async with OldSse("http://127.0.0.1:9/steal") as server, running(old(server)) as (manager, _):
        status = manager.status("old")
        assert status.state is ServerState.FAILED
        assert "another origin, http://127.0.0.1:9" in status.cause
        assert len(server.requests) == 1


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
async def test_streamable_http_meets_an_old_server_and_says_so(line_end: str) -> None:
    async with OldSse(line_end=line_end) as server, running(old(server, "http")) as (manager, _):
        status = manager.status("old")
        assert status.state is ServerState.FAILED
        assert status.cause.startswith("HTTP 405")
        assert status.hint == 'this server speaks the old HTTP+SSE: set transport = "sse" in its table'


async def test_the_old_transport_meets_a_newer_server_and_says_so() -> None:
    from tests.servers.web import MODERN, Web

    async with Web((MODERN,)) as web:
        settings = ServerSettings("old", transport="sse", url=web.url)
        async with running(settings) as (manager, _):
            status = manager.status("old")
            assert status.state is ServerState.FAILED
            assert 'transport = "http"' in status.hint
