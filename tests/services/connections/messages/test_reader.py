"""What the one reader finds in bytes: messages behind noise, ids as numbers, and nothing that is none."""

from __future__ import annotations

import asyncio
import json

import pytest
from mcp_types import JSONRPCError, JSONRPCNotification, JSONRPCResponse

from services.connections.messages.reader import UNUSABLE, read
from tests.support.work import growth

ANSWER = b'{"jsonrpc":"2.0","id":3,"result":{}}'
ASKED = b'{"jsonrpc":"2.0","id":3,"method":"tools/call"}'


@pytest.mark.parametrize(
    ("before", "noise"),
    [
        (b"", b""),
        (b"\xef\xbb\xbf", b""),
        (b" \t", b""),
        (b"\x1b[2J\x1b[0m", b"\x1b[2J\x1b[0m"),
        (b"\x1b]0;title\x07", b"\x1b]0;title\x07"),
        (b"\x1b]8;;url\x1b\\", b"\x1b]8;;url\x1b\\"),
        (b"\x1bP+q544e\x1b\\\x1b7\x1bc", b"\x1bP+q544e\x1b\\\x1b7\x1bc"),
        ("\x9b31m".encode(), "\x9b31m".encode()),
        (b"\x07\x00", b"\x07\x00"),
    ],
)
async def test_what_a_terminal_would_not_show_is_read_past(before: bytes, noise: bytes) -> None:
    for behind in (b"", b"\x1b[0m", b"\r", b"\x1b[K \x00"):
        found = await read(before + ANSWER + behind)
        assert [message.id for message in found.messages if isinstance(message, JSONRPCResponse)] == [3]
        assert (found.noise, found.junk) == (noise, False)


async def test_behind_text_only_answers_are_read() -> None:
    found = await read(b"DEBUG sent: " + ANSWER)
    assert len(found.messages) == 1
    assert found.junk
    assert (await read(b"DEBUG got: " + ASKED)).messages == ()


@pytest.mark.parametrize("line", [b"ready", b"", b"{ config: loaded }", b"{", b"[info] ready", b"3", b'"x"'])
async def test_what_is_no_message_is_junk(line: bytes) -> None:
    found = await read(line)
    assert (found.messages, found.junk) == ((), True)


@pytest.mark.parametrize("number", [b"3.0", b"3.000", b'"3"', b"3e0", b"30e-1"])
@pytest.mark.parametrize("size", [0, 1 << 18])
async def test_an_id_is_the_number_it_means(number: bytes, size: int) -> None:
    (answer,) = (await read(ANSWER.replace(b"3", number) + b" " * size)).messages
    assert isinstance(answer, JSONRPCResponse)
    assert str(answer.id) == "3"
    assert not isinstance(answer.id, float)


@pytest.mark.parametrize("number", ["null", "true", "1.5", "[]", "{}", "1e400"])
async def test_an_error_whose_id_says_nothing_has_none(number: str) -> None:
    error = '"error":{"code":-32000,"message":"no"}'
    (answer,) = (await read(f'{{"jsonrpc":"2.0","id":{number},{error}}}'.encode())).messages
    assert isinstance(answer, JSONRPCError)
    assert (answer.id, answer.error.message) == (None, "no")


async def test_a_result_whose_id_says_nothing_is_an_error_for_nobody() -> None:
    (answer,) = (await read(ANSWER.replace(b"3", b"[1]"))).messages
    assert isinstance(answer, JSONRPCError)
    assert (answer.id, answer.error.code) == (None, UNUSABLE)


@pytest.mark.parametrize(
    ("method", "name"), [("progress", "progressToken"), ("cancelled", "requestId"), ("message", "none")]
)
async def test_a_notification_names_its_request_by_a_whole_number(method: str, name: str) -> None:
    note = {"jsonrpc": "2.0", "method": f"notifications/{method}", "params": {name: 3.0, "progress": 0.5}}
    found = await read(json.dumps(note).encode())
    (message,) = found.messages
    assert isinstance(message, JSONRPCNotification)
    assert isinstance((message.params or {})[name], float if name == "none" else int)
    assert found.strict is (name == "none")


@pytest.mark.parametrize("behind", [b" // done", b"\n<!-- from a cache -->", b",", b" [ok]", b'{"a":'])
async def test_an_answer_is_read_whatever_stands_behind_it(behind: bytes) -> None:
    found = await read(ANSWER + behind)
    assert [getattr(message, "id", None) for message in found.messages] == [3]
    assert not isinstance(found.messages[0], JSONRPCError)
    assert found.junk
    assert (await read(ASKED + b" // quoted")).messages == ()


async def test_an_answer_of_nothing_is_an_error_for_whoever_waits() -> None:
    (answer,) = (await read(b'{"jsonrpc":"2.0","id":3.0}')).messages
    assert isinstance(answer, JSONRPCError)
    assert (answer.id, answer.error.message) == (3, "the answer has neither a result nor an error")
    for heartbeat in (b'{"type":"heartbeat","id":3}', b'{"jsonrpc":"2.0","type":"heartbeat"}'):
        assert (await read(heartbeat)).messages == ()


async def test_several_messages_keep_their_order_and_lose_what_is_none() -> None:
    found = await read(b"[" + ASKED + b',{"type":"heartbeat"},' + ANSWER + b"]")
    assert [type(message).__name__ for message in found.messages] == ["JSONRPCRequest", "JSONRPCResponse"]
    assert found.junk
    assert len((await read(ANSWER + b" " + ANSWER + ANSWER)).messages) == 3
    assert (await read(ANSWER + b"}")).messages[0].id == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("piece", [b"\x1b[0m", b"\x1b]", b"\x1b[", b"{", b"\xef\xbb\xbf", ANSWER])
def test_noise_is_read_in_linear_time(piece: bytes) -> None:
    def work(size: int) -> None:
        asyncio.run(read(piece * (size // len(piece))))

    assert growth(work, 1 << 14, 1 << 17) < 32


@pytest.mark.parametrize(
    "together", [b"[%b]" % b",".join([ANSWER] * 2_000), ANSWER * 2_000], ids=["batch", "row"]
)
async def test_of_too_many_together_the_first_are_read(together: bytes) -> None:
    found = await read(together)
    assert len(found.messages) == 1_000
    assert found.junk
