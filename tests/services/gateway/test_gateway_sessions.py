"""How requests of the handshake era are answered over HTTP: as JSON, or as a stream where there is more."""

from __future__ import annotations

import asyncio
import inspect
import json
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from services.events import ServerState
from services.gateway.sessions import Sessions
from tests.services.gateway.stage import gateway
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.services.gateway.stage import Stage

JSON, STREAM = "application/json", "text/event-stream"
ACCEPT = {"Accept": f"{JSON}, {STREAM}", "Content-Type": JSON}


class Caller:
    """A client by hand, of one session."""

    def __init__(self, http: httpx2.AsyncClient, url: str) -> None:
        self.http = http
        self.url = url
        self.headers: dict[str, str] = dict(ACCEPT)

    async def post(self, message: dict[str, Any], **headers: str) -> httpx2.Response:
        body = json.dumps({"jsonrpc": "2.0", **message})
        return await self.http.post(self.url, content=body, headers=self.headers | headers)

    async def call(self, number: int, tool: str, **arguments: Any) -> httpx2.Response:
        params = {"name": tool, "arguments": arguments, "_meta": {"progressToken": number}}
        return await self.post({"id": number, "method": "tools/call", "params": params})


@asynccontextmanager
async def session(stage: Stage) -> AsyncIterator[Caller]:
    await until(lambda: stage.door.manager.status("quick").state is ServerState.READY)
    async with httpx2.AsyncClient(trust_env=False, timeout=60) as http:
        caller = Caller(http, stage.url("quick"))
        info = {"name": "probe", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": info}
        opened = await caller.post({"id": 0, "method": "initialize", "params": params})
        caller.headers |= {
            "Mcp-Session-Id": opened.headers["mcp-session-id"],
            "MCP-Protocol-Version": "2025-11-25",
        }
        await caller.post({"method": "notifications/initialized"})
        yield caller


def kind(answer: httpx2.Response) -> str:
    return answer.headers["content-type"].partition(";")[0]


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    lines = answer.text.splitlines()
    return [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


async def test_an_answer_alone_is_json() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        answer = await caller.call(1, "echo", text="hello")
        assert (answer.status_code, kind(answer)) == (200, JSON)
        assert answer.json()["id"] == 1
        assert answer.json()["result"]["content"][0]["text"] == "hello"
        assert answer.headers["mcp-session-id"] == caller.headers["Mcp-Session-Id"]


async def test_an_error_alone_is_json() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        answer = await caller.call(1, "nowhere")
        assert (answer.status_code, kind(answer)) == (200, JSON)
        assert "Unknown tool" in answer.json()["error"]["message"]


async def test_what_is_said_before_the_answer_makes_it_a_stream() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        answer = await caller.call(1, "progress", steps=3, delay=0)
        assert kind(answer) == STREAM
        *told, last = events(answer)
        assert [one["method"] for one in told] == ["notifications/progress"] * 3
        assert last["id"] == 1


async def test_an_answer_that_takes_long_is_a_stream_that_is_kept_alive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.gateway.sessions._SOON", 0.05)
    async with gateway(quick()) as stage, session(stage) as caller:
        answer = await caller.call(1, "sleep", seconds=3)
        assert kind(answer) == STREAM
        assert [one["id"] for one in events(answer)] == [1]


async def test_the_answer_to_a_cancelled_request_is_a_stream() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        call = asyncio.create_task(caller.call(1, "sleep", seconds=60))
        await until(lambda: any(one.get_name() == "gateway client" for one in asyncio.all_tasks()))
        await caller.post({"method": "notifications/cancelled", "params": {"requestId": 1}})
        answer = await call
        assert kind(answer) == STREAM
        assert events(answer)[0]["error"]["message"] == "Request cancelled"


async def test_answers_side_by_side_go_to_their_requests() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        calls = [caller.call(number, "echo", text=str(number)) for number in range(1, 40)]
        for number, answer in enumerate(await asyncio.gather(*calls), 1):
            assert answer.json()["id"] == number
            assert answer.json()["result"]["content"][0]["text"] == str(number)


async def test_a_client_that_leaves_is_not_waited_for() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        with pytest.raises(httpx2.ReadTimeout):
            params = {"name": "sleep", "arguments": {"seconds": 60}}
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
            await caller.http.post(caller.url, content=body, headers=caller.headers, timeout=0.3)
        await until(lambda: all(one.get_name() != "gateway client" for one in asyncio.all_tasks()))
        assert (await caller.call(2, "echo", text="still there")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Accept": JSON}, b'{"jsonrpc":"2.0","id":1,"method":"ping"}', 406),
        ({"Mcp-Session-Id": "another"}, b'{"jsonrpc":"2.0","id":1,"method":"ping"}', 404),
        ({}, b"{", 400),
        ({}, b'{"jsonrpc":"2.0","id":1}', 400),
        ({}, b'{"jsonrpc":"2.0","method":"notifications/initialized"}', 202),
    ],
)
async def test_anything_else_is_answered_as_ever(headers: dict[str, str], body: bytes, status: int) -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        answer = await caller.http.post(caller.url, content=body, headers=caller.headers | headers)
        assert answer.status_code == status


async def test_a_session_that_is_ended_answers_what_is_under_way() -> None:
    async with gateway(quick()) as stage, session(stage) as caller:
        call = asyncio.create_task(caller.call(1, "sleep", seconds=60))
        await until(lambda: any(one.get_name() == "gateway client" for one in asyncio.all_tasks()))
        ended = await caller.http.delete(caller.url, headers=caller.headers)
        assert ended.status_code == 200
        answer = await call
        assert answer.status_code == 500 or not events(answer)
        assert (await caller.call(2, "echo", text="gone")).status_code == 404


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (StreamableHTTPSessionManager, "_admit_session", ["self", "requestor"]),
        (
            StreamableHTTPServerTransport,
            "_handle_post_request",
            ["self", "scope", "request", "receive", "send"],
        ),
        (
            StreamableHTTPServerTransport,
            "_create_session_message",
            ["self", "message", "request", "request_id", "protocol_version"],
        ),
        (StreamableHTTPServerTransport, "_create_event_data", ["self", "event_message"]),
        (StreamableHTTPServerTransport, "_clean_up_memory_streams", ["self", "request_id"]),
        (StreamableHTTPServerTransport, "_check_content_type", ["self", "request"]),
        (StreamableHTTPServerTransport, "_get_session_id", ["self", "request"]),
    ],
)
def test_what_we_use_of_the_sdk_is_where_it_was(owner: type, name: str, parameters: list[str]) -> None:
    found = list(inspect.signature(getattr(owner, name)).parameters)
    assert found == parameters, f"mcp {version('mcp')} changed {name}"


def test_rows_of_requests_are_kept_where_they_were() -> None:
    source = inspect.getsource(StreamableHTTPServerTransport)
    for name in ("_request_streams", "_read_stream_writer", "_event_store"):
        assert f"self.{name}" in source, f"mcp {version('mcp')} has no {name}"
    assert issubclass(Sessions, StreamableHTTPSessionManager)
