"""The directories that servers are told of: as URIs, in both eras, only where they are offered."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import JackfieldError
from services.roots import roots_of
from services.settings import ServerSettings
from tests.servers.web import MODERN, Web
from tests.services.conftest import running
from tests.services.connections.session.test_eras_revisions import at, said
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.connection_manager import ConnectionManager

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
