"""Servers through `jackfield app-server`: status, calls, resources, reloading, questions, and the end."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.connect_stage import configuration, quick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MISSING = 'command = "no-such-program"'
OFF = 'command = "true"\nenabled = false'
FIELD = {"name": "Ada"}


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """One program with a server that works, one that cannot, and one that is switched off."""
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_text(
        configuration(quick=quick(), missing=MISSING, off=OFF), encoding="utf-8"
    )
    with driving(home) as driver:
        driver.open()
        driver.news("mcpServer/startupStatus/updated", name="quick", status="starting")
        driver.news("mcpServer/startupStatus/updated", name="quick", status="ready", state="ready")
        failed = driver.news("mcpServer/startupStatus/updated", name="missing", status="failed")
        assert "no-such-program" in failed["error"]
        yield driver


def call(driver: Driver, tool: str, **arguments: Any) -> int:
    return driver.begin("mcpServer/tool/call", server="quick", tool=tool, arguments=arguments)


def test_the_list_has_pages_and_details(driver: Driver) -> None:
    whole = driver.ask("mcpServerStatus/list")
    assert [one["name"] for one in whole["data"]] == ["quick", "missing", "off"]
    assert [one["runtimeStatus"] for one in whole["data"]] == ["connected", "failed", "disabled"]
    quick = whole["data"][0]
    assert quick["tools"]["echo"]["inputSchema"]["type"] == "object" and quick["resources"]
    assert quick["serverInfo"]["name"] == "Quick" and quick["pid"] and quick["protocolVersion"]
    assert quick["counts"]["tools"] == len(quick["tools"])
    first = driver.ask("mcpServerStatus/list", limit=2, detail="toolsAndAuthOnly")
    assert len(first["data"]) == 2 and first["data"][0]["tools"] and not first["data"][0]["resources"]
    last = driver.ask("mcpServerStatus/list", limit=2, cursor=first["nextCursor"], detail="statusOnly")
    assert [one["name"] for one in last["data"]] == ["off"] and last["nextCursor"] is None
    (one,) = driver.ask("mcpServerStatus/list", serverName="quick", detail="statusOnly")["data"]
    assert one["tools"] == {} and one["counts"]["tools"] > 0


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"cursor": "gone"}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"limit": "2"}, "limit"),
        ({"detail": "some"}, "detail"),
        ({"serverName": "quikc"}, "quikc"),
    ],
)
def test_a_list_that_cannot_be(driver: Driver, params: dict[str, Any], words: str) -> None:
    error = driver.refused("mcpServerStatus/list", **params)
    assert error["code"] == -32602 and words in error["message"], error


def test_calls_run_side_by_side(driver: Driver) -> None:
    slow = call(driver, "sleep", seconds=0.5)
    quick = driver.ask("mcpServer/tool/call", server="quick", tool="echo", arguments={"text": "hi"})
    assert quick["content"] == [{"type": "text", "text": "hi"}] and quick["isError"] is False
    assert not any(one.get("id") == slow for one in driver.told)
    assert driver.answer(slow)["result"]["content"][0]["text"] == "slept 0.5 s"
    driver.raw(
        b'{"id": "n", "method": "mcpServer/tool/call", "params": {"server": "quick", "tool": "structured"}}\n'
    )
    result = driver.answer("n")["result"]
    assert result["structuredContent"] == {"count": "three"} and result["faults"]


def test_progress_comes_with_the_request_it_belongs_to(driver: Driver) -> None:
    number = call(driver, "progress", steps=3, delay=0.02)
    driver.answer(number)
    steps = [one["params"] for one in driver.told if one.get("method") == "mcpServer/tool/progress"]
    assert [(one["requestId"], one["progress"], one["total"]) for one in steps] == [
        (number, step, 3) for step in (1, 2, 3)
    ]
    assert steps[0]["message"] == "step 1"


def test_a_cancelled_call_ends_at_once(driver: Driver) -> None:
    number = call(driver, "sleep", seconds=60)
    driver.send(method="$/cancelRequest", params={"id": number})
    assert driver.answer(number)["error"]["code"] == -32800
    again = call(driver, "sleep", seconds=60)
    driver.send(id=again, method="mcpServerStatus/list")
    assert "under way" in driver.answer(again)["error"]["message"]
    driver.send(method="$/cancelRequest", params={"id": again})
    assert driver.answer(again)["error"]["code"] == -32800


@pytest.mark.parametrize(
    ("params", "code", "reason"),
    [
        ({"server": "quikc", "tool": "echo"}, -32602, "unknown_server"),
        ({"server": "quick", "tool": "ecoh"}, -32602, "unknown_tool"),
        ({"server": "missing", "tool": "echo"}, -32000, "not_ready"),
        ({"server": "off", "tool": "echo"}, -32000, "not_ready"),
        ({"server": "quick", "tool": "rpc_error"}, -32000, "server_error"),
    ],
)
def test_a_call_that_fails_says_how(driver: Driver, params: dict[str, Any], code: int, reason: str) -> None:
    error = driver.refused("mcpServer/tool/call", **params)
    assert (error["code"], error["data"]["reason"]) == (code, reason), error
    if reason == "server_error":
        assert error["data"]["code"] == -32050


@pytest.mark.parametrize("arguments", [[1], "x", 5])
def test_arguments_that_are_no_object(driver: Driver, arguments: object) -> None:
    error = driver.refused("mcpServer/tool/call", server="quick", tool="echo", arguments=arguments)
    assert error["code"] == -32602 and "arguments" in error["message"]


def test_a_resource_is_read(driver: Driver) -> None:
    (status,) = driver.ask("mcpServerStatus/list", serverName="quick")["data"]
    uri = status["resources"][0]["uri"]
    contents = driver.ask("mcpServer/resource/read", server="quick", uri=uri)["contents"]
    assert contents[0]["uri"] == uri
    assert driver.refused("mcpServer/resource/read", server="quick", uri="nowhere://x")["code"] == -32000


# Questions.


@pytest.mark.parametrize(
    ("answer", "told", "warned"),
    [
        ({"result": {"action": "accept", "content": FIELD}}, {"action": "accept", "content": FIELD}, ""),
        ({"result": {"action": "decline"}}, {"action": "decline"}, ""),
        ({"result": {"action": "cancel"}}, {"action": "cancel"}, ""),
        ({"result": {"action": "accept", "content": {"age": "x"}}}, {"action": "cancel"}, "fit the form"),
        ({"result": {"action": "accept"}}, {"action": "cancel"}, "fit the form"),
        ({"result": {"action": "perhaps"}}, {"action": "cancel"}, "cannot be used"),
        ({"result": [1]}, {"action": "cancel"}, "cannot be used"),
        ({"result": None}, {"action": "cancel"}, "cannot be used"),
        ({"error": {"code": -32601, "message": "no such method"}}, {"action": "decline"}, "no such method"),
        ({"error": "nonsense"}, {"action": "decline"}, "an error"),
    ],
)
def test_a_form_is_answered_by_the_driver(
    driver: Driver, answer: dict[str, Any], told: dict[str, Any], warned: str
) -> None:
    number = call(driver, "ask")
    asked = driver.news("mcpServer/elicitation/request", serverName="quick", mode="form")
    assert asked["params"]["requestedSchema"]["required"] == ["name"]
    driver.send(id=asked["id"], **answer)
    (block,) = driver.answer(number)["result"]["content"]
    assert told.items() <= json.loads(block["text"]).items()
    if warned:
        message = driver.news("warning")["message"]
        assert warned in message and "quick" in message


def test_a_page_is_visited_by_the_driver(driver: Driver) -> None:
    number = call(driver, "ask", mode="url")
    asked = driver.news("mcpServer/elicitation/request", mode="url")
    assert asked["params"]["url"] == "https://example.com/q"
    driver.send(id=asked["id"], result={"action": "accept"})
    assert '"accept"' in driver.answer(number)["result"]["content"][0]["text"]


def test_a_question_that_is_taken_back_is_told(driver: Driver) -> None:
    number = call(driver, "ask")
    asked = driver.news("mcpServer/elicitation/request")
    driver.send(method="$/cancelRequest", params={"id": number})
    assert driver.answer(number)["error"]["code"] == -32800
    assert driver.news("serverRequest/resolved", requestId=asked["id"])["reason"]
    driver.send(id=asked["id"], result={"action": "accept", "content": FIELD})  # too late, and no harm


# Programs of their own.


def test_another_configuration_is_lived_by(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(configuration(one=quick(), two=quick()), encoding="utf-8")
    with driving(tmp_path) as driver:
        driver.open()
        driver.news("mcpServer/startupStatus/updated", name="two", status="ready")
        changed = configuration(two=quick("--tools", "1"), three=quick(), four=MISSING)
        file.write_text(changed + "[nonsense]\n", encoding="utf-8")
        told = driver.ask("config/mcpServer/reload")
        assert told == {"added": ["three", "four"], "removed": ["one"], "changed": ["two"]}
        assert "nonsense" in driver.news("configWarning")["summary"]
        driver.news("mcpServer/startupStatus/updated", name="three", status="ready")
        assert driver.refused("mcpServer/tool/call", server="one", tool="echo")["code"] == -32602
        file.write_text("[broken", encoding="utf-8")
        assert driver.refused("config/mcpServer/reload")["code"] == -32000
        assert driver.ask("mcpServer/tool/call", server="three", tool="echo")["isError"] is False


@pytest.mark.parametrize("how", ["left", "stopped", "left while asked", "left without reading"])
def test_nothing_is_left_when_the_driver_goes(tmp_path: Path, how: str) -> None:
    pids = tmp_path / "pids"
    servers = configuration(quick=quick("--grandchild", "--pid-file", str(pids)))
    (tmp_path / "config.toml").write_text(servers, encoding="utf-8")
    with driving(tmp_path) as driver:
        driver.open()
        driver.news("mcpServer/startupStatus/updated", name="quick", status="ready")
        call(driver, "ask")
        asked = driver.news("mcpServer/elicitation/request")
        call(driver, "sleep", seconds=60)
        if "asked" not in how:
            driver.send(id=asked["id"], result={"action": "decline"})
        if how == "left without reading":
            driver.hang_up()
        if how == "stopped":
            driver.process.send_signal(signal.SIGTERM)
            status = driver.process.wait(20)
        else:
            status = driver.leave()
        assert status == (143 if how == "stopped" else 0)
    for pid in map(int, pids.read_text().split()):
        assert _ended(pid)


def _ended(pid: int) -> bool:
    """Whether the process is gone, within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False
