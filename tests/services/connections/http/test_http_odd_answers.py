"""Answers over HTTP in other clothes: another type, status, packing or event; understood, or named."""

from __future__ import annotations

import gzip
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
import pytest

from services.connections.http.refusals import Refusal, not_followed
from services.error_translation import translate
from services.errors import ConnectionFailed, JackfieldError, ServerError
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply, result
from tests.services.conftest import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from services.connection_manager import ConnectionManager
    from tests.servers.web_wire import Request


def said(request: Request) -> bytes:
    """The right answer to a call."""
    content = [{"type": "text", "text": "said"}]
    return json.dumps(
        {"jsonrpc": "2.0", "id": request.message["id"], "result": {"content": content}}
    ).encode()


@asynccontextmanager
async def calling(reply: Callable[[Request], Reply]) -> AsyncIterator[ConnectionManager]:
    """A server whose calls are answered so; all else it does as it should."""

    def before(request: Request) -> Reply | None:
        return reply(request) if request.message.get("method") == "tools/call" else None

    async with Web(REVISIONS, before=before) as web:
        settings = ServerSettings("s", transport="http", url=web.url, protocol="legacy", tool_timeout_sec=30)
        async with running(settings) as (manager, _):
            yield manager


async def answered(reply: Callable[[Request], Reply]) -> None:
    async with calling(reply) as manager:
        came = await manager.call_tool("s", "echo", {"text": "x"})
        assert came.raw["content"][0]["text"] == "said"


async def refused(reply: Callable[[Request], Reply]) -> JackfieldError:
    """The error of a call; the next one would go through."""
    async with calling(reply) as manager:
        with pytest.raises(JackfieldError) as caught:
            await manager.call_tool("s", "echo", {"text": "x"})
        assert manager.status("s").state is ServerState.READY
        return caught.value


TYPES = (
    "",
    "text/plain",
    "application/json-rpc",
    "application/x-ndjson",
    "application/json, text/event-stream",
)


@pytest.mark.parametrize("kind", TYPES)
async def test_an_answer_is_one_whatever_its_type(kind: str) -> None:
    await answered(lambda request: Reply(200, said(request), {"content-type": kind}))


@pytest.mark.parametrize("status", [201, 202, 203])
async def test_an_answer_is_one_whatever_its_status_of_success(status: int) -> None:
    await answered(lambda request: Reply(status, said(request)))


@pytest.mark.parametrize(("status", "words"), [(200, "200"), (202, "202 Accepted"), (204, "204 No Content")])
async def test_a_success_without_an_answer_is_called_so(status: int, words: str) -> None:
    failure = await refused(lambda request: Reply(status))
    assert isinstance(failure, ConnectionFailed)
    assert failure.message.startswith(f"the server sent no answer, only HTTP {words}")


@pytest.mark.parametrize("before", [b"", b"id: 7\n\n"])
@pytest.mark.parametrize(
    "written",
    [
        lambda answer: b"event: response\ndata: " + answer + b"\n\n",
        lambda answer: answer,
        lambda answer: answer + b"\n\n",
        lambda answer: b"data: " + json.dumps(json.loads(answer), indent=1).encode() + b"\n\n",
        lambda answer: b"event: result\rdata:" + json.dumps(json.loads(answer), indent=1).encode() + b"\r\r",
        lambda answer: b": hm\n\ndata: " + answer,
    ],
    ids=["another name", "no event", "no data", "over lines", "both", "no end"],
)
async def test_our_answer_is_read_in_events_that_are_none(
    before: bytes, written: Callable[[bytes], bytes]
) -> None:
    kind = {"content-type": "text/event-stream"}
    await answered(lambda request: Reply(200, before + written(said(request)), kind))


