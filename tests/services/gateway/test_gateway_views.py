"""Names and URIs of many servers as one server's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.gateway.known import Known
from services.gateway.naming import Target, shared_names, shared_uris
from services.gateway.views import View
from services.settings import ServerSettings

if TYPE_CHECKING:
    from services.events import CatalogKind


def view(*servers: str, prefixed: bool = True, **lists: dict[CatalogKind, list[str]]) -> View:
    """A view of servers whose lists have entries of these names."""
    keys = {"tools": "name", "prompts": "name", "resources": "uri", "templates": "uriTemplate"}
    known = Known()
    for server, kinds in lists.items():
        for kind, names in kinds.items():
            known.take(server, kind, [{keys[kind]: name} for name in names])
    return View("/mcp", known, lambda name: ServerSettings(name), lambda: servers, prefixed)


def test_names_that_would_be_the_same_are_told_apart() -> None:
    targets = [Target("a", "b__c"), Target("a__b", "c"), Target("a", "d")]
    names = shared_names(targets)
    assert list(names.values()) == targets
    assert names["a__d"] == targets[2]
    assert len(names) == 3
    assert set(shared_names(reversed(targets))) == set(names)  # whichever is there first


def test_the_second_of_a_uri_names_its_server() -> None:
    targets = [Target("a", "file:///x"), Target("b_c", "file:///x"), Target("1", "file:///x")]
    assert list(shared_uris(targets)) == ["file:///x", "b-c+file:///x", "s1+file:///x"]


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("demo://one", Target("a", "demo://one")),
        ("b+demo://one", Target("b", "demo://one")),
        ("rows://A/1/end", Target("b", "rows://A/1/end")),
        ("b+file:///anything", Target("b", "file:///anything")),
        ("rows://A", None),
        ("other://x", None),
    ],
)
def test_whose_resource_a_uri_is(uri: str, target: Target | None) -> None:
    templates = ["rows://{row}/{number}/end"]
    seen = view(
        "a", "b", a={"resources": ["demo://one"]}, b={"resources": ["demo://one"], "templates": templates}
    )
    assert seen.resource(uri) == target


def test_a_link_in_a_result_can_be_read() -> None:
    seen = view("a", "b", a={"resources": ["x://1"]}, b={"resources": ["y://1"]})
    assert seen.resource("z://new") is None
    result: dict[str, Any] = {"content": [{"type": "resource_link", "uri": "z://new"}, "odd", {}]}
    seen.remember_links("b", result)
    assert seen.resource("z://new") == Target("b", "z://new")


def test_a_list_is_not_forgotten_but_with_its_server() -> None:
    known = Known()
    assert known.take("a", "tools", [{"name": "x"}, "odd", {"title": "no name"}])
    assert not known.take("a", "tools", [{"name": "x"}])
    assert not known.take("b", "tools", [])
    assert known.has("b", "tools")
    assert known.keep_only(["b"])
    assert known.entries("a", "tools") == ()


def test_a_tool_of_a_server_that_was_never_listed_is_passed_on() -> None:
    seen = view("new", "old", old={"tools": ["x"]})
    assert seen.target("tools", "new__anything") == Target("new", "anything")
    assert seen.target("tools", "old__anything") is None
    assert view("new", prefixed=False).target("tools", "x") == Target("new", "x")


def test_tasks_keep_their_servers() -> None:
    seen = view("a", "a__b")
    assert seen.task(seen.task_id("a__b", "7", ""), "") == Target("a__b", "7")
    assert seen.task(seen.task_id("a", "7", ""), "") == Target("a", "7")
    assert seen.task("c__7", "") is None
    assert view("a", prefixed=False).task("7", "") == Target("a", "7")


@pytest.mark.parametrize("prefixed", [True, False])
@pytest.mark.parametrize("task_id", ["7", "a.b", "", "x__7", "päivä\ud800"])
def test_a_task_is_its_callers_alone(prefixed: bool, task_id: str) -> None:
    seen = view("a", "a__x", prefixed=prefixed)
    name = seen.task_id("a", task_id, "ada")
    assert seen.task(name, "ada") == Target("a", task_id)
    plain, _, sign = name.rpartition(".")
    for other in (plain, f"{plain}.", f"{plain}.{sign[::-1]}", f"{plain}x.{sign}", f"{plain}.\ud800", ""):
        assert seen.task(other, "ada") is None
    assert seen.task(name, "bob") is None
    assert seen.task(seen.task_id("a", task_id, "bob"), "ada") is None
