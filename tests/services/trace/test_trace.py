"""The protocol trace: what it keeps, how it pairs, what it forgets, and what real servers leave in it."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from services.connections.stdio.lines import Oversized
from services.errors import JackfieldError
from services.trace.file import TraceNotSaved, trace_name, write_traces
from services.trace.trace import KEPT_OF_ONE, Trace
from tests.services.conftest import running
from tests.support.servers import quick
from tests.support.waiting import until
from tests.support.work import growth

if TYPE_CHECKING:
    from pathlib import Path


def message(**parts: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **parts}).encode()


def call(number: int | str, name: str = "echo", **arguments: Any) -> bytes:
    return message(id=number, method="tools/call", params={"name": name, "arguments": arguments})


def everything(trace: Trace) -> list[dict[str, Any]]:
    return [json.loads(line) for line in trace.lines()]


def test_a_request_and_its_answer_are_a_pair() -> None:
    trace = Trace("demo")
    trace.sent(call(7))
    trace.received(message(id=7, result={"content": []}))
    asked, answered = trace.frames()
    assert (asked.kind, asked.direction, asked.method, asked.about) == (
        "request",
        "out",
        "tools/call",
        "echo",
    )
    assert (answered.kind, answered.direction, answered.method) == ("answer", "in", "tools/call")
    assert (asked.peer, answered.peer) == (answered.number, asked.number)
    assert asked.latency == answered.latency == answered.moment - asked.moment
    assert (asked.status, answered.status, asked.error) == ("ok", "ok", False)


def test_both_sides_may_use_the_same_id_and_one_is_not_the_text_one() -> None:
    trace = Trace()
    trace.sent(call(1))
    trace.received(message(id=1, method="ping"))
    trace.sent(message(id=1, result={}))
    trace.received(message(id="1", result={}))
    trace.received(message(id=1, result={"isError": True}))
    ours, theirs, our_answer, stray, their_answer = trace.frames()
    assert (ours.peer, theirs.peer, stray.peer) == (their_answer.number, our_answer.number, 0)
    assert (ours.status, ours.error) == ("tool error", True)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (message(id=1, error={"code": -32601, "message": "no such method"}), "-32601 no such method"),
        (message(id=1, error="broken"), "error"),
        (message(id=1, result={"isError": True, "content": []}), "tool error"),
    ],
)
def test_errors_show_on_both_rows(answer: bytes, status: str) -> None:
    trace = Trace()
    trace.sent(call(1))
    trace.received(answer)
    assert [(frame.error, frame.status) for frame in trace.frames()] == [(True, status)] * 2


def test_a_cancelled_request_says_so_until_it_is_answered_after_all() -> None:
    trace = Trace()
    trace.sent(call(5))
    trace.sent(message(method="notifications/cancelled", params={"requestId": 5, "reason": "enough"}))
    asked, cancelled = trace.frames()
    assert (asked.status, asked.peer) == ("cancelled", cancelled.number)
    assert (cancelled.about, cancelled.id, cancelled.peer) == ("enough", "5", asked.number)
    trace.received(message(id=5, result={}))
    assert [frame.status for frame in trace.frames()] == ["ok", "", "ok"]


def test_a_new_connection_does_not_answer_for_the_old_one() -> None:
    trace = Trace()
    settings = quick()
    trace.begin(settings, {})
    trace.sent(call(1))
    trace.begin(settings, {})
    trace.received(message(id=1, result={}))
    frames = trace.frames()
    assert [frame.connection for frame in frames] == [1, 1, 2, 2]
    assert not any(frame.peer for frame in frames)


@pytest.mark.parametrize(
    "line", [b"[1, 2]", b"hello", b"{", b'{"jsonrpc": "2.0"}', b"\xff\xfe", b"[" * 3_000]
)
def test_what_is_no_message_is_a_row_too(line: bytes) -> None:
    trace = Trace()
    trace.received(line)
    (frame,) = trace.frames()
    assert (frame.kind, frame.size) == ("other", len(line))
    assert frame.about.isprintable()
    assert "message" in (trace.detail(1) or {})


def test_the_oldest_go_and_are_counted() -> None:
    trace = Trace(frames=100)
    for number in range(250):
        trace.sent(message(method="notifications/progress", params={"progress": number}))
    assert (trace.count, trace.dropped) == (100, 150)
    assert [frame.number for frame in trace.frames()] == list(range(151, 251))
    assert trace.frame(150) is None
    assert trace.detail(150) is None
    assert everything(trace)[0] == {"trace": "", "frames": 100, "dropped": 150}


def test_bytes_are_bounded_as_well() -> None:
    trace = Trace(size=1 << 20)
    for number in range(100):
        trace.received(message(id=number, result={"text": "x" * 50_000}))
    assert 15 <= trace.count <= 21
    assert trace.dropped == 100 - trace.count
    assert trace.bytes_in > 5_000_000


async def test_hostile_http_bodies_are_within_the_bound_too() -> None:
    from services.trace.frames import Exchange

    trace = Trace(size=1 << 20)
    for _ in range(2_000):
        exchange = Exchange("POST", "http://there/", b"a: b", 0.0)
        trace.exchanged(exchange)
        trace.bodied(exchange, b"x" * 100_000)
    assert trace.count < 130
    assert trace._weight <= (1 << 20) + 10_000


def test_of_a_huge_message_the_beginning_is_kept_and_its_true_size_known() -> None:
    trace = Trace()
    trace.sent(call(3))
    line = (
        b'{"result":{"content":[{"type":"text","text":"' + b"x" * (60 << 20) + b'"}]},"jsonrpc":"2.0","id":3}'
    )
    trace.received(line)
    asked, answered = trace.frames()
    assert (answered.size, answered.cut, answered.peer) == (len(line), True, asked.number)
    assert trace._weight <= KEPT_OF_ONE + 1_000
    detail = trace.detail(2)
    assert detail is not None
    assert detail["answer_bytes"] == len(line)
    assert detail["answer"].startswith(f"(the first {KEPT_OF_ONE:,} of {len(line):,} bytes) {{")


def test_a_refused_message_answers_its_request_all_the_same() -> None:
    trace = Trace()
    trace.sent(call(9))
    trace.received(Oversized(80 << 20, b'{"jsonrpc":"2.0","id":9,"result":{"content":[', b'"}]}}'))
    asked, answered = trace.frames()
    assert (answered.size, asked.peer, answered.status) == (80 << 20, answered.number, "ok")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (
            b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"big","arguments":{"a":"',
            "request",
        ),
        (b'{"method":"notifications/message","jsonrpc":"2.0","params":{"data":"', "notification"),
        (b'{"jsonrpc": "2.0", "id": "a\\"b", "error": {"code": 1, "message": "', "answer"),
    ],
)
def test_big_messages_are_told_apart_by_their_heads(head: bytes, kind: str) -> None:
    trace = Trace()
    trace.received(head + b"x" * 200_000 + b'"}}')
    (frame,) = trace.frames()
    assert frame.kind == kind
    assert frame.method or kind == "answer"


def test_news_are_what_came_and_what_was_answered_since() -> None:
    trace = Trace()
    trace.sent(call(1))
    trace.sent(call(2))
    news = trace.since()
    assert [(frame.number, frame.peer) for frame in news.frames] == [(1, 0), (2, 0)]
    assert trace.since(news.mark).frames == ()
    trace.received(message(id=1, result={}))
    later = trace.since(news.mark)
    assert {(frame.number, frame.peer) for frame in later.frames} == {(3, 1), (1, 3)}
    assert not later.more


def test_a_reader_gets_everything_in_pieces() -> None:
    trace = Trace(frames=1_000)
    for number in range(1_500):
        trace.sent(call(number))
    seen: list[int] = []
    mark, more = 0, True
    while more:
        news = trace.since(mark, 64)
        assert len(news.frames) <= 64
        mark, more = news.mark, news.more
        seen += [frame.number for frame in news.frames]
    assert seen == list(range(501, 1_501))
    assert news.oldest == 501


def test_looking_in_a_thread_while_it_grows() -> None:
    trace = Trace(frames=500)
    wrong: list[object] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            answers = (frame for frame in trace.frames() if frame.kind == "answer" and frame.peer)
            wrong.extend(frame for frame in answers if frame.peer != frame.number - 1)
            list(trace.lines())

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(8_000):
        trace.sent(call(number))
        trace.received(message(id=number, result={}))
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert wrong == []


def test_hostile_text_is_harmless_on_its_way_out() -> None:
    evil = "[/x][@click=app.quit]\x1b]0;owned\x07\u202eevil\ud800"
    trace = Trace("na\x1b[31mme")
    trace.sent(message(id=evil, method=evil, params={"name": evil}))
    trace.received(message(id=evil, error={"code": evil, "message": evil}))
    trace.note(evil, evil, {"x": evil})
    for frame in trace.frames():
        for text in (frame.method, frame.about, frame.id, frame.status):
            assert text.isprintable(), text
    for line in trace.lines():
        assert line.isprintable(), line


async def test_a_real_session_is_in_it_from_the_handshake_on() -> None:
    async with running(quick("q")) as (manager, _):
        await manager.call_tool("q", "echo", {"text": "hello"})
        with pytest.raises(JackfieldError):
            await manager.call_tool("q", "rpc_error", {"code": -32_000, "message": "no"})
        trace = manager.trace("q")
    frames = trace.frames()
    methods = [frame.method for frame in frames if frame.kind == "request"]
    assert methods[:2] == ["server/discover", "initialize"]
    assert {"tools/list", "prompts/list", "tools/call"} <= set(methods)
    calls = [frame for frame in frames if frame.method == "tools/call" and frame.kind == "request"]
    assert [(frame.about, frame.status) for frame in calls] == [("echo", "ok"), ("rpc_error", "-32000 no")]
    assert all(frame.latency for frame in calls)
    notes = [(frame.method, frame.about) for frame in frames if frame.kind == "note"]
    assert notes[:2] == [("starting", ""), ("connecting", "connection 1")]
    assert ("ready", "Quick 1, protocol 2025-11-25") in notes
    assert notes[-1][0] == "stopped"


async def test_it_outlives_the_connection_and_numbers_them() -> None:
    async with running(quick("q")) as (manager, _):
        trace = manager.trace("q")
        with pytest.raises(JackfieldError):
            await manager.call_tool("q", "die", {"status": 3})
        await until(lambda: manager.status("q").state != "ready")
        before = trace.count
        await manager.reconnect("q")
        await manager.settled(30)
        assert trace is manager.trace("q")
        assert trace.connection == 2
        assert trace.count > before
        assert any("status 3" in frame.about for frame in trace.frames() if frame.kind == "note")
        requests = [frame for frame in trace.frames() if frame.method == "initialize"]
        assert {frame.connection for frame in requests} == {1, 2}


async def test_junk_on_standard_output_is_seen() -> None:
    async with running(quick("q", "--junk")) as (manager, _):
        frames = manager.trace("q").frames()
    junk = [frame.about for frame in frames if frame.kind == "other"]
    assert "Welcome to quick 1.0!" in junk


def test_sixty_megabytes_go_by_at_the_cost_of_one() -> None:
    def seen(line: bytes) -> None:
        trace = Trace()
        trace.received(line)
        trace.since()

    start = b'{"jsonrpc":"2.0","id":1,"result":{"text":"'
    few, many = (start + b"y" * (size << 20) + b'"}}' for size in (1, 60))
    assert growth(seen, few, many) < 8


def test_it_is_saved_as_lines_that_only_its_owner_reads(tmp_path: Path) -> None:
    trace = Trace("we/ird na me")
    trace.begin(quick(), {})
    trace.sent(call(1, text="hi"))
    trace.received(message(id=1, result={"content": []}))
    path = trace_name(tmp_path, trace.server)
    assert path.name == "we_ird_na_me-trace.ndjson"
    size = write_traces([trace], path)
    assert path.stat().st_size == size
    assert path.stat().st_mode & 0o777 == 0o600
    head, note, asked, answered = (json.loads(line) for line in path.read_text().splitlines())
    assert head["frames"] == 3
    assert note["note"] == "connecting"
    assert asked["message"]["params"]["arguments"] == {"text": "hi"}
    assert (answered["peer"], answered["direction"], answered["kind"]) == (asked["n"], "in", "answer")
    assert answered["latency_ms"] >= 0
    assert trace_name(tmp_path, trace.server).name == "we_ird_na_me-trace-2.ndjson"


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(TraceNotSaved, match=r"cannot write .*No such file"):
        write_traces([Trace()], tmp_path / "nowhere" / "t.ndjson")
    assert list(tmp_path.iterdir()) == []
