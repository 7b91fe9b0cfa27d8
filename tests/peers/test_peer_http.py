"""HTTP with a server that nobody here wrote: the old transport, and a restart under an open session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from services.connection_manager import ConnectionManager
from services.connections.reconnection import Retry
from services.events import ServerState
from services.settings import ServerSettings
from tests.peers.servers import everything_http
from tests.services.conftest import Recorder, running
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peer


@pytest.fixture(scope="module")
def old_url(peers_installed: None) -> Iterator[str]:
    with everything_http("sse") as url:
        yield url


def at(url: str, transport: Any) -> ServerSettings:
    return ServerSettings("everything", transport=transport, url=url)


async def test_the_old_transport(old_url: str) -> None:
    async with running(at(old_url, "sse")) as (manager, _):
        assert manager.status("everything").state is ServerState.READY
        result = await manager.call_tool("everything", "echo", {"message": "hello"})
        assert result.blocks[0].text == "Echo: hello"  # type: ignore[union-attr]
        assert manager.status("everything").prompts


async def test_streamable_http_there_leads_to_the_old_transport(old_url: str) -> None:
    async with running(at(old_url, "http")) as (manager, _):
        status = manager.status("everything")
        assert (status.state, status.cause[:8]) == (ServerState.FAILED, "HTTP 404")
        assert status.hint.startswith("this server speaks the old HTTP+SSE")


@pytest.mark.parametrize("transport", ["streamableHttp", "sse"])
async def test_a_restart_is_survived(transport: str) -> None:
    recorder = Recorder()

    def state() -> ServerState:
        return manager.status("everything").state

    with everything_http(transport) as url:
        settings = at(url, "sse" if transport == "sse" else "http")
        manager = ConnectionManager([settings], listener=recorder, retry=Retry(first=0.05, longest=0.2))
        await manager.start()
        await manager.settled(20)
        ready = state()
    try:
        assert ready is ServerState.READY
        if transport == "sse":
            await until(lambda: state() is not ServerState.READY)
        with everything_http(transport, urlsplit(url).port or 0):
            if state() is ServerState.READY:  # it does not know our session: the call never ran
                result = await manager.call_tool("everything", "echo", {"message": "not lost"})
                assert result.blocks[0].text == "Echo: not lost"  # type: ignore[union-attr]
            await until(lambda: manager.status("everything").restarts > 0)
            await until(lambda: state() is ServerState.READY)
            result = await manager.call_tool("everything", "echo", {"message": "again"})
            assert result.blocks[0].text == "Echo: again"  # type: ignore[union-attr]
    finally:
        await manager.close()
