"""What goes wrong over HTTP, through the front door: a clear error at once, and what is lost by it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.connections.http.refusals import retry_after
from services.connections.reconnection import Retry
from services.errors import (
    CallTimeout,
    ConnectionFailed,
    JackfieldError,
    ResultTooLarge,
    ServerError,
    TransportClosed,
)
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.servers.web_wire import Reply
from tests.services.conftest import Recorder, running
from tests.support.waiting import until
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from tests.servers.web_wire import Request

ERAS = pytest.mark.parametrize("speaks", [REVISIONS, (MODERN,)], ids=["handshake", "modern"])


def at(web: Web, **settings: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **settings)


async def failure(manager: ConnectionManager, kind: str, **arguments: Any) -> JackfieldError:
    """The error of a call to the tool that fails."""
    with pytest.raises(JackfieldError) as caught:
        await manager.call_tool("web", "fail", {"kind": kind, **arguments})
    return caught.value


async def works(manager: ConnectionManager) -> None:
    """Calls still go through."""
    assert manager.status("web").state is ServerState.READY
    assert not (await manager.call_tool("web", "echo", {"text": "on"})).is_error


@ERAS
async def test_what_costs_only_the_call(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, _):
        error = await failure(manager, "status", status=503, body="out of order", retry_after="7")
        assert error.message == "HTTP 503 Service Unavailable: out of order; it asks to wait 7 s"
        assert (error.reason, error.retry_after) == ("server_error", 7.0)

        error = await failure(manager, "status", status=429, retry_after="17")
        assert error.message == "HTTP 429 Too Many Requests; it asks to wait 17 s"
        assert (error.reason, error.retry_after) == ("rate_limited", 17.0)

        error = await failure(manager, "page")
        assert error.message == "the server answers with text/html, which is not MCP: Please sign in"
        assert "/mcp" in error.hint

        error = await failure(manager, "not_json")
        assert error.message == "the server's answer is not valid JSON-RPC"

        error = await failure(manager, "empty_stream")
        assert isinstance(error, TransportClosed)
        assert error.message == "the server ended its answer without a result"

        error = await failure(manager, "rpc_error", status=500)
        assert isinstance(error, ServerError)
        assert "Internal error of its own" in error.message

        error = await failure(manager, "accepted")
        assert "202" in error.message
        await works(manager)
        assert manager.status("web").restarts == 0


@ERAS
@pytest.mark.parametrize("message", ["Connection closed", "the database is down", "Failed to parse it"])
async def test_an_error_of_the_server_is_no_end_of_the_connection(
    speaks: tuple[str, ...], message: str
) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, _):
        for status in (200, 500):
            error = await failure(manager, "rpc_error", status=status, code=-32000, message=message)
            assert isinstance(error, ServerError)
            assert (error.message, error.code) == (message, -32000)
        await works(manager)


@pytest.mark.parametrize("kind", ["big", "bomb"])
async def test_a_body_above_the_limit_is_refused(kind: str) -> None:
    async with Web() as web, running(at(web)) as (manager, _):
        error = await failure(manager, kind)
        assert isinstance(error, ResultTooLarge)
        assert "64 MiB" in error.message
        await works(manager)


async def test_an_endless_stream_without_events_ends_with_the_calls_own_clock() -> None:
    async with Web() as web, running(at(web, tool_timeout_sec=0.4)) as (manager, _):
        error = await failure(manager, "silent_stream")
        assert isinstance(error, CallTimeout)
        await works(manager)


@ERAS
@pytest.mark.parametrize("kind", ["reset", "cut", "cut_stream"])
async def test_a_broken_connection_is_lost_and_ends_every_call(speaks: tuple[str, ...], kind: str) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, _):
        other = asyncio.create_task(failure(manager, "silent_stream"))
        await until(lambda: web.methods.count("tools/call") == 1)
        async with asyncio.timeout(PATIENCE):  # half of what the calls' own clocks allow
            error = await failure(manager, kind)
            assert isinstance(error, TransportClosed)
            assert error.reason == "network"
            assert isinstance(await other, TransportClosed)
        await until(lambda: manager.status("web").state is ServerState.FAILED)
        assert manager.status("web").reason == "network"


@pytest.mark.parametrize("status", [404, 400])
async def test_a_session_lost_again_at_once_is_recognised(status: int) -> None:
    def before(request: Request) -> None:
        if request.message.get("method") == "tools/call":
            web.forget()

    async with Web(REVISIONS, before=before) as web, running(at(web)) as (manager, _):
        web.forgets_with = status
        with pytest.raises(TransportClosed, match="the server lost the session") as caught:
            await manager.call_tool("web", "echo", {"text": "x"})
        assert caught.value.reason == "session_lost"
        await until(lambda: manager.status("web").state is ServerState.FAILED)
        assert manager.status("web").reason == "session_lost"


@ERAS
async def test_a_server_that_restarts_is_back_by_itself(speaks: tuple[str, ...]) -> None:
    recorder = Recorder()
    retry = Retry(first=0.05, longest=0.1)
    async with Web(speaks) as web, ConnectionManager([at(web)], listener=recorder, retry=retry) as manager:
        await manager.settled(20)
        calling = asyncio.create_task(failure(manager, "silent_stream"))
        await until(lambda: web.methods.count("tools/call") == 1)
        await web.stop()
        assert isinstance(await calling, TransportClosed)
        await until(lambda: manager.status("web").state is ServerState.RECONNECTING)
        await until(lambda: manager.status("web").attempt >= 2)
        assert "connect" in manager.status("web").cause
        await web.start()
        await until(lambda: manager.status("web").state is ServerState.READY)
        await works(manager)


async def test_a_restart_is_noticed_without_a_call() -> None:
    """The stream of notifications breaks, and opening it again shows that the server is gone."""
    async with Web(REVISIONS) as web, running(at(web)) as (manager, _):
        await until(lambda: bool(web.streams))
        await web.stop()
        await until(lambda: manager.status("web").state is ServerState.FAILED)
        assert manager.status("web").reason == "network"


async def test_a_broken_stream_of_notifications_is_opened_again_and_again() -> None:
    async with Web(REVISIONS) as web, running(at(web)) as (manager, _):
        for _ in range(2):
            await until(lambda: bool(web.streams))
            web.streams[0].cut()
            await until(lambda: not web.streams)
        await until(lambda: bool(web.streams))
        await works(manager)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_handshake_at_the_wrong_moment_is_tried_again_when_the_server_says(status: int) -> None:
    times: list[float] = []

    def busy(_: Request) -> Reply | None:
        times.append(time.monotonic())
        return Reply(status, b"", {"retry-after": "0.3"}) if len(times) == 1 else None

    recorder = Recorder()
    async with (
        Web(before=busy) as web,
        ConnectionManager([at(web)], listener=recorder, retry=Retry(first=0.01)) as manager,
    ):
        await until(lambda: manager.status("web").state is ServerState.READY)
        assert times[1] - times[0] >= 0.29
        assert manager.status("web").restarts == 1


async def test_a_refused_connection_is_asked_once_an_attempt() -> None:
    web = Web()
    await web.start()
    await web.stop()
    async with running(at(web)) as (manager, _):
        status = manager.status("web")
        assert status.state is ServerState.FAILED
        assert status.cause == f"cannot connect to 127.0.0.1:{web.port}: connection refused"
        assert status.reason == "network"


async def test_an_old_path_suggests_the_old_transport() -> None:
    async with Web(before=lambda _: Reply(405)) as web, running(at(web)) as (manager, _):
        assert manager.status("web").state is ServerState.FAILED
        assert manager.status("web").cause.startswith("HTTP 405")
        assert 'transport = "sse"' in manager.status("web").hint


async def test_a_login_that_ran_out_is_told_by_the_state() -> None:
    expired = False

    def guarded(_: Request) -> Reply | None:
        return Reply(401, b"", {"www-authenticate": "Bearer"}) if expired else None

    async with Web(before=guarded) as web, running(at(web)) as (manager, _):
        expired = True
        with pytest.raises(ConnectionFailed):
            await manager.call_tool("web", "echo", {"text": "x"})
        await until(lambda: manager.status("web").state is ServerState.LOGIN_NEEDED)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("1.5", 1.5),
        ("Wed, 21 Oct 2026 07:28:40 GMT", 40.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Wednesday, 21-Oct-26 07:28:40 GMT", 40.0),
        ("Wed Oct 21 07:28:40 2026", 40.0),
        ("soon", None),
        ("", None),
        ("-3", None),
        ("9" * 400, None),
        (f"Wed, 21 Oct {'9' * 20} 07:28:40 GMT", None),
        (f"Wed, 21 Oct 2026 {'9' * 20}:28:40 GMT", None),
        (f"Wed, 21 Oct 2026 07:28:40 -{'9' * 20}", None),
    ],
)
def test_both_forms_of_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(value, now=datetime(2026, 10, 21, 7, 28, tzinfo=UTC).timestamp()) == seconds
