"""The directories that servers are told of: as URIs, in both eras, only where they are offered."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.connection_manager import ConnectionManager
from services.errors import InvalidArguments, JackfieldError
from services.inbox.questions import Answer, QuestionAsked, RootsAnswer, RootsQuestion
from services.roots import Root, roots_of
from services.settings import ServerSettings
from tests.servers.web import MODERN, Web
from tests.services.conftest import running
from tests.services.connections.session.test_eras_revisions import at, said
from tests.support.waiting import until

OLD = ("2025-11-25",)
BOTH = pytest.mark.parametrize("speaks", [OLD, (MODERN,)], ids=["older", "modern"])


def test_relative_roots_count_from_the_file_that_names_them(tmp_path: Path) -> None:
    source = str(tmp_path / "conf" / "config.toml")
    roots = (".", "../work/", "a b/ü", str(tmp_path / "work"), "~")
    found = roots_of(ServerSettings("x", roots=roots, source=source))
    home, conf = Path.home(), tmp_path / "conf"
    assert [root.path for root in found] == [conf, tmp_path / "work", conf / "a b/ü", home]
    assert found[2].uri == conf.as_uri() + "/a%20b/%C3%BC"
    assert [root.name for root in found] == ["conf", "work", "ü", home.name]
    (here,) = roots_of(ServerSettings("x", roots=(".",)))
    assert here.path == Path.cwd()


@BOTH
async def test_roots_are_whole_paths_with_names(speaks: tuple[str, ...], tmp_path: Path) -> None:
    source = str(tmp_path / "config.toml")
    async with Web(speaks) as web, running(at(web, roots=(".", "a b"), source=source)) as (manager, _):
        roots = json.loads(said(await manager.call_tool("web", "roots", {})))["roots"]
    assert roots == [
        {"uri": tmp_path.as_uri(), "name": tmp_path.name},
        {"uri": tmp_path.as_uri() + "/a%20b", "name": "a b"},
    ]


async def test_roots_that_are_not_offered_are_no_method() -> None:
    async with Web(OLD) as web, running(at(web)) as (manager, _):
        refused = json.loads(said(await manager.call_tool("web", "roots", {})))
        assert (refused["code"], refused["message"]) == (-32601, "List roots not supported")
    async with Web((MODERN,)) as web, running(at(web)) as (manager, _):
        with pytest.raises(JackfieldError, match="List roots not supported"):
            await manager.call_tool("web", "roots", {})


def notified(web: Web) -> int:
    messages = [request.message for request in web.requests if request.method == "POST"]
    return sum(message.get("method") == "notifications/roots/list_changed" for message in messages)


@BOTH
async def test_a_change_is_told_without_a_new_connection(speaks: tuple[str, ...]) -> None:
    async def told(manager: ConnectionManager) -> list[dict[str, Any]]:
        roots: list[dict[str, Any]] = json.loads(said(await manager.call_tool("web", "roots", {})))["roots"]
        return roots

    async with Web(speaks) as web:
        first = at(web, roots=("/a",))
        async with running(first) as (manager, _):
            await manager.apply((replace(first, roots=("/b", "/c")),))
            assert manager.status("web").restarts == 0
            assert [root["name"] for root in await told(manager)] == ["b", "c"]
            await until(lambda: notified(web) == (speaks == OLD))


@BOTH
async def test_beginning_to_offer_roots_takes_a_new_connection(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web:
        first = at(web)
        async with running(first) as (manager, _):
            await manager.apply((replace(first, roots=("/b",)),))
            await manager.settled()
            assert manager.status("web").restarts == 1
            assert "file:///b" in said(await manager.call_tool("web", "roots", {}))


async def asked(web: Web, *answers: Answer, **settings: Any) -> tuple[list[list[str]], int]:
    """What calls of `roots` are told one after the other, and how many questions that took."""
    told: list[list[str]] = []
    waiting = list(answers)

    def hear(event: object) -> None:
        if isinstance(event, QuestionAsked):
            assert isinstance(event.question, RootsQuestion)
            manager.inbox.answer(event.question, waiting.pop(0))

    def listen(event: object) -> None:
        asyncio.get_running_loop().call_soon(hear, event)

    manager = ConnectionManager((at(web, **settings),), listener=listen, asks_roots=True)
    async with manager:
        await manager.settled(10)
        for _ in range(2):
            roots = json.loads(said(await manager.call_tool("web", "roots", {})))["roots"]
            told.append([root["uri"] for root in roots])
    return told, len(answers) - len(waiting)


ONCE, SESSION = RootsAnswer("accept"), RootsAnswer("accept", lasting="session")
NO, NOT_NOW = Answer("decline"), Answer("cancel")


@BOTH
@pytest.mark.parametrize(
    ("answers", "first", "second", "questions"),
    [
        ((ONCE, ONCE), True, True, 2),
        ((ONCE, NO), True, False, 2),
        ((SESSION,), True, True, 1),
        ((NO,), False, False, 1),
        ((NOT_NOW, ONCE), False, True, 2),
    ],
)
async def test_the_working_directory_is_told_after_a_yes(
    speaks: tuple[str, ...], answers: tuple[Answer, ...], first: bool, second: bool, questions: int
) -> None:
    async with Web(speaks) as web:
        told, many = await asked(web, *answers)
    here = [Path.cwd().as_uri()]
    assert told == [here if yes else [] for yes in (first, second)]
    assert many == questions


async def test_nobody_is_asked_where_the_table_answers(tmp_path: Path) -> None:
    async with Web(OLD) as web:
        assert await asked(web, roots=(str(tmp_path),)) == ([[tmp_path.as_uri()]] * 2, 0)
    async with Web(OLD) as web, ConnectionManager((at(web, roots=()),), asks_roots=True) as manager:
        await manager.settled(10)
        assert json.loads(said(await manager.call_tool("web", "roots", {})))["code"] == -32601
        with pytest.raises(InvalidArguments, match="may not ask"):
            await manager.choose_roots("web", (Root(tmp_path),))


@BOTH
async def test_chosen_directories_are_told_at_once(speaks: tuple[str, ...], tmp_path: Path) -> None:
    async with Web(speaks) as web, ConnectionManager((at(web),), asks_roots=True) as manager:
        await manager.settled(10)
        assert manager.roots("web") is None
        await manager.choose_roots("web", (Root(tmp_path),))
        assert manager.roots("web") == (Root(tmp_path),)
        if speaks == OLD:
            await until(lambda: notified(web) == 1)
        assert tmp_path.as_uri() in said(await manager.call_tool("web", "roots", {}))
