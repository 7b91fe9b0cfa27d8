"""The quick server does what its options say, seen at the level of raw JSON-RPC messages."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.servers import QUICK
from tests.servers.quick_catalog import ARGUMENTS, HOSTILE
from tests.servers.quick_tools import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 10.0
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "test", "version": "1"},
}


class Raw:
    """A quick server's process and its messages."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.errors: list[bytes] = []
        for source, sink in ((process.stdout, self.lines.put), (process.stderr, self.errors.append)):
            threading.Thread(
                target=lambda s, k: [k(line) for line in s], args=(source, sink), daemon=True
            ).start()

    def send(self, **message: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def next(self) -> Any:
        """The next message."""
        return json.loads(self.lines.get(timeout=PATIENCE))

    def request(self, method: str, **params: Any) -> Any:
        """A request's result, when the next message is its answer."""
        self.send(id=1, method=method, params=params)
        message = self.next()
        assert message["id"] == 1, message
        return message.get("result", message.get("error"))

    def call(self, tool: str, **arguments: Any) -> Any:
        return self.request("tools/call", name=tool, arguments=arguments)

    def text(self, tool: str, **arguments: Any) -> str:
        return str(self.call(tool, **arguments)["content"][0]["text"])

    def initialize(self) -> Any:
        result = self.request("initialize", **INITIALIZE)
        self.send(method="notifications/initialized")
        return result

    def close_stdin(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def ended(self, status: int) -> bool:
        return self.process.wait(PATIENCE) == status

    def said(self, line: bytes) -> bool:
        """Whether standard error comes to hold the line."""
        return holds(lambda: line + b"\n" in self.errors)


def holds(condition: Any, seconds: float = PATIENCE) -> bool:
    """Whether a condition comes to hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def quick(*options: str) -> Iterator[Raw]:
    """A quick server, killed at the end."""
    pipe = subprocess.PIPE
    command = [sys.executable, str(QUICK), *options]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield Raw(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server() -> Iterator[Raw]:
    """One well-behaved server for many tests."""
    with quick() as raw:
        assert raw.initialize()["protocolVersion"] == "2025-11-25"
        yield raw


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# -- tools ---------------------------------------------------------------------------------------------


def test_starts_quickly_for_it_imports_the_standard_library_alone() -> None:
    command = [sys.executable, "-X", "importtime", str(QUICK)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "tests.servers.quick_wire" in imported
    slow = {"asyncio", "httpx2", "mcp", "pydantic", "textual", "urllib.request"}
    assert not slow & imported


def test_lists_and_reads(server: Raw) -> None:
    assert [tool["name"] for tool in server.request("tools/list")["tools"]] == list(ARGUMENTS)
    resources = server.request("resources/list")["resources"]
    contents = [server.request("resources/read", uri=item["uri"])["contents"][0] for item in resources]
    assert [item["mimeType"] for item in contents] == [item["mimeType"] for item in resources]
    templates = server.request("resources/templates/list")["resourceTemplates"]
    assert templates[0]["uriTemplate"] == "quick://item/{number}"
    assert server.request("resources/read", uri="quick://item/7")["contents"][0]["text"] == "This is item/7."
    assert server.request("resources/read", uri="quick://none")["code"] == -32002
    assert [prompt["name"] for prompt in server.request("prompts/list")["prompts"]] == ["plain", "greet"]
    greeting = server.request("prompts/get", name="greet", arguments={"name": "Ada"})
    assert greeting["messages"][0]["content"]["text"] == "greet for Ada"
    completed = server.request(
        "completion/complete",
        ref={"type": "ref/prompt", "name": "greet"},
        argument={"name": "name", "value": "b"},
    )
    assert completed["completion"]["values"] == ["beta"]
    assert server.request("ping") == {}
    assert server.request("server/discover")["code"] == -32601


def test_answers(server: Raw) -> None:
    assert server.text("echo", text="hello") == "hello"
    assert server.text("sleep", seconds=0.01) == "slept 0.01 s"
    assert len(server.text("big", bytes=123_456)) == 123_456
    assert server.call("structured")["structuredContent"] == {"count": "three"}
    assert server.call("rpc_error") | {"data": 0} == {"code": -32050, "message": "no line", "data": 0}
    assert server.call("rpc_error", code=-1, message="x")["code"] == -1
    assert server.call("no_such_tool")["code"] == -32602
    assert server.call("echo", nonsense=1)["code"] == -32602


@pytest.mark.parametrize("kind", KINDS)
def test_bad_results(server: Raw, kind: str) -> None:
    assert server.call("bad_result", kind=kind) == KINDS[kind]


def test_sleep_can_be_cancelled(server: Raw) -> None:
    server.send(id=9, method="tools/call", params={"name": "sleep", "arguments": {"seconds": 300}})
    server.send(method="notifications/cancelled", params={"requestId": 9})
    assert server.said(b"cancelled sleep")
    assert server.text("echo", text="next") == "next"


def test_progress(server: Raw) -> None:
    params = {"name": "progress", "arguments": {"steps": 2, "delay": 0}, "_meta": {"progressToken": "p"}}
    server.send(id=1, method="tools/call", params=params)
    notes = [server.next()["params"] for _ in range(2)]
    assert notes[1] == {"progressToken": "p", "progress": 2, "total": 2, "message": "step 2"}
    assert server.next()["result"]["content"][0]["text"] == "2 steps"


def test_flood_on_standard_error(server: Raw) -> None:
    assert server.text("flood_stderr", lines=5000) == "5000 lines"
    assert server.said(b"flood line 0")
    assert server.said(b"flood line 4999")


@pytest.mark.parametrize("what", ["tools", "resources", "prompts"])
def test_list_changes(server: Raw, what: str) -> None:
    params = {"name": "notify_list_changed", "arguments": {"what": what}}
    server.send(id=1, method="tools/call", params=params)
    assert server.next()["method"] == f"notifications/{what}/list_changed"
    name = server.next()["result"]["content"][0]["text"].rpartition(" ")[2]
    assert name in [item["name"] for item in server.request(f"{what}/list")[what]]


def test_ask_returns_what_it_got(server: Raw) -> None:
    server.send(id=1, method="tools/call", params={"name": "ask"})
    question = server.next()
    assert question["method"] == "elicitation/create"
    assert question["params"]["requestedSchema"]["required"] == ["name"]
    answer = {"action": "accept", "content": {"name": "Ada"}}
    server.send(id=question["id"], result=answer)
    assert json.loads(server.next()["result"]["content"][0]["text"]) == answer


def test_ask_several_at_once_by_url(server: Raw) -> None:
    server.send(id=1, method="tools/call", params={"name": "ask", "arguments": {"mode": "url", "count": 2}})
    questions = [server.next(), server.next()]
    assert [question["params"]["mode"] for question in questions] == ["url", "url"]
    for question in questions:
        server.send(id=question["id"], error={"code": -32600, "message": "no"})
    assert (
        json.loads(server.next()["result"]["content"][0]["text"]) == [{"code": -32600, "message": "no"}] * 2
    )


def test_questions_are_withdrawn(server: Raw) -> None:
    params = {"name": "ask", "arguments": {"withdraw_after": 0.05}}
    server.send(id=1, method="tools/call", params=params)
    question = server.next()
    withdrawn = server.next()
    assert withdrawn["method"] == "notifications/cancelled"
    assert withdrawn["params"]["requestId"] == question["id"]
    assert server.next()["result"]["content"][0]["text"] == "withdrawn"


def test_questions_of_a_cancelled_call_are_withdrawn(server: Raw) -> None:
    server.send(id=9, method="tools/call", params={"name": "ask"})
    question = server.next()
    server.send(method="notifications/cancelled", params={"requestId": 9})
    assert server.next()["params"]["requestId"] == question["id"]
    assert server.text("echo", text="next") == "next"


def test_die() -> None:
    with quick() as raw:
        raw.initialize()
        raw.send(id=1, method="tools/call", params={"name": "die", "arguments": {"status": 5}})
        assert raw.ended(5)
        assert raw.said(b"dying")


# -- options -------------------------------------------------------------------------------------------


def every_page(raw: Raw, what: str) -> list[list[str]]:
    """The names on each page of a list."""
    pages, cursor = [], None
    while True:
        page = raw.request(f"{what}/list", **({"cursor": cursor} if cursor else {}))
        pages.append([item["name"] for item in page[what]])
        cursor = page.get("nextCursor")
        if cursor is None:
            return pages


def test_pages() -> None:
    with quick("--tools", "5", "--resources", "4", "--page-size", "4") as raw:
        raw.initialize()
        pages = every_page(raw, "tools")
        assert [len(page) for page in pages] == [4, 4, 4, 4]
        assert pages[-1] == ["filler_2", "filler_3", "filler_4", "filler_5"]
        assert [len(page) for page in every_page(raw, "resources")] == [4, 3]
        assert raw.text("filler_3") == "filler_3 did nothing"


def test_repeated_cursor() -> None:
    with quick("--page-size", "2", "--repeat-cursor") as raw:
        raw.initialize()
        first = raw.request("tools/list")
        second = raw.request("tools/list", cursor=first["nextCursor"])
        assert first["tools"] != second["tools"]
        assert first["nextCursor"] == second["nextCursor"]


def test_slow_start() -> None:
    with quick("--slow-start", "0.3") as raw:
        started = time.monotonic()
        raw.initialize()
        assert time.monotonic() - started >= 0.3


def test_slow_start_ends_when_standard_input_closes() -> None:
    with quick("--slow-start", "300") as raw:
        raw.send(id=1, method="initialize", params=INITIALIZE)
        raw.close_stdin()
        assert raw.ended(0)


def test_no_resources() -> None:
    with quick("--no-resources") as raw:
        assert "resources" not in raw.initialize()["capabilities"]
        assert raw.request("resources/list")["code"] == -32601


def test_hostile_everywhere() -> None:
    with quick("--hostile") as raw:
        found = raw.initialize()
        assert raw.next()["params"] == {"level": "warning", "logger": HOSTILE, "data": f"log{HOSTILE}"}
        assert found["serverInfo"]["name"] == f"quick{HOSTILE}"
        assert HOSTILE in found["instructions"]
        for what in ("tools", "resources", "prompts"):
            for item in raw.request(f"{what}/list")[what]:
                assert all(HOSTILE in item[key] for key in ("name", "title", "description"))
        tool = raw.request("tools/list")["tools"][0]
        assert f"extra{HOSTILE}" in tool["inputSchema"]["properties"]
        assert raw.text(tool["name"], text="hi") == raw.text("echo", text="hi") == f"hi{HOSTILE}"
        assert HOSTILE in raw.call("rpc_error")["message"]
        uri = raw.request("resources/list")["resources"][0]["uri"]
        assert HOSTILE in raw.request("resources/read", uri=uri)["contents"][0]["text"]
        raw.send(id=1, method="tools/call", params={"name": "ask"})
        question = raw.next()["params"]
        assert HOSTILE in question["message"]
        assert question["requestedSchema"]["properties"]["choice"]["title"] == HOSTILE
        assert holds(lambda: any(b"\x1b]52;" in line for line in raw.errors))
        assert holds(lambda: any(b"\xff\xfe" in line for line in raw.errors))


def test_exit_at_start() -> None:
    with quick("--exit-at-start", "3") as raw:
        assert raw.ended(3)
        assert raw.said(b"boom")
        assert raw.errors[-1] == b"boom\n"


def test_junk() -> None:
    with quick("--junk") as raw:
        junk = [raw.lines.get(timeout=PATIENCE) for _ in range(6)]
        assert junk[0] == b"Welcome to quick 1.0!\n"
        assert raw.initialize()["protocolVersion"] == "2025-11-25"


def test_silent() -> None:
    with quick("--silent") as raw:
        raw.send(id=1, method="initialize", params=INITIALIZE)
        with pytest.raises(queue.Empty):
            raw.lines.get(timeout=0.3)
        raw.close_stdin()
        assert raw.ended(0)


def test_ends_when_standard_input_closes() -> None:
    with quick() as raw:
        raw.initialize()
        raw.send(id=1, method="tools/call", params={"name": "sleep", "arguments": {"seconds": 300}})
        raw.close_stdin()
        assert raw.ended(0)


def test_ends_on_sigterm() -> None:
    with quick() as raw:
        raw.initialize()
        raw.process.terminate()
        assert raw.ended(-signal.SIGTERM)


def test_ignores_sigterm_and_the_end_of_standard_input() -> None:
    with quick("--ignore-sigterm", "--ignore-stdin-close") as raw:
        raw.initialize()
        raw.process.terminate()
        assert raw.text("echo", text="still here") == "still here"
        raw.close_stdin()
        with pytest.raises(subprocess.TimeoutExpired):
            raw.process.wait(0.3)
        raw.process.kill()
        assert raw.ended(-signal.SIGKILL)


@needs_proc
def test_a_grandchild_holds_the_streams(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with quick("--grandchild", "--pid-file", str(pids)) as raw:
        raw.initialize()
        pid = int(pids.read_text())
        try:
            assert Path(f"/proc/{pid}/fd/1").readlink() == Path(f"/proc/{raw.process.pid}/fd/1").readlink()
            raw.close_stdin()
            assert raw.ended(0)
            assert alive(pid)
        finally:
            os.kill(pid, signal.SIGKILL)


@needs_proc
def test_a_wrapper_exits_and_the_server_stays(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with quick("--wrapper-exits", "--pid-file", str(pids)) as raw:
        assert raw.ended(0)
        raw.initialize()
        assert raw.text("echo", text="from the copy") == "from the copy"
        pid = int(pids.read_text())
        assert alive(pid)
        raw.close_stdin()
        assert holds(lambda: not running(pid))


def running(pid: int) -> bool:
    """Whether a process that is not our child runs; nobody may be there to reap it."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
