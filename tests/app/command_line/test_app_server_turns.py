"""Turns of a model through `jackfield app-server`, with a provider on the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.connect_stage import configuration, quick
from tests.services.model.wire import KEY, TEXT, Provider, provider

if TYPE_CHECKING:
    from collections.abc import Iterator

APPROVAL = "item/mcpToolCall/requestApproval"


@pytest.fixture(scope="module")
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def opened(there: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    home = tmp_path_factory.mktemp("home")
    model = f'provider = "openai-chat"\nname = "gpt-4o"\nbase_url = "{there.url}/v1"\n'
    written = configuration(quick=quick()) + f'[model]\n{model}api_key_env_var = "KEY"\n'
    written += f'[models.other]\n{model}api_key_env_var = "NO_KEY_ANYWHERE"\n'
    (home / "config.toml").write_text(written, encoding="utf-8")
    with driving(home, environ={"KEY": KEY}) as driver:
        driver.open()
        driver.news("mcpServer/startupStatus/updated", name="quick", status="ready")
        yield driver
        assert KEY not in json.dumps(driver.told)


@pytest.fixture
def driver(opened: Driver, there: Provider) -> Driver:
    there.call = None
    opened.told.clear()
    return opened


def begin(driver: Driver, text: str = "hello") -> dict[str, Any]:
    """A turn of a new thread; its params for what is about it."""
    thread = driver.ask("thread/start")["thread"]["id"]
    turn = driver.ask("turn/start", threadId=thread, input=[{"type": "text", "text": text}])["turn"]
    assert turn["status"] == "inProgress"
    return {"threadId": thread, "turnId": turn["id"]}


def ended(driver: Driver, about: dict[str, Any]) -> dict[str, Any]:
    """The turn, when it has ended."""
    turn: dict[str, Any] = driver.news("turn/completed", threadId=about["threadId"])["turn"]
    assert turn["id"] == about["turnId"]
    return turn


def items(driver: Driver, kind: str) -> list[dict[str, Any]]:
    """The items of a kind as they stay; each was started before it was completed."""
    found: dict[str, list[dict[str, Any]]] = {"item/started": [], "item/completed": []}
    for message in driver.told:
        if message.get("method") in found and message["params"]["item"]["type"] == kind:
            found[message["method"]].append(message["params"]["item"])
    started = [item["id"] for item in found["item/started"]]
    assert started == [item["id"] for item in found["item/completed"]]
    return found["item/completed"]


def test_an_answer_is_streamed(driver: Driver) -> None:
    about = begin(driver)
    turn = ended(driver, about)
    assert turn["status"] == "completed" and turn["usage"]["inputTokens"] > 0
    deltas = [one["params"] for one in driver.told if one.get("method") == "item/agentMessage/delta"]
    (said,) = items(driver, "agentMessage")
    assert len(deltas) > 1 and "".join(one["delta"] for one in deltas) == said["text"] == TEXT
    assert {one["itemId"] for one in deltas} == {said["id"]}
    assert items(driver, "userMessage")[0]["content"] == [{"type": "text", "text": "hello"}]
    assert driver.news("thread/tokenUsage/updated")["tokenUsage"]["modelContextWindow"]


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        ({"result": {"decision": "accept"}}, "ok", "completed"),
        ({"result": {"decision": "acceptForSession"}}, "ok", "completed"),
        ({"result": {"decision": "accept", "arguments": {"text": "other"}}}, "ok", "completed"),
        ({"result": {"decision": "decline", "words": "not today"}}, "denied", "completed"),
        ({"result": {"decision": "acceptAlways"}}, "denied", "completed"),
        ({"result": {"decision": "maybe"}}, "denied", "completed"),
        ({"error": {"code": -32601, "message": "no such method"}}, "denied", "completed"),
        ({"result": {"decision": "cancel"}}, "", "interrupted"),
    ],
)
def test_a_call_is_made_when_the_driver_allows_it(
    driver: Driver, there: Provider, answer: dict[str, Any], outcome: str, status: str
) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi"})
    driver_has = begin(driver)
    asked = driver.news(APPROVAL, **driver_has, server="quick", tool="echo")
    assert asked["params"]["availableDecisions"] == ["accept", "acceptForSession", "decline", "cancel"]
    driver.send(id=asked["id"], **answer)
    assert ended(driver, driver_has)["status"] == status
    if not outcome:
        return
    (call,) = items(driver, "mcpToolCall")
    assert (call["id"], call["outcome"]) == (asked["params"]["itemId"], outcome)
    decision = answer.get("result", {})
    if outcome == "ok":
        text = decision.get("arguments", {"text": "hi"})["text"]
        assert call["result"]["content"] == [{"type": "text", "text": text}]
    else:
        assert call["status"] == "failed" and call["result"] is None
        assert decision.get("words", "") in call["answer"]


def test_a_turn_is_interrupted(driver: Driver, there: Provider) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi"})
    about = begin(driver)
    asked = driver.news(APPROVAL, **about)
    busy = driver.refused("turn/start", threadId=about["threadId"], input=[{"type": "text", "text": "x"}])
    assert busy["code"] == -32000 and "still answering" in busy["message"]
    assert driver.ask("turn/interrupt", **about) == {}
    assert ended(driver, about)["status"] == "interrupted"
    driver.news("serverRequest/resolved", requestId=asked["id"])
    assert driver.refused("turn/interrupt", **about)["code"] == -32602
    there.call = None
    turn = driver.ask("turn/start", threadId=about["threadId"], input=[{"type": "text", "text": "again"}])
    about["turnId"] = turn["turn"]["id"]
    assert ended(driver, about)["status"] == "completed"


@pytest.mark.parametrize(
    ("method", "params", "code", "words"),
    [
        ("thread/start", {"model": "nobody"}, -32000, "no model"),
        ("thread/start", {"servers": ["quikc"]}, -32602, "quikc"),
        ("turn/start", {"threadId": "x", "input": [{"type": "text", "text": "a"}]}, -32602, "no thread"),
        ("turn/start", {"threadId": "x", "input": []}, -32602, "input"),
        ("turn/start", {"threadId": "x", "input": [{"type": "video"}]}, -32602, "input"),
        ("turn/interrupt", {"threadId": "x", "turnId": "y"}, -32602, "no thread"),
    ],
)
def test_what_cannot_be(driver: Driver, method: str, params: dict[str, Any], code: int, words: str) -> None:
    error = driver.refused(method, **params)
    assert error["code"] == code and words in error["message"], error


@pytest.mark.parametrize(
    "url", ["http://example.com/a.png", "data:image/png,abc", "data:;base64,%%", "data:;base64,aGk="]
)
def test_pictures_that_are_none(driver: Driver, url: str) -> None:
    thread = driver.ask("thread/start")["thread"]["id"]
    error = driver.refused("turn/start", threadId=thread, input=[{"type": "image", "url": url}])
    assert error["code"] == -32602 and "picture" in error["message"]


def test_a_turn_that_fails_says_what_to_do(driver: Driver) -> None:
    thread = driver.ask("thread/start", model="other")["thread"]["id"]
    driver.ask("turn/start", threadId=thread, input=[{"type": "text", "text": "hello"}])
    told = driver.news("error", threadId=thread)
    assert told["willRetry"] is False and told["error"]["data"]["reason"] == "key"
    assert told["error"]["data"]["hint"]
    turn = driver.news("turn/completed", threadId=thread)["turn"]
    assert turn["status"] == "failed" and "NO_KEY_ANYWHERE" in turn["error"]["message"]
