"""Threads of `jackfield app-server` that last: listed, read, and gone on with by the next program."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.connect_stage import ROOT, configuration, jackfield, quick
from tests.services.model.wire import KEY, TEXT, Provider, provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

SECRET = "token-of-the-server-1234567890"


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def home(there: Provider, tmp_path: Path) -> Path:
    model = f'provider = "openai-chat"\nname = "gpt-4o"\nbase_url = "{there.url}/v1"\n'
    server = quick(more=f'default_tools_approval_mode = "approve"\nenv = {{ API_TOKEN = "{SECRET}" }}')
    written = configuration(quick=server) + f'[model]\n{model}api_key_env_var = "KEY"\n'
    (tmp_path / "config.toml").write_text(written, encoding="utf-8")
    return tmp_path


def driven(home: Path) -> AbstractContextManager[Driver]:
    return driving(home, environ={"KEY": KEY})


def opened(driver: Driver) -> Driver:
    driver.open()
    driver.news("mcpServer/startupStatus/updated", name="quick", status="ready")
    return driver


def say(driver: Driver, thread: str, text: str) -> dict[str, Any]:
    """The turn, when it has ended."""
    asked = driver.ask("turn/start", threadId=thread, input=[{"type": "text", "text": text}])
    turn: dict[str, Any] = asked["turn"]
    ended = driver.until(
        lambda one: one.get("method") == "turn/completed" and one["params"]["turn"]["id"] == turn["id"]
    )
    assert ended["params"]["turn"]["status"] == "completed", ended
    return turn


def kinds(thread: dict[str, Any]) -> list[list[str]]:
    return [[item["type"] for item in turn["items"]] for turn in thread["turns"]]


def test_a_thread_goes_on_in_the_next_program(home: Path, there: Provider) -> None:
    there.call = ("mcp__quick__echo", {"text": f"hi {SECRET}"})
    with driven(home) as driver:
        opened(driver)
        started = driver.ask("thread/start")["thread"]
        other = driver.ask("thread/start")["thread"]
        assert started["id"] != other["id"] and started["status"] == {"type": "idle"}
        assert (started["ephemeral"], started["cwd"]) == (False, str(ROOT))
        say(driver, started["id"], "what is\nthere?")
        mine = driver.ask("thread/read", threadId=started["id"], includeTurns=True)["thread"]
        assert kinds(mine) == [["userMessage", "mcpToolCall", "agentMessage"]]
        driver.leave()
    with driven(home) as driver:
        opened(driver)
        (found,) = driver.ask("thread/list")["data"]  # nothing was said in the other one
        assert found["id"] == started["id"] and found["status"] == {"type": "notLoaded"}
        assert found["preview"].startswith("what is") and found["createdAt"] == started["createdAt"]
        read = driver.ask("thread/read", threadId=found["id"], includeTurns=True)["thread"]
        assert read["turns"] == mine["turns"]
        said, call, answer = read["turns"][0]["items"]
        assert said["content"] == [{"type": "text", "text": "what is\nthere?"}]
        assert (call["server"], call["tool"], call["outcome"]) == ("quick", "echo", "ok")
        assert call["arguments"].keys() == {"text"} and "hi " in call["result"]["content"][0]["text"]
        assert answer["text"] == TEXT and SECRET not in json.dumps(read)
        refused = driver.refused("turn/start", threadId=found["id"], input=[{"type": "text", "text": "x"}])
        assert refused["code"] == -32602 and "thread/resume" in refused["data"]["hint"]
        there.bodies.clear()
        resumed = driver.ask("thread/resume", threadId=found["id"])["thread"]
        assert resumed["turns"] == mine["turns"] and resumed["model"] == "gpt-4o"
        assert driver.ask("thread/resume", threadId=found["id"], excludeTurns=True)["thread"]["turns"] == []
        turn = say(driver, resumed["id"], "and then?")
        assert turn["id"] == f"{found['id']}-turn-2"
        sent = json.dumps(there.bodies[-1])
        assert "what is" in sent and "and then?" in sent
        whole = driver.ask("thread/read", threadId=found["id"], includeTurns=True)["thread"]
        assert kinds(whole)[1] == ["userMessage", "agentMessage"]
        driver.leave()
    exported = jackfield("history", "export", started["id"], str(home / "all.md"), home=home)
    assert exported.status == 0 and "and then?" in (home / "all.md").read_text(encoding="utf-8")


def test_the_list_has_pages_and_a_filter(home: Path) -> None:
    with driven(home) as driver:
        opened(driver)
        ids = [driver.ask("thread/start")["thread"]["id"] for _ in range(3)]
        for number, thread in enumerate(ids):
            say(driver, thread, f"text {number}")
        whole = driver.ask("thread/list")
        assert {one["id"] for one in whole["data"]} == set(ids) and whole["nextCursor"] is None
        first = driver.ask("thread/list", limit=2)
        last = driver.ask("thread/list", limit=2, cursor=first["nextCursor"])
        assert [one["id"] for one in first["data"] + last["data"]] == [one["id"] for one in whole["data"]]
        assert [one["id"] for one in driver.ask("thread/list", searchTerm="TEXT 1")["data"]] == [ids[1]]
        assert driver.ask("thread/list", cwd="/elsewhere")["data"] == []
        assert len(driver.ask("thread/list", cwd=["/elsewhere", str(ROOT)])["data"]) == 3
        assert driver.refused("thread/list", cursor="gone")["code"] == -32602


def test_what_another_program_has_open_is_copied(home: Path) -> None:
    with driven(home) as driver:
        opened(driver)
        thread = driver.ask("thread/start")["thread"]["id"]
        say(driver, thread, "hello")
        with driven(home) as another:
            opened(another)
            copy = another.ask("thread/resume", threadId=thread)["thread"]
            assert copy["id"] != thread and len(copy["turns"]) == 1
            say(another, copy["id"], "only here")
            assert len(another.ask("thread/list")["data"]) == 2
        mine = driver.ask("thread/read", threadId=thread, includeTurns=True)["thread"]
        assert len(mine["turns"]) == 1


def test_a_turn_that_failed_is_kept_as_such(home: Path, there: Provider) -> None:
    with driven(home) as driver:
        opened(driver)
        thread = driver.ask("thread/start")["thread"]["id"]
        say(driver, thread, "hello")
        there.key = "another"
        turn = driver.ask("turn/start", threadId=thread, input=[{"type": "text", "text": "again"}])["turn"]
        failed = driver.until(
            lambda one: one.get("method") == "turn/completed" and one["params"]["turn"]["id"] == turn["id"]
        )
        assert failed["params"]["turn"]["status"] == "failed"
        read = driver.ask("thread/read", threadId=thread, includeTurns=True)["thread"]
        assert [one["status"] for one in read["turns"]] == ["completed", "failed"]
        assert read["turns"][1]["error"]["message"]


def test_without_a_history_nothing_is_kept(home: Path) -> None:
    file = home / "config.toml"
    file.write_text(file.read_text(encoding="utf-8") + '[ui]\nhistory = "off"\n', encoding="utf-8")
    with driven(home) as driver:
        opened(driver)
        thread = driver.ask("thread/start")["thread"]
        assert thread["ephemeral"] is True and thread["path"] is None
        say(driver, thread["id"], "hello")
        assert driver.ask("thread/list")["data"] == []
        driver.leave()
    assert not (home / "history").exists() or not os.listdir(home / "history")  # noqa: PTH208


@pytest.mark.parametrize("id", ["", "2020-01-01-000000", "../../etc/passwd", "*"])
def test_a_thread_that_was_not_kept(home: Path, id: str) -> None:
    with driven(home) as driver:
        driver.open()
        for method in ("thread/read", "thread/resume"):
            error = driver.refused(method, threadId=id)
            assert (error["code"], error["data"]["reason"]) == (-32602, "no_such_session"), error
