"""What servers borrow of a driver of `jackfield app-server`: its model's answers and its directories."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.connect_stage import configuration
from tests.servers.warm import demo_command
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPLY = {
    "action": "accept",
    "model": "a-model",
    "content": [{"type": "text", "text": "a "}, {"type": "text", "text": "jackfield"}],
}
PLACES = [{"uri": "file:///srv/one", "name": "one"}, {"uri": "file:///srv/a%20b"}]


def demo(more: str = "") -> str:
    program, args = demo_command()
    return (
        f"command = {json.dumps(program)}\nargs = {json.dumps(args)}\ncwd = {json.dumps(str(ROOT))}\n{more}\n"
    )


@pytest.fixture(scope="module", params=["legacy", "2026-07-28"])
def driver(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A driver that lends both, on a server of each era."""
    home = tmp_path_factory.mktemp("home")
    era = f"protocol = {json.dumps(request.param)}\n"
    servers = configuration(demo=demo(era), none=demo(f'{era}sampling = "off"\nroots = []'))
    (home / "config.toml").write_text(servers, encoding="utf-8")
    with driving(home) as driver:
        driver.open(sampling=True, roots=True)
        yield driver


def call(driver: Driver, tool: str, server: str = "demo") -> int:
    return driver.begin("mcpServer/tool/call", server=server, tool=tool, arguments={})


def said(driver: Driver, number: int) -> str:
    result = driver.answer(number)["result"]
    return str(result["content"][0]["text"])


def test_the_driver_answers_in_the_place_of_a_model(driver: Driver) -> None:
    number = call(driver, "borrow_model")
    asked = driver.news("mcpServer/sampling/request", serverName="demo")
    params = asked["params"]
    assert params["maxTokens"] == 200 and "operator" in params["systemPrompt"]
    (message,) = params["messages"]
    text, picture = message["content"]
    assert message["role"] == "user" and text["type"] == "text"
    assert picture["mimeType"] == "image/png" and picture["data"].startswith("iVBOR")
    driver.send(id=asked["id"], result=REPLY)
    assert said(driver, number) == "a-model says: a jackfield"


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        ({"result": {"action": "decline", "words": "not today"}}, ""),
        ({"result": {"action": "cancel"}}, ""),
        ({"result": {"action": "accept", "model": "m"}}, "content and a model"),
        (
            {"result": REPLY | {"content": [{"type": "tool_use", "id": "1", "name": "x", "input": {}}]}},
            "tool",
        ),
        ({"result": REPLY | {"content": [{"type": "image"}]}}, "cannot be used"),
        ({"error": {"code": 1, "message": "no model here"}}, "no model here"),
    ],
)
def test_a_driver_that_has_no_answer(driver: Driver, answer: dict[str, Any], warned: str) -> None:
    number = call(driver, "borrow_model")
    asked = driver.news("mcpServer/sampling/request")
    driver.send(id=asked["id"], **answer)
    ended = driver.answer(number)
    assert "says:" not in json.dumps(ended)
    if warned:
        assert warned in driver.news("warning")["message"]


def test_the_driver_tells_of_its_directories(driver: Driver) -> None:
    number = call(driver, "look_around")
    asked = driver.news("mcpServer/roots/request", serverName="demo")
    assert [one["uri"] for one in asked["params"]["roots"]] == [ROOT.as_uri()]
    driver.send(id=asked["id"], result={"action": "accept"})
    assert [one["uri"] for one in json.loads(said(driver, number))] == [ROOT.as_uri()]
    number = call(driver, "look_around")
    asked = driver.news("mcpServer/roots/request")
    elsewhere = {"action": "accept", "roots": [{"uri": "https://example.com/x"}]}
    driver.send(id=asked["id"], result=elsewhere)
    assert "example.com" in driver.news("warning")["message"]
    driver.answer(number)
    number = call(driver, "look_around")
    asked = driver.news("mcpServer/roots/request")
    driver.send(id=asked["id"], result={"action": "accept", "roots": PLACES, "lasting": "session"})
    told = json.loads(said(driver, number))
    assert [one["uri"] for one in told] == [one["uri"] for one in PLACES]
    assert [one["uri"] for one in json.loads(said(driver, call(driver, "look_around")))] == [
        one["uri"] for one in PLACES
    ]


def test_what_a_table_forbids_is_not_lent(driver: Driver) -> None:
    assert said(driver, call(driver, "borrow_model", "none")) == "This client has no model to ask."
    assert said(driver, call(driver, "look_around", "none")) == "This client tells of no directories."


def test_a_driver_that_did_not_offer_it_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(configuration(demo=demo()), encoding="utf-8")
    with driving(tmp_path) as driver:
        driver.open()
        assert said(driver, call(driver, "borrow_model")) == "This client has no model to ask."
        assert said(driver, call(driver, "look_around")) == "This client tells of no directories."


def test_a_driver_whose_directories_change_is_asked_again(driver: Driver) -> None:
    """On either era: what a server was told once does not last longer than it is true."""
    driver.ask("mcpServer/roots/changed", serverName="demo", roots=PLACES)
    told = json.loads(said(driver, call(driver, "look_around")))
    assert [one["uri"] for one in told] == [one["uri"] for one in PLACES]
    assert driver.ask("mcpServer/roots/changed") == {"servers": ["demo"]}
    number = call(driver, "look_around")
    asked = driver.news("mcpServer/roots/request", serverName="demo")
    driver.send(id=asked["id"], result={"action": "accept", "roots": PLACES[:1], "lasting": "session"})
    assert [one["uri"] for one in json.loads(said(driver, number))] == [PLACES[0]["uri"]]
    assert driver.ask("mcpServer/roots/changed", roots=PLACES[1:]) == {"servers": ["demo"]}
    told = json.loads(said(driver, call(driver, "look_around")))
    assert [one["uri"] for one in told] == [PLACES[1]["uri"]]
    assert (
        "example.com"
        in driver.refused("mcpServer/roots/changed", roots=[{"uri": "https://example.com"}])["message"]
    )
    assert "roots = []" in driver.refused("mcpServer/roots/changed", serverName="none")["message"]
    assert "nobody" in driver.refused("mcpServer/roots/changed", serverName="nobody")["message"]
    driver.ask("mcpServer/roots/changed")


def test_a_driver_that_lends_no_directories_cannot_change_them(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(configuration(demo=demo()), encoding="utf-8")
    with driving(tmp_path) as driver:
        driver.open()
        assert "directories" in driver.refused("mcpServer/roots/changed", roots=PLACES)["message"]
