"""Lists that fail, hang or never end: the server works with what is left, and says what is missing."""

from __future__ import annotations

import time

import pytest

from services.check.checkup import check_servers
from services.connections import lists
from services.errors import UnknownTool
from services.events import CatalogChanged, ServerState
from services.remedies import Reconnect
from services.settings import ServerSettings
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply, Request, error
from tests.services.conftest import running
from tests.support.servers import odd
from tests.support.waiting import until

FAULT = {"error": {"code": -32603, "message": "no database for this list"}}


@pytest.mark.parametrize("method", ["resources/list", "resources/templates/list", "prompts/list"])
@pytest.mark.parametrize("code", [-32602, -32603])
async def test_a_list_that_fails_costs_only_itself(method: str, code: int) -> None:
    fault = {"error": {"code": code, "message": "no database for this list"}}
    async with running(odd(answers={method: fault})) as (manager, _):
        status = manager.status("odd")
        assert status.state is ServerState.READY
        assert status.tools == 1
        (said,) = status.faults
        assert said.endswith(": no database for this list")
        assert not (await manager.call_tool("odd", "echo", {"text": "hi"})).is_error


async def test_without_its_tools_a_call_says_why_none_is_known() -> None:
    async with running(odd(answers={"tools/list": FAULT})) as (manager, _):
        assert manager.status("odd").faults == ("tools: no database for this list",)
        with pytest.raises(UnknownTool, match="could not be listed: no database for this list") as said:
            await manager.call_tool("odd", "echo", {"text": "hi"})
        assert said.value.remedy == Reconnect("odd")
        assert "/mcp" not in said.value.hint  # it is told in a shell as well


@pytest.mark.parametrize("how", ["hang", "endless"])
async def test_a_list_without_an_end_does_not_hold_up_the_start(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_PATIENCE", 0.3)
    monkeypatch.setattr("services.catalog.listing.MAX_EMPTY", 1_000_000)
    settings = odd(answers={"prompts/list": how}, tool_timeout_sec=1.0, startup_timeout_sec=10)
    async with running(settings) as (manager, _):
        status = manager.status("odd")
        assert (status.state, status.tools, status.faults) == (ServerState.READY, 1, ())
        await until(lambda: bool(manager.status("odd").faults))
        assert manager.status("odd").faults == ("prompts: no answer within 1 s",)


async def test_slow_lists_have_nothing_to_do_with_the_limit_of_the_start() -> None:
    slow = {"prompts/list": "hang"}
    async with running(odd(answers=slow, startup_timeout_sec=2.0)) as (manager, _):
        assert manager.status("odd").state is ServerState.READY


async def test_pages_without_entries_are_cut() -> None:
    async with running(odd(answers={"prompts/list": "endless"})) as (manager, _):
        assert manager.status("odd").state is ServerState.READY
        assert any("100 pages without entries" in line.text for line in manager.log("odd"))


async def test_a_list_that_failed_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "_FIRST_PAUSE", 0.1)
    failing = [True]

    def before(request: Request) -> Reply | None:
        if request.message.get("method") == "tools/list" and failing:
            return error(request.message["id"], -32603, "no database for this list")
        return None

    async with (
        Web(REVISIONS, before=before) as web,
        running(ServerSettings("web", transport="http", url=web.url)) as (manager, recorder),
    ):
        assert manager.status("web").faults == ("tools: no database for this list",)
        failing.clear()
        await until(lambda: not manager.status("web").faults)
        assert manager.status("web").tools == len(web.tools)
        told = [event for event in recorder if isinstance(event, CatalogChanged)]
        assert all(event.first for event in told)


async def test_check_names_the_list_that_fails() -> None:
    (found,) = await check_servers([odd(answers={"prompts/list": FAULT})])
    (finding,) = found.findings
    assert finding.code == "failed-list"
    assert "prompts" in finding.message
    assert "no database for this list" in finding.message


async def test_a_storm_of_changes_is_read_at_a_rate_that_can_be_borne() -> None:
    async with (
        Web(REVISIONS) as web,
        running(ServerSettings("web", transport="http", url=web.url)) as (manager, _),
    ):
        await until(lambda: bool(web.streams))
        began, before = time.monotonic(), web.methods.count("tools/list")
        while time.monotonic() - began < 1.5:
            await web.notify("notifications/tools/list_changed")
            await manager.call_tool("web", "echo", {"text": "x"})
        assert 1 <= web.methods.count("tools/list") - before <= 4
