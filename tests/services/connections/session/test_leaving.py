"""What a person gives, on the bytes that leave: as it was given, or not at all."""

from __future__ import annotations

import asyncio
import json
import shlex
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidArguments, JackfieldError
from services.inbox.questions import Answer, FormQuestion, QuestionAsked
from services.numbers import read_number
from services.sendable import DEEPEST, unsendable
from services.settings import ServerSettings
from tests.servers.old_sse import OldSse
from tests.servers.web import MODERN, Web
from tests.services.conftest import running
from tests.support.places import SERVERS
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from services.connection_manager import ConnectionManager


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


UNSENDABLE: dict[str, tuple[Any, str]] = {
    "half a pair": ("\ud800", "half a character"),
    "a byte of the command line": (b"caf\xe9".decode("utf-8", "surrogateescape"), "the byte 0xE9"),
    "a name": ({"a\udfff": 1}, "a name in it"),
    "infinity": (float("inf"), "too large"),
    "not a number": (float("nan"), "no such number"),
    "too deep": (nested(5_000), "nested too deeply"),
    "too many digits": (10**5_000, "digits"),
}


@asynccontextmanager
async def over_stdio(folder: Path) -> AsyncIterator[tuple[ConnectionManager, Callable[[], bytes]]]:
    file = folder / "sent"
    server = f"tee {shlex.quote(str(file))} | {shlex.join([sys.executable, str(SERVERS / 'quick.py')])}"
    async with running(ServerSettings("s", command="sh", args=("-c", server))) as (manager, _):
        yield manager, file.read_bytes


@asynccontextmanager
async def over_http(folder: Path) -> AsyncIterator[tuple[ConnectionManager, Callable[[], bytes]]]:
    async with Web() as web, running(ServerSettings("s", transport="http", url=web.url)) as (manager, _):
        assert manager.status("s").protocol == MODERN
        yield manager, lambda: b"\n".join(request.body for request in web.requests)


@asynccontextmanager
async def over_sse(folder: Path) -> AsyncIterator[tuple[ConnectionManager, Callable[[], bytes]]]:
    async with OldSse() as web, running(ServerSettings("s", transport="sse", url=web.url)) as (manager, _):
        yield manager, lambda: b"\n".join(request.body for request in web.requests)


async def called(sent: Callable[[], bytes]) -> None:
    """Wait until a call is written down: tee gives it to the server before."""
    await until(lambda: b'"tools/call"' in sent())


TRANSPORTS = pytest.mark.parametrize("over", [over_stdio, over_http, over_sse])


@TRANSPORTS
async def test_what_json_cannot_carry_is_refused_and_nothing_is_sent(over: Any, tmp_path: Path) -> None:
    async with over(tmp_path) as (manager, sent):
        before = sent().count(b"tools/call")
        for value, why in UNSENDABLE.values():
            with pytest.raises(InvalidArguments, match=why) as caught:
                await manager.call_tool("s", "echo", {"text": {"in": [0, value]}})
            assert '"text.in[1]' in caught.value.message or why == "nested too deeply"
            assert "\n" not in caught.value.message
        assert sent().count(b"tools/call") == before
        assert not (await manager.call_tool("s", "echo", {"text": "alive"})).is_error
        assert manager.status("s").state == "ready"


@pytest.mark.parametrize("name", ["content", "context", "argument", "arguments", "params", "name"])
async def test_an_argument_is_named_whatever_its_name(name: str, tmp_path: Path) -> None:
    async with over_stdio(tmp_path) as (manager, _):
        with pytest.raises(InvalidArguments, match=f'^"{name}" cannot be sent'):
            await manager.call_tool("s", "echo", {name: "\ud800"})


async def test_uris_prompts_and_completions_pass_the_same_door(tmp_path: Path) -> None:
    async with over_stdio(tmp_path) as (manager, sent):
        prompt = manager.catalog("s").prompt("greet")
        assert prompt is not None
        for refused in (
            lambda: manager.read_resource("s", "quick://\udce9"),
            lambda: manager.get_prompt("s", "greet", {"name": "\ud800"}),
            lambda: manager.get_prompt("s", "greet", {"\ud800": "name"}),
            lambda: manager.complete("s", prompt, "name", "\ud800", {}),
            lambda: manager.complete("s", prompt, "name", "B", {"tone": "\udce9"}),
        ):
            with pytest.raises(InvalidArguments, match="cannot be sent"):
                await refused()
        assert not any(method in sent() for method in (b"resources/read", b"prompts/get", b"completion/"))
        assert (await manager.read_resource("s", "quick://text")).contents


