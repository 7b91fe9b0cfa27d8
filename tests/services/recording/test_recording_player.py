"""Recordings as they are read, and the server that is made of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ConfigurationError
from services.recording.frames import RecordingFile
from services.recording.pace import Paced
from services.recording.player import Player
from services.recording.reading import Recorded, read_recording
from services.recording.script import script_of
from services.secrecy.redaction import Redactor
from services.settings import ServerSettings
from services.trace.file import write_traces
from services.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def request(number: Any, method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def told(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def answer(number: Any, **result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def player(*frames: tuple[str, dict[str, Any]]) -> Player:
    recorded: Iterable[Any] = (Recorded(way, message) for way, message in frames)  # type: ignore[arg-type]
    return Player(script_of(recorded))


def said(server: Player, message: dict[str, Any]) -> list[dict[str, Any]]:
    return [output.message for output in server.line(json.dumps(message))]


def call(number: Any, name: str, token: Any = None, **arguments: Any) -> dict[str, Any]:
    meta = {"_meta": {"progressToken": token}} if token is not None else {}
    return request(number, "tools/call", name=name, arguments=arguments, **meta)


def test_an_answer_is_that_of_the_same_params_else_of_the_same_name() -> None:
    server = player(
        ("out", call(1, "add", a=1)),
        ("in", answer(1, n="first")),
        ("out", call(2, "add", a=2)),
        ("in", answer(2, n="second")),
        ("out", call(3, "add", a=1)),
        ("in", answer(3, n="third")),
        ("out", request(4, "resources/read", uri="x://a")),
        ("in", {"jsonrpc": "2.0", "id": 4, "error": {"code": -32002, "message": "gone"}}),
    )
    assert said(server, call("a", "add", a=2)) == [answer("a", n="second")]
    assert said(server, call("b", "add", a=1)) == [answer("b", n="first")]
    assert said(server, call("c", "add", a=1)) == [answer("c", n="third")]
    assert said(server, call("d", "add", a=1)) == [answer("d", n="third")]
    assert said(server, call("e", "add", a=9)) == [answer("e", n="third")]
    assert said(server, request(5, "resources/read", uri="x://a"))[0]["error"]["code"] == -32002
    for unknown in (
        call(6, "sub"),
        request(7, "resources/read", uri="x://b"),
        request(8, "logging/setLevel"),
    ):
        (refused,) = said(server, unknown)
        assert (refused["id"], refused["error"]["code"]) == (unknown["id"], -32601)
        assert "the recording has no answer to" in refused["error"]["message"]
    assert said(server, request(9, "ping")) == [answer(9)]
    assert [output.message["error"]["code"] for output in server.line(b"{")] == [-32700]


def test_what_came_in_between_comes_again_in_order() -> None:
    progress = told("notifications/progress", progressToken="t", progress=1)
    log, changed = told("notifications/message", data="hi"), told("notifications/tools/list_changed")
    server = player(
        ("out", request(1, "initialize")),
        ("in", answer(1)),
        ("out", told("notifications/initialized")),
        ("in", changed),
        ("out", call(2, "slow", "t")),
        ("out", call(3, "fast")),
        ("in", answer(3)),
        ("in", progress),
        ("in", log),
        ("in", answer(2)),
        ("in", changed),
    )
    said(server, request(0, "initialize", protocolVersion="other"))
    assert said(server, told("notifications/initialized", _meta={})) == [changed]
    assert said(server, told("notifications/initialized")) == []
    mine = told("notifications/progress", progressToken=77, progress=1)
    assert said(server, call(5, "slow", 77)) == [mine, log, answer(5), changed]
    assert said(server, call(6, "slow")) == [log, answer(6), changed]
    assert said(server, call(7, "fast")) == [answer(7)]


def test_a_question_of_the_server_is_asked_and_its_answer_waited_for() -> None:
    server = player(
        ("out", call(1, "ask")),
        ("in", request(1, "elicitation/create", message="name?")),
        ("out", answer(1, action="decline")),
        ("in", answer(1, done=True)),
    )
    (question,) = said(server, call("x", "ask"))
    assert (question["method"], question["id"] != "x") == ("elicitation/create", True)
    assert said(server, call("y", "ask"))[0]["id"] != question["id"]
    assert said(server, answer("unknown")) == []
    assert said(server, answer(question["id"], action="accept")) == [answer("x", done=True)]
    said(server, told("notifications/cancelled", requestId="y"))


def test_a_stream_of_news_stays_open_and_names_its_request() -> None:
    key = "io.modelcontextprotocol/subscriptionId"
    news = told("notifications/tools/list_changed", _meta={key: 1})
    server = player(
        ("out", request(1, "subscriptions/listen")),
        ("in", news),
        ("out", call(2, "add")),
        ("in", told("notifications/message", data="of the call")),
        ("in", answer(2)),
    )
    assert said(server, request(9, "subscriptions/listen")) == [
        told("notifications/tools/list_changed", _meta={key: 9})
    ]
    assert said(server, call(3, "add")) == [told("notifications/message", data="of the call"), answer(3)]


def timed(*frames: tuple[float, str, dict[str, Any]], longest: float) -> Player:
    recorded: Iterable[Any] = (Recorded(way, message, at=at) for at, way, message in frames)  # type: ignore[arg-type]
    return Player(script_of(recorded), longest)


def waits(server: Player, message: dict[str, Any]) -> list[float]:
    return [round(output.wait, 3) for output in server.line(json.dumps(message))]


def test_the_pace_is_that_of_the_recording_within_a_bound() -> None:
    progress = told("notifications/progress", progressToken="t", progress=1)
    frames = (
        (0.0, "out", call(1, "slow", "t")),
        (0.5, "out", call(2, "ask")),
        (1.0, "in", progress),
        (2.0, "in", request(7, "elicitation/create", message="name?")),
        (99.0, "out", answer(7, action="accept")),
        (99.25, "in", answer(2)),
        (104.0, "in", answer(1)),
        (104.5, "in", told("notifications/tools/list_changed")),
        (104.0, "out", told("notifications/initialized")),
        (103.0, "in", told("notifications/message", data="a clock that was set back")),
    )
    server = timed(*frames, longest=10.0)
    assert waits(server, call("a", "slow", "t")) == [1.0, 11.0, 11.5]  # 103 s in between, of which 10
    (question,) = server.line(json.dumps(call("b", "ask")))
    assert question.wait == 1.5
    assert waits(server, answer(question.message["id"], action="accept")) == [0.25]
    assert waits(server, told("notifications/initialized")) == [0.0]
    assert waits(timed(*frames, longest=0.0), call("a", "slow", "t")) == [0.0, 0.0, 0.0]


def test_what_is_due_is_said_and_what_was_given_up_is_not() -> None:
    heard: list[str] = []
    server = timed(
        *((0.0, "out", call(1, "slow")), (0.2, "in", answer(1))),
        *((0.0, "out", call(2, "fast")), (0.05, "in", answer(2))),
        *((0.0, "out", call(3, "gone")), (0.1, "in", answer(3))),
        longest=10.0,
    )
    paced = Paced(lambda output: heard.append(output.message["id"]) if server.is_wanted(output) else None)
    for message in (call("slow", "slow"), call("gone", "gone"), call("fast", "fast"), request("p", "ping")):
        paced.take(server.line(json.dumps(message)))
    paced.take(server.line(json.dumps(told("notifications/cancelled", requestId="gone"))))
    paced.finish()
    assert heard == ["p", "fast", "slow"]


def written(path: Path, *frames: tuple[str, bytes], redactor: Redactor | None = None) -> Path:
    with RecordingFile(path, "stdio", "srv", redactor) as recording:
        for way, data in frames:
            recording.put(way, data)  # type: ignore[arg-type]
    return path


def test_a_recording_is_masked_and_added_to_and_found_again(tmp_path: Path) -> None:
    redactor = Redactor()
    redactor.learn_settings(ServerSettings("s", env={"API_KEY": "k-secret-1"}), {})
    asked = json.dumps(call(1, "login", password="hunter2", text="k-secret-1")).encode()
    path = written(tmp_path / "r" / "a.jsonl", ("out", asked), ("in", b"noise"), redactor=redactor)
    written(path, ("in", json.dumps(answer(1, ok=1)).encode()), redactor=redactor)
    text = path.read_text("utf-8")
    assert "hunter2" not in text
    assert "k-secret-1" not in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert [json.loads(line).get("text") for line in text.splitlines()] == [None, None, "noise", None, None]
    with path.open("ab") as file:
        file.write(b'{"at": "cut o')
    written(path)
    recording = read_recording(path)
    assert (len(recording.frames), recording.cut) == (2, 1)
    server = Player(script_of(recording.frames))
    assert said(server, call(7, "login", password="other", text="*****")) == [answer(7, ok=1)]
    for content in (b'{"a": 1}\n', b"text\n", b"[]"):
        path.write_bytes(content)
        with pytest.raises(ConfigurationError, match="is no recording"):
            RecordingFile(path, "stdio", "srv", None)
        assert path.read_bytes() == content


def test_saved_traces_and_recordings_of_mcporter_are_read(tmp_path: Path) -> None:
    trace = Trace("srv")
    trace.sent(json.dumps(call(1, "add", a=1)).encode())
    trace.received(json.dumps(answer(1, n="t" * 50)).encode())
    trace.received(b'{"jsonrpc": "2.0", "id": 2, "result": "' + b"x" * (2 << 20) + b'"}')
    write_traces([trace], tmp_path / "t.ndjson")
    recording = read_recording(tmp_path / "t.ndjson")
    assert (recording.servers, recording.cut) == (("srv",), 1)
    assert said(Player(script_of(recording.frames)), call(5, "add", a=1)) == [answer(5, n="t" * 50)]

    lines = [
        {"_meta": {"dir": "lifecycle", "server": "linear", "event": "start"}},
        call(1, "list") | {"_meta": {"dir": "send", "server": "linear", "ts": "2026-05-16T12:00:00.000Z"}},
        call(1, "other") | {"_meta": {"dir": "send", "server": "slack"}},
        answer(1, content=[]) | {"_meta": {"dir": "recv", "server": "linear"}},
    ]
    path = tmp_path / "m.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    recording = read_recording(path)
    assert recording.servers == ("linear", "slack")
    assert said(Player(script_of(recording.of("linear").frames)), call(3, "list")) == [answer(3, content=[])]


@pytest.mark.parametrize(
    ("content", "told"),
    [("", "holds no messages"), ("{}\n", "holds no messages"), ("x\n", "first line"), ("[1]", "first line")],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "x"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigurationError, match=told):
        read_recording(path)
    with pytest.raises(ConfigurationError, match="cannot read"):
        read_recording(tmp_path)
