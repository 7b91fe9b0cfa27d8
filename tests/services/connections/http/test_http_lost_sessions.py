"""A session that is lost, in whatever words: one new handshake, and the call that never ran is sent again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ConnectionFailed, ServerError
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply, error
from tests.services.conftest import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.web_wire import Request


def plain(status: int, words: str) -> Callable[[Any], Reply]:
    return lambda _: Reply(status, words.encode(), {"content-type": "text/plain"})


def as_event(reply: Reply) -> Reply:
    """The same answer as a stream of events."""
    body = b": one moment\n\nevent: message\ndata: " + reply.body + b"\n\n"
    return Reply(200, body, {"content-type": "text/event-stream"})


LOST = {
    "404": plain(404, "404 page not found"),
    "400 no session": lambda _: error(None, -32000, "Bad Request: No valid session ID provided", 400),
    "400 not initialized": lambda _: error(None, -32000, "Bad Request: Server not initialized", 400),
    "400 bare": plain(400, "Bad Request"),
    "401": lambda _: Reply(401, b'{"error": "session expired"}'),
    "403": lambda _: error(None, -32000, "Forbidden: session does not belong to you", 403),
    "410": plain(410, "Gone"),
    "422": plain(422, "Unexpected message, expect initialize request"),
    "500": lambda _: error(None, -32603, "Session abc not found", 500),
    "503": lambda _: error(None, -32000, "unknown session", 503),
    "200": lambda number: error(number, -32001, "Session not found"),
    "200 parameters": lambda number: error(number, -32602, "Invalid request parameters"),
    "200 without id": lambda _: error(None, -32000, "Bad Request: Server not initialized"),
    "200 in a batch": lambda number: Reply(200, b"[%b]" % error(number, -32001, "No such session").body),
    "led to a page": lambda _: Reply(302, b"", {"location": "/login"}),
    "a page": lambda _: Reply(200, b"<html><title>Sign in</title></html>", {"content-type": "text/html"}),
    "event": lambda number: as_event(error(number, -32001, "Session not found")),
    "event without id": lambda _: as_event(error(None, -32000, "Bad Request: Server not initialized")),
}


def settings(web: Web) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, protocol="legacy")


@pytest.mark.parametrize("refusal", LOST.values(), ids=LOST.keys())
async def test_a_lost_session_costs_one_handshake(refusal: Callable[[Any], Reply]) -> None:
    forgotten: list[bool] = []

    def before(request: Request) -> Reply | None:
        if request.message.get("method") == "initialize":
            forgotten.clear()
        return refusal(request.message.get("id")) if forgotten else None

    async with Web(REVISIONS, before=before) as web, running(settings(web)) as (manager, _):
        first = await manager.call_tool("web", "echo", {"text": "one"})
        forgotten.append(True)
        second = await manager.call_tool("web", "echo", {"text": "two"})
        assert not first.is_error
        assert not second.is_error
        assert web.methods.count("initialize") == 2
        assert manager.status("web").restarts == 1


async def test_a_refusal_of_one_call_alone_leaves_the_session() -> None:
    def before(request: Request) -> Reply | None:
        if request.message.get("method") != "tools/call":
            return None
        if "status" in json.dumps(request.message):
            return Reply(500, b"oops", {"content-type": "text/plain"})
        return error(request.message["id"], -32602, "no such session of the database")

    async with Web(REVISIONS, before=before) as web, running(settings(web)) as (manager, _):
        with pytest.raises(ConnectionFailed, match="HTTP 500"):
            await manager.call_tool("web", "echo", {"text": "status"})
        with pytest.raises(ServerError, match="session of the database"):
            await manager.call_tool("web", "echo", {"text": "x"})
        assert manager.status("web").state is ServerState.READY
        assert web.methods.count("initialize") == 1


async def test_an_event_that_refuses_one_call_alone_leaves_the_session() -> None:
    def before(request: Request) -> Reply | None:
        number = request.message.get("id")
        if request.message.get("method") == "ping":
            return as_event(Reply(body=json.dumps({"jsonrpc": "2.0", "id": number, "result": {}}).encode()))
        if request.message.get("method") == "tools/call":
            return as_event(error(number, -32602, "no such session of the database"))
        return None

    async with Web(REVISIONS, before=before) as web, running(settings(web)) as (manager, _):
        with pytest.raises(ServerError, match="session of the database"):
            await manager.call_tool("web", "echo", {"text": "x"})
        assert web.methods.count("ping") == 1
        assert web.methods.count("initialize") == 1


async def test_a_login_is_wanted_where_a_fresh_handshake_says_so() -> None:
    closed: list[bool] = []

    async with (
        Web(REVISIONS, before=lambda _: Reply(401, b"expired") if closed else None) as web,
        running(settings(web)) as (manager, _),
    ):
        closed.append(True)
        with pytest.raises(Exception, match="login"):
            await manager.call_tool("web", "echo", {"text": "x"})
        assert manager.status("web").state is ServerState.LOGIN_NEEDED