NUMBERS = ["1e30", "7960607143101464577", "0.1234567890123456789012345", "1e-400", "-0.0", "9007199254740993"]


@TRANSPORTS
async def test_numbers_leave_as_they_were_written(over: Any, tmp_path: Path) -> None:
    async with over(tmp_path) as (manager, sent):
        numbers = [read_number(literal) for literal in NUMBERS]
        with suppress(JackfieldError):  # a server may make of it what it likes
            await manager.call_tool("s", "echo", {"text": numbers})
        await called(sent)
        wire = sent().replace(b" ", b"").replace(b"e+", b"e")
        assert f'"text":[{",".join(NUMBERS)}]'.encode() in wire


@TRANSPORTS
async def test_text_leaves_byte_for_byte(over: Any, tmp_path: Path) -> None:
    text = "\ta\r\nb\rc\n \u200b\u2028\ufeff\u202e\x1b[31m\x00\x85\U000e0067"
    async with over(tmp_path) as (manager, sent):
        await manager.call_tool("s", "echo", {"text": text})
        await called(sent)
        calls = [line for line in sent().splitlines() if b'"tools/call"' in line]
        assert json.loads(calls[-1])["params"]["arguments"] == {"text": text}


@pytest.mark.parametrize("text", ["\t", "a\r\nb", "\u200b", "0.5"])
async def test_answers_leave_as_they_are(text: str, tmp_path: Path) -> None:
    content = {"name": text, "age": read_number("0.1234567890123456789012345")}
    _, wire = await answered(content, tmp_path)
    assert json.loads(wire[-1])["result"]["content"] == json.loads(json.dumps(content))
    assert b"0.1234567890123456789012345" in wire[-1]


async def test_an_answer_leaves_nested_as_it_is(tmp_path: Path) -> None:
    number = read_number("0.1234567890123456789012345")
    content = {"name": "x", "line": {"a": [1, {"b": None, "ä": '\t"\n'}]}, "list": [{"n": number}], "no": []}
    _, wire = await answered(content, tmp_path)
    assert json.loads(wire[-1])["result"]["content"] == json.loads(json.dumps(content))
    assert b'"n": 0.1234567890123456789012345' in wire[-1]


async def test_an_answer_that_cannot_leave_cancels_the_question_alone(tmp_path: Path) -> None:
    said, wire = await answered({"name": "\ud800"}, tmp_path)
    assert json.loads(wire[-1])["result"] == {"action": "cancel"}
    assert '"name" cannot be sent' in said


async def answered(content: dict[str, Any], folder: Path) -> tuple[str, list[bytes]]:
    """What the log says and the answers the server read, once its one question is answered so."""
    file = folder / "sent"
    server = f"tee {shlex.quote(str(file))} | {shlex.join([sys.executable, str(SERVERS / 'quick.py')])}"
    async with running(ServerSettings("s", command="sh", args=("-c", server))) as (manager, recorder):
        call = asyncio.create_task(manager.call_tool("s", "ask", {}))
        event = await recorder.wait_for(lambda event: isinstance(event, QuestionAsked))
        assert isinstance(event, QuestionAsked)
        assert isinstance(event.question, FormQuestion)
        manager.inbox.answer(event.question, Answer("accept", content))
        assert not (await call).is_error
        said = "\n".join(line.text for line in manager.log("s"))
        assert manager.status("s").state == "ready"
    return said, [line for line in file.read_bytes().splitlines() if b'"action"' in line]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


@given(json_values)
def test_only_what_cannot_be_written_is_refused(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        writable = True
    except ValueError:
        writable = False
    assert (unsendable(value) is None) is writable


def test_the_bound_of_nesting() -> None:
    assert unsendable(nested(DEEPEST)) is None
    assert unsendable(nested(DEEPEST + 1)) is not None