@pytest.mark.parametrize(
    "events",
    [
        b'event: error\ndata: {"message": "the model died"}\n\n',
        b'{"message": "the model died"}\n\n',
        b'data: {"message": "the model died"',
    ],
)
async def test_a_stream_without_an_answer_says_what_came(events: bytes) -> None:
    failure = await refused(lambda request: Reply(200, events, {"content-type": "text/event-stream"}))
    assert failure.message == "the server ended its answer without a result"
    assert "the model died" in failure.hint


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "identity, x-gzip"])
async def test_a_packed_answer_is_unpacked(coding: str) -> None:
    headers = {"content-encoding": coding}
    await answered(lambda request: Reply(200, gzip.compress(said(request)), headers))


async def test_a_packing_that_was_not_asked_for_is_named() -> None:
    failure = await refused(lambda request: Reply(200, b"\x0b\x02", {"content-encoding": "br"}))
    assert failure.message == "the server answers with the content-encoding br, which was not asked for"
    failure = await refused(lambda request: Reply(503, b"\x0b\x02", {"content-encoding": "br"}))
    assert failure.message == "HTTP 503 Service Unavailable"


async def test_a_body_that_is_not_packed_as_it_says_was_not_cut_off() -> None:
    failure = await refused(lambda request: Reply(200, said(request), {"content-encoding": "gzip"}))
    assert failure.message.startswith("the answer is not what its content-encoding says")


async def test_an_answer_that_is_none_has_no_code_of_the_server() -> None:
    failure = await refused(lambda request: Reply(200, said(request).replace(b'"jsonrpc"', b'"rpc"')))
    assert isinstance(failure, ServerError)
    assert (failure.code, failure.reason) == (None, "protocol")
    assert failure.facts == (f"data: {failure.detail}",)


async def test_a_page_in_the_place_of_the_handshake_refuses_no_revision() -> None:
    page = b"<html><title>Sign in</title> version 2025-11-25</html>"
    asked = []

    def before(request: Request) -> Reply:
        asked.append(request.message.get("method"))
        return Reply(200, page, {"content-type": "text/html"})

    async with Web(before=before) as web:
        settings = ServerSettings("s", transport="http", url=web.url)
        async with running(settings) as (manager, _):
            failure = manager.status("s").cause
    assert failure == "the server answers with text/html, which is not MCP: Sign in"
    assert asked.count("initialize") == 1


async def test_a_session_id_that_no_header_brings_back_is_refused_by_its_rule() -> None:
    def before(request: Request) -> Reply | None:
        if request.message.get("method") != "initialize":
            return None
        offered = {
            "protocolVersion": REVISIONS[-1],
            "capabilities": {},
            "serverInfo": {"name": "w", "version": "1"},
        }
        return result(request.message["id"], offered, **{"mcp-session-id": "sess\u00efon"})

    async with Web(REVISIONS, before=before) as web:
        settings = ServerSettings("s", transport="http", url=web.url, protocol="legacy")
        async with running(settings) as (manager, _):
            assert manager.status("s").state is ServerState.FAILED
            assert "not of visible ASCII: sess\u00efon (MCP specification" in manager.status("s").cause


def test_a_redirect_down_to_http_names_the_path_and_keeps_the_scheme() -> None:
    request = httpx2.Request("POST", "https://mcp.example:8443/mcp")
    response = httpx2.Response(307, request=request)
    failure = not_followed(response, httpx2.URL("http://mcp.example/mcp/?a=b"))
    assert failure.hint == "url may have to be https://mcp.example:8443/mcp/"


@pytest.mark.parametrize(
    ("seconds", "words"), [(7, "7 s"), (90, "90 s"), (7_500, "2 h 5 min"), (2.3e9, "26620 d 8 h")]
)
def test_a_wait_is_told_in_units_that_fit(seconds: float, words: str) -> None:
    assert Refusal(429, retry_after=seconds).cause == f"HTTP 429 Too Many Requests; it asks to wait {words}"


@pytest.mark.parametrize(("said", "tls"), [("illegal status line", True), ("illegal header line", False)])
def test_only_what_may_be_tls_is_taken_for_it(said: str, tls: bool) -> None:
    failure = translate(httpx2.RemoteProtocolError(f"{said}: bytearray(b'x')"))
    assert ("TLS" in failure.hint) is tls
