"""Answers that are written otherwise than they should be: understood, or refused at once with what came.

Each case is tried on every transport: lines, a whole body, events, and the one stream of HTTP+SSE.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.connections.session import internals
from services.errors import ConnectionFailed, JackfieldError, ServerError
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.old_sse import OldSse
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply
from tests.services.conftest import running
from tests.support.servers import odd
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.connection_manager import ConnectionManager
    from tests.servers.web_wire import Request

CONTENT = '"content":[{"type":"text","text":"said"}]'
SAID = f'{{"jsonrpc":"2.0","id":ID,"result":{{{CONTENT}}}}}'
NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}}'
DEEP = "[" * 500 + "]" * 500
FAULT = '"error":{"code":-32000,"message":"the backend is not there"}'

UNDERSTOOD = {
    "as it should be": [SAID],
    "byte order mark": ["\ufeff" + SAID],
    "batch of one": [f"[{SAID}]"],
    "batch with a notification": [f"[{NOTE},{SAID}]"],
    "two in a row": [NOTE + SAID],
    "id 1.0": [SAID.replace("ID", "ID.0")],
    "id as text": [SAID.replace("ID", '"ID"')],
    "heartbeat before": ['{"type":"heartbeat","n":1}', SAID],
    "number before": ["1", SAID],
    "lone surrogate": [SAID.replace('said"', 'said"},{"type":"text","text":"\\ud800"')],
    "500 levels": [SAID.replace("]}", f'],"structuredContent":{{"deep":{DEEP}}}}}')],
    "terminal escapes": ["\x1b[?25l\x1b]0;npm exec\x07" + SAID + "\x1b[0m"],
    "text behind": [SAID + " // done"],
    "text before": ["INFO:wire:" + SAID],
}

REFUSED = {
    "error, id null": (f'{{"jsonrpc":"2.0","id":null,{FAULT}}}', "the backend is not there"),
    "error, id wrong": (f'{{"jsonrpc":"2.0","id":"server-error",{FAULT}}}', "the backend is not there"),
    "error, id 0": (f'{{"jsonrpc":"2.0","id":0,{FAULT}}}', "the backend is not there"),
    "error, id true": (f'{{"jsonrpc":"2.0","id":true,{FAULT}}}', "the backend is not there"),
    "error, no id": (f'{{"jsonrpc":"2.0",{FAULT}}}', "the backend is not there"),
    "error for another too": (
        f'[{{"jsonrpc":"2.0","id":null,{FAULT}}},{{"jsonrpc":"2.0","id":ID,"error":{{"code":1,"message":"ours"}}}}]',
        "ours|the backend",
    ),
    "error, in a batch": (f'[{{"jsonrpc":"2.0","id":null,{FAULT}}}]', "the backend is not there"),
    "no JSON-RPC": (SAID.replace('"jsonrpc":"2.0",', ""), "not valid JSON-RPC"),
    "result no object": (f'{{"jsonrpc":"2.0","id":ID,"result":[{1}]}}', "not valid JSON-RPC"),
    "neither": ('{"jsonrpc":"2.0","id":ID}', "neither a result nor an error"),
    "no JSON": (SAID.replace('"said"', "said"), "not readable JSON"),
}

TO_NOBODY = {
    "result, id null": (SAID.replace("ID", "null"), "an answer came with the id null"),
    "result, no id": (SAID.replace('"id":ID,', ""), "an answer came without an id"),
    "result, id wrong": (SAID.replace("ID", "987654"), "with the id 987654 came to the request"),
    "result, other id": (SAID.replace("ID", '"mine"'), "with the id 'mine' came to the request"),
}


def written(pieces: list[str], number: Any) -> list[bytes]:
    """The pieces with the id in its place."""
    return [piece.replace("ID", json.dumps(number)).encode() for piece in pieces]


@asynccontextmanager
async def stdio(pieces: list[str]) -> AsyncIterator[ConnectionManager]:
    raw = "".join(piece + "\n" for piece in pieces)
    settings = odd("s", answers={"tools/call": {"raw": raw}}, protocol="legacy", tool_timeout_sec=30)
    async with running(settings) as (manager, _):
        yield manager


@asynccontextmanager
async def over_http(
    kind: str, before: str, behind: str, pieces: list[str], status: int = 200
) -> AsyncIterator[ConnectionManager]:
    def answer(request: Request) -> Reply | None:
        if request.message.get("method") != "tools/call":
            return None
        found = written(pieces, request.message["id"])
        body = b"".join(before.encode() + piece + behind.encode() for piece in found)
        return Reply(status, body, {"content-type": kind})

    async with Web(REVISIONS, before=answer) as web:
        settings = ServerSettings("s", transport="http", url=web.url, protocol="legacy", tool_timeout_sec=30)
        async with running(settings) as (manager, _):
            yield manager


@asynccontextmanager
async def body(pieces: list[str]) -> AsyncIterator[ConnectionManager]:
    async with over_http("application/json", "", "\n", pieces) as manager:
        yield manager


@asynccontextmanager
async def events(pieces: list[str]) -> AsyncIterator[ConnectionManager]:
    async with over_http("text/event-stream", ": hm\r\n\r\ndata: ", "\r\n\r\n", pieces) as manager:
        yield manager


@asynccontextmanager
async def old_sse(pieces: list[str]) -> AsyncIterator[ConnectionManager]:
    async with OldSse() as old:
        tasks: list[asyncio.Task[None]] = []

        def answer(request: Request) -> Reply | None:
            if request.message.get("method") != "tools/call":
                return None
            assert old.stream is not None
            found = written(pieces, request.message["id"])
            events = b"".join(b": hm\n\nevent: message\ndata: %b\n\n" % piece for piece in found)
            tasks.append(asyncio.create_task(old.stream.raw(events)))
            return Reply(202)

        old.before = answer
        settings = ServerSettings("s", transport="sse", url=old.url, protocol="legacy", tool_timeout_sec=30)
        async with running(settings) as (manager, _):
            yield manager


TRANSPORTS = pytest.mark.parametrize("transport", [stdio, body, events, old_sse])


@TRANSPORTS
@pytest.mark.parametrize("pieces", UNDERSTOOD.values(), ids=UNDERSTOOD.keys())
async def test_what_can_be_understood_is(transport: Any, pieces: list[str]) -> None:
    async with transport(pieces) as manager:
        result = await manager.call_tool("s", "echo", {"text": "x"})
        assert result.raw["content"][0]["text"] == "said"


@TRANSPORTS
@pytest.mark.parametrize(("answer", "words"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_understood_ends_its_request_at_once(
    transport: Any, answer: str, words: str
) -> None:
    async with transport([answer]) as manager:
        with pytest.raises(ServerError, match=words):
            await manager.call_tool("s", "echo", {"text": "x"})


@pytest.mark.parametrize("name", [name for name in REFUSED if name.startswith("error")])
async def test_a_refusal_by_status_is_read_as_well(name: str) -> None:
    answer, words = REFUSED[name]
    async with over_http("application/json", "", "", [answer], status=400) as manager:
        with pytest.raises(ServerError, match=words):
            await manager.call_tool("s", "echo", {"text": "x"})


@pytest.mark.parametrize("transport", [body, events])
@pytest.mark.parametrize(("answer", "words"), TO_NOBODY.values(), ids=TO_NOBODY.keys())
async def test_a_result_that_is_for_no_request_ends_its_exchange(
    transport: Any, answer: str, words: str
) -> None:
    async with transport([answer]) as manager:
        with pytest.raises(ServerError, match=words):
            await manager.call_tool("s", "echo", {"text": "x"})


@pytest.mark.parametrize("transport", [stdio, old_sse])
@pytest.mark.parametrize("answer", [answer for answer, _ in TO_NOBODY.values()], ids=TO_NOBODY.keys())
async def test_a_result_that_is_for_no_request_is_said_to_have_come(
    transport: Any, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(internals, "_PATIENCE", 0.3)
    async with transport([answer]) as manager:
        call = asyncio.create_task(manager.call_tool("s", "echo", {"text": "x"}))
        await until(lambda: any("to no request of ours" in line.text for line in manager.log("s")))
        assert not call.done()  # it may be for somebody else, and the true one may come
        with pytest.raises(ServerError, match="came instead"):
            await call


async def test_the_true_answer_may_follow_one_to_nobody() -> None:
    async with stdio([f'{{"jsonrpc":"2.0","id":77,"result":{{}}}}\n{SAID}']) as manager:
        result = await manager.call_tool("s", "echo", {"text": "x"})
        assert result.raw["content"][0]["text"] == "said"


@pytest.mark.parametrize("transport", [body, events])
@pytest.mark.parametrize("answer", ["hello", '{"type":"heartbeat"}', NOTE, "[]", '"' + "x" * 5_000])
async def test_an_exchange_without_an_answer_says_what_came(transport: Any, answer: str) -> None:
    async with transport([answer]) as manager:
        with pytest.raises(ConnectionFailed) as caught:
            await manager.call_tool("s", "echo", {"text": "x"})
        assert answer == NOTE or answer[:100] in caught.value.hint
        assert len(caught.value.hint) < 300


@TRANSPORTS
async def test_secrets_in_what_came_are_masked(transport: Any) -> None:
    async with transport(['{"jsonrpc":"2.0","id":ID,"result":{"token":"sk-abcdef0123456789"']) as manager:
        with pytest.raises(JackfieldError) as caught:
            await manager.call_tool("s", "echo", {"text": "x"})
        assert "sk-abcdef0123456789" not in f"{caught.value} {caught.value.detail}"


async def test_an_event_without_its_last_line_end_is_read() -> None:
    async with over_http("text/event-stream", "data: ", "", [SAID]) as manager:
        result = await manager.call_tool("s", "echo", {"text": "x"})
        assert result.raw["content"][0]["text"] == "said"


async def test_noise_on_a_line_is_shown_as_it_came() -> None:
    async with running(odd("s", answers={"-before": "\x1b]0;npm\x07\n\x1b[1m"})) as (manager, _):
        assert manager.status("s").state is ServerState.READY
        quoted = [line.quoted for line in manager.log("s") if line.quoted]
        assert quoted == ["␛]0;npm␇"]


async def test_a_message_without_a_line_end_is_said_to_have_come() -> None:
    answers = {"initialize": {"raw": SAID[:-1]}}
    settings = odd("s", answers=answers, protocol="legacy", startup_timeout_sec=6)
    async with running(settings) as (manager, _):
        assert "came without a line end" in manager.status("s").cause
        assert any("came without a line end" in line.text for line in manager.log("s"))


@pytest.mark.parametrize("transport", [body, events])
async def test_of_several_answers_the_one_to_our_request_counts(transport: Any) -> None:
    async with transport([f'[{{"jsonrpc":"2.0","id":77,{FAULT}}},{SAID}]']) as manager:
        result = await manager.call_tool("s", "echo", {"text": "x"})
        assert result.raw["content"][0]["text"] == "said"
