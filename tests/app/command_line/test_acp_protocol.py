"""`jackfield acp` as JSON-RPC over a pipe: what is no message, how it opens, and how it ends."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line.acp import serve as serving
from tests.app.command_line.acp_stage import home_with
from tests.app.command_line.app_server_stage import SECONDS, Driver
from tests.app.command_line.connect_stage import jackfield, quick, run_here, starting
from tests.services.model.wire import KEY, Provider, provider
from tests.support.processes import alive
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Raw(Driver):
    """An editor that writes lines itself."""

    def open(self, version: Any = 1, **capabilities: Any) -> dict[str, Any]:
        return self.ask("initialize", protocolVersion=version, clientCapabilities=capabilities)

    def begin_session(self, directory: Path, *servers: dict[str, Any]) -> str:
        return str(self.ask("session/new", cwd=str(directory), mcpServers=list(servers))["sessionId"])


@contextmanager
def raw(home: Path) -> Iterator[Raw]:
    with starting("acp", home=home, environ={"KEY": KEY}, stdin=-1, stderr=-1) as process:
        try:
            yield Raw(process)
        finally:
            process.kill()


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


def test_how_it_opens(there: Provider, tmp_path: Path) -> None:
    with raw(home_with(tmp_path, there)) as driver:
        assert driver.refused("session/new", cwd="/", mcpServers=[])["code"] == -32002
        told = driver.open(99)
        assert told["protocolVersion"] == 1
        assert told["agentInfo"]["name"] == "jackfield"
        can = told["agentCapabilities"]
        assert can["loadSession"] is True
        assert can["promptCapabilities"] == {"image": True, "audio": False, "embeddedContext": True}
        assert can["mcpCapabilities"] == {"http": True, "sse": True, "acp": False}
        assert set(can["sessionCapabilities"]) == {"list", "resume", "close", "additionalDirectories"}
        assert driver.refused("initialize", protocolVersion=1)["code"] == -32600
        for method in ("session/fork", "session/delete", "session/set_mode", "logout"):
            assert driver.refused(method)["code"] == -32601


@pytest.mark.parametrize("version", ["2025-01-01", 0])
def test_other_versions_are_told_ours(there: Provider, tmp_path: Path, version: Any) -> None:
    with raw(home_with(tmp_path, there)) as driver:
        assert driver.open(version)["protocolVersion"] == 1


def test_garbage_is_refused_and_the_next_line_heard(there: Provider, tmp_path: Path) -> None:
    with raw(home_with(tmp_path, there)) as driver:
        driver.open()
        for line, code in ((b"nonsense", -32700), (b"5", -32600), (b"[]", -32600), (b"\xff", -32700)):
            driver.raw(line + b"\n")
            assert driver.answer(None)["error"]["code"] == code
        driver.send(method="session/cancel", params={"sessionId": "nobody"})
        driver.send(method="session/cancel", params={})
        driver.send(method="nobody/knows")
        driver.send(id=77, result={"to": "nothing"})
        assert driver.refused("session/prompt", sessionId="x", prompt=[])["code"] == -32602
        assert driver.refused("session/prompt", sessionId=1)["code"] == -32602
        # What an editor says beside the protocol's keys never takes their place.
        meta = {"cwd": "/nowhere", "mcp_servers": "x"}
        begun = driver.ask("session/new", cwd=str(tmp_path), mcpServers=[], _meta=meta)
        assert begun["sessionId"]


def test_a_request_is_cancelled(there: Provider, tmp_path: Path) -> None:
    with raw(
        home_with(tmp_path, there, quick=quick(more='default_tools_approval_mode = "approve"'))
    ) as driver:
        driver.open()
        session = driver.begin_session(tmp_path)
        there.call = ("mcp__quick__sleep", {"seconds": 600})
        id = driver.begin("session/prompt", sessionId=session, prompt=[{"type": "text", "text": "hello"}])
        driver.until(lambda one: _status(one) == "in_progress")
        driver.send(method="$/cancel_request", params={"requestId": id})
        assert driver.answer(id)["error"]["code"] == -32800


def test_a_question_that_is_withdrawn_is_told(there: Provider, tmp_path: Path) -> None:
    with raw(home_with(tmp_path, there, quick=quick())) as driver:
        driver.open()
        session = driver.begin_session(tmp_path)
        there.call = ("mcp__quick__echo", {"text": "hi"})
        id = driver.begin("session/prompt", sessionId=session, prompt=[{"type": "text", "text": "hello"}])
        asked = driver.news("session/request_permission")
        driver.send(method="session/cancel", params={"sessionId": session})
        driver.news("$/cancel_request", requestId=asked["id"])
        driver.send(id=asked["id"], result={"outcome": {"outcome": "cancelled"}})
        assert driver.answer(id)["result"] == {"stopReason": "cancelled"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are looked at in /proc")
@pytest.mark.parametrize("way", ["leaves", "hangs up", "is killed with a turn under way"])
def test_nothing_stays_when_the_editor_goes(there: Provider, tmp_path: Path, way: str) -> None:
    approve = quick(more='default_tools_approval_mode = "approve"')
    with raw(home_with(tmp_path, there, quick=approve)) as driver:
        driver.open()
        session = driver.begin_session(tmp_path)
        there.call = ("mcp__quick__sleep", {"seconds": 600})
        driver.begin("session/prompt", sessionId=session, prompt=[{"type": "text", "text": "hello"}])
        driver.until(lambda one: _status(one) == "in_progress")
        pids = _descendants(driver.process.pid)
        assert pids
        if way == "leaves":
            assert driver.leave() == 0
        elif way == "hangs up":
            driver.hang_up()
            driver.begin("nobody/knows")
            driver.process.wait(SECONDS)
        else:
            driver.process.kill()
            driver.process.wait(SECONDS)
        wait_until(lambda: not any(alive(pid) for pid in pids), "the end of the servers", SECONDS)


def test_without_the_library_one_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setattr(serving, "find_spec", lambda _: None)
    done = run_here(["acp"], capfdbinary)
    assert (done.status, done.out) == (2, "")
    assert "pip install 'jackfield[acp,chat]'" in done.err and len(done.err.splitlines()) == 2


def test_a_configuration_that_cannot_be_read_is_said_before(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("no toml", encoding="utf-8")
    done = jackfield("acp", home=tmp_path, stdin=b"")
    assert (done.status, done.out) == (2, "") and "is not TOML" in done.err


def _status(message: Any) -> str:
    return str(message.get("params", {}).get("update", {}).get("status", ""))


def _descendants(pid: int) -> list[int]:
    """The processes below one, as Linux lists them."""
    from pathlib import Path

    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text(encoding="ascii").split()):
            found += [child, *_descendants(child)]
    return found


def test_messages_are_lines_of_json(there: Provider, tmp_path: Path) -> None:
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}})
    done = jackfield("acp", home=home_with(tmp_path, there), stdin=f"{line}\n".encode(), environ={"KEY": KEY})
    (answer,) = done.out.splitlines()
    assert done.status == 0 and json.loads(answer)["id"] == 1
