"""HTTP in the trace: exchanges with masked headers, messages in bodies and in events, what went wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import JackfieldError
from services.settings import ServerSettings
from services.trace.exchanges import EventSplitter
from services.trace.trace import KEPT_OF_ONE
from tests.servers.old_sse import OldSse
from tests.servers.web import MODERN, REVISIONS, Web
from tests.services.conftest import running

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.trace.frames import Frame
    from services.trace.trace import Trace

ERAS = pytest.mark.parametrize("speaks", [REVISIONS, (MODERN,)], ids=["handshake", "modern"])


ID_LESS = json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "no session"}})


def at(web: Web, **settings: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **settings)


def calls(trace: Trace) -> list[Frame]:
    return [frame for frame in trace.frames() if frame.method == "tools/call" and frame.kind == "request"]


def detail(trace: Trace, frame: Frame) -> dict[str, Any]:
    told = trace.detail(frame.number)
    assert told is not None
    return told


@ERAS
async def test_a_call_with_its_exchange(speaks: tuple[str, ...]) -> None:
    settings = {"http_headers": {"X-Key": "the-key-itself"}, "bearer_token_env_var": "TOKEN"}
    environ = {"TOKEN": "the-token-itself"}
    async with Web(speaks) as web, running(at(web, **settings), environ=environ) as (manager, _):
        await manager.call_tool("web", "echo", {"text": "hello the-token-itself"})
        trace = manager.trace("web")
        (asked,) = calls(trace)
        told = detail(trace, asked)
        assert web.requests[-1].header("authorization") == "Bearer the-token-itself"
    assert (asked.about, asked.status) == ("echo", "ok")
    assert told["request"]["params"]["arguments"] == {"text": "hello *****"}
    assert told["answer"]["result"]["content"][0]["text"].startswith("hello *****")
    exchange = told["http"]
    assert exchange["request"] == f"POST {web.url}"
    assert exchange["status"] == 200
    assert exchange["request_bytes"] == told["request_bytes"] == asked.size
    assert exchange["latency_ms"] > 0
    lowered = [line.lower() for line in exchange["request_headers"]]
    assert {"authorization: *****", "x-key: *****"} <= set(lowered)
    everything = "\n".join(trace.lines())
    assert "the-token-itself" not in everything
    assert "the-key-itself" not in everything


@ERAS
async def test_events_are_messages(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, _):
        await manager.call_tool("web", "stream", {"text": "hello"})
        trace = manager.trace("web")
        (asked,) = calls(trace)
        answer = trace.frame(asked.peer)
    assert answer is not None
    assert (answer.kind, answer.direction, answer.about) == ("answer", "in", "stream")
    assert json.dumps(detail(trace, answer)["answer"]).count("hello")


async def test_a_header_that_cannot_be_sent_does_not_show_its_value() -> None:
    async with Web((MODERN,)) as web, running(at(web, http_headers={"X-Key": "one\r\ntwo-of-it"})) as (m, _):
        lines = "\n".join(m.trace("web").lines())
    assert "x-key: *****" in lines.lower()
    assert "two-of-it" not in lines


async def test_the_handshake_and_the_good_bye_are_exchanges() -> None:
    async with Web(REVISIONS) as web, running(at(web)) as (manager, _):
        trace = manager.trace("web")
    rows = [(frame.method, frame.status) for frame in trace.frames() if frame.kind == "http"]
    assert ("POST", "202") in rows  # notifications/initialized
    assert rows[-1][0] == "DELETE"
    first = next(frame for frame in trace.frames() if frame.kind == "http")
    assert first.about == web.url


async def test_a_refusal_shows_its_status_and_its_body() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        with pytest.raises(JackfieldError):
            await manager.call_tool("web", "fail", {"kind": "status", "status": 503, "body": "out of order"})
        trace = manager.trace("web")
        exchange = next(f for f in reversed(trace.frames()) if f.kind == "http" and f.status == "503")
        assert exchange.error
        assert detail(trace, exchange)["http"]["response_body"] == "out of order"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ({"kind": "status", "status": 503}, "HTTP 503"),
        ({"kind": "reset"}, "no answer"),
        ({"kind": "status", "status": 400, "body": ID_LESS}, "-32000 no session"),
    ],
)
async def test_a_request_that_http_refused_does_not_look_open(fault: dict[str, Any], status: str) -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        with pytest.raises(JackfieldError):
            await manager.call_tool("web", "fail", fault)
        trace = manager.trace("web")
        (asked,) = calls(trace)
        assert (asked.status, asked.error) == (status, True)
        peer = trace.frame(asked.peer)
        assert peer is not None
        assert peer.method == ("tools/call" if "-" in status else "POST")


async def test_a_connection_that_breaks_is_an_exchange_without_a_status() -> None:
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        with pytest.raises(JackfieldError):
            await manager.call_tool("web", "fail", {"kind": "reset"})
        trace = manager.trace("web")
        broken = [frame for frame in trace.frames() if frame.kind == "http" and frame.error]
    assert broken
    assert "fault" in detail(trace, broken[-1])["http"]


async def test_a_server_that_is_not_there_is_told_of() -> None:
    settings = ServerSettings("web", transport="http", url="http://127.0.0.1:9/mcp?key=sekret")
    async with running(settings) as (manager, _):
        trace = manager.trace("web")
    faults = [frame for frame in trace.frames() if frame.kind == "http"]
    assert faults
    assert faults[0].error
    assert faults[0].about == "http://127.0.0.1:9/mcp?key=*****"
    assert "sekret" not in "\n".join(trace.lines())


async def test_the_old_transport() -> None:
    async with OldSse() as old:
        settings = ServerSettings("old", transport="sse", url=old.url)
        async with running(settings) as (manager, _):
            await manager.call_tool("old", "echo", {"text": "hello"})
            trace = manager.trace("old")
    (asked,) = calls(trace)
    assert asked.status == "ok"
    (note,) = [frame for frame in trace.frames() if frame.method == "event"]
    assert note.about == "endpoint /messages?session=*****"


def split(chunks: Sequence[bytes]) -> list[tuple[str, bytes, int]]:
    told: list[tuple[str, bytes, int]] = []
    splitter = EventSplitter(lambda name, head, size, tail: told.append((name, head, size)))
    for chunk in chunks:
        splitter.feed(chunk)
    return told


STREAM = (
    b": hi\n\nevent: message\nid: 1\ndata: {1\ndata:2}\n\ndata\n\nretry: 5\n\n"
    b"event: endpoint\ndata: /x\n\ndata: end"
)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("step", [1, 2, 3, 7, 1_000])
def test_events_however_they_are_cut(end: bytes, step: int) -> None:
    stream = STREAM.replace(b"\n", end)
    chunks = [stream[start : start + step] for start in range(0, len(stream), step)]
    assert split(chunks) == [("message", b"{1\n2}", 5), ("endpoint", b"/x", 2)]


def test_a_huge_event_is_bounded_and_linear() -> None:
    chunks = [b"data: ", *[b"x" * 65_536] * 400, b"\n\n"]
    ((name, head, size),) = split(chunks)
    assert (name, size) == ("", 65_536 * 400)
    assert KEPT_OF_ONE - 10 <= len(head) <= KEPT_OF_ONE
