"""Every revision of the protocol through the front door: offered, agreed on, pinned, refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.events import ServerState
from services.inbox.questions import Answer, QuestionAsked
from services.settings import ServerSettings
from tests.servers.web import MODERN, REVISIONS, Web
from tests.services.conftest import running
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path

    from services.events import ServerStatus
    from services.results.content import ToolResult


def at(web: Web, **settings: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **settings)


def offered(web: Web) -> list[str]:
    """The revisions that `initialize` named."""
    return [
        request.message["params"]["protocolVersion"]
        for request in web.requests
        if request.method == "POST" and request.message.get("method") == "initialize"
    ]


def said(result: ToolResult) -> str:
    text = getattr(result.blocks[0], "text", None)
    assert isinstance(text, str)
    return text


async def start(web: Web, **settings: Any) -> ServerStatus:
    async with running(at(web, **settings)) as (manager, _):
        return manager.status("web")


@pytest.mark.parametrize("revision", REVISIONS)
async def test_an_older_server_is_met_at_its_own_revision(revision: str) -> None:
    async with Web((revision,)) as web, running(at(web)) as (manager, _):
        assert manager.status("web").state is ServerState.READY
        assert manager.status("web").protocol == revision
        assert not (await manager.call_tool("web", "stream", {"text": "x"})).is_error
        assert [request.header("mcp-protocol-version") for request in web.requests][-1] == revision
        assert {request.header("mcp-session-id") for request in web.requests[3:]} == {"session-1"}


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_pinned_revision_is_really_offered(revision: str) -> None:
    async with Web() as web:
        status = await start(web, protocol=revision)
        assert (status.state, status.protocol) == (ServerState.READY, revision)
        assert offered(web) == [revision]
        assert "server/discover" not in web.methods


@pytest.mark.parametrize("revision", REVISIONS)
async def test_over_stdio_too(revision: str) -> None:
    async with running(quick("old", protocol=revision)) as (manager, _):
        assert manager.status("old").protocol == revision


async def test_legacy_offers_the_newest_handshake() -> None:
    async with Web() as web:
        status = await start(web, protocol="legacy")
        assert (status.protocol, offered(web)) == ("2025-11-25", ["2025-11-25"])


async def test_auto_needs_no_handshake_where_there_is_none() -> None:
    async with Web() as web:
        assert (await start(web)).protocol == MODERN
        assert offered(web) == []
        assert web.methods[0] == "server/discover"


async def test_another_answer_than_the_pinned_one_names_both() -> None:
    async with Web(("2025-03-26", "2025-06-18")) as web:
        status = await start(web, protocol="2024-11-05")
        assert status.state is ServerState.FAILED
        assert status.cause == "the server speaks 2025-06-18, not the pinned 2024-11-05"
        assert status.hint == 'set protocol = "2025-06-18" or "auto" in its table'
        assert status.reason == "protocol"


@pytest.mark.parametrize("sessions", [True, False])
async def test_the_newest_pinned_on_an_old_server(sessions: bool) -> None:
    async with Web(REVISIONS, sessions=sessions) as web:
        status = await start(web, protocol=MODERN)
        assert status.state is ServerState.FAILED
        assert status.cause.startswith("the server does not know server/discover")
        assert status.cause.endswith(f"not the pinned {MODERN}")
        assert status.hint == 'set protocol = "auto" in its table, or "legacy" for the older handshake'
        assert status.reason == "protocol"


async def test_the_newest_pinned_on_an_old_server_over_stdio() -> None:
    async with running(quick("old", protocol=MODERN)) as (manager, _):
        status = manager.status("old")
        assert status.state is ServerState.FAILED
        assert "server/discover" in status.cause
        assert 'protocol = "auto"' in status.hint


@pytest.mark.parametrize("protocol", ["auto", "legacy"])
async def test_a_revision_from_the_future_is_named(protocol: str) -> None:
    async with Web(REVISIONS, answers_with="2031-01-01") as web:
        status = await start(web, protocol=protocol)
        assert status.state is ServerState.FAILED
        assert status.cause.startswith("the server speaks 2031-01-01; this program speaks 2024-11-05")
        assert status.reason == "protocol"


async def test_the_handshake_pinned_on_a_server_without_one() -> None:
    async with Web((MODERN,)) as web:
        status = await start(web, protocol="2025-06-18")
        assert status.state is ServerState.FAILED
        assert status.cause == f"the server speaks {MODERN}, not 2025-06-18"
        assert 'protocol = "auto"' in status.hint


async def test_a_date_that_is_no_revision_is_refused_before_anything_is_asked() -> None:
    async with Web() as web:
        status = await start(web, protocol="2023-01-01")
        assert status.state is ServerState.FAILED
        assert status.cause == "2023-01-01 is not a revision that Jackfield speaks"
        assert "2024-11-05" in status.hint
        assert web.methods == []


@pytest.mark.parametrize("speaks", [("2025-06-18",), ("2025-11-25",), (MODERN,)])
async def test_questions_work_the_same(speaks: tuple[str, ...]) -> None:
    async with Web(speaks) as web, running(at(web)) as (manager, recorder):

        def answer(event: object) -> bool:
            if isinstance(event, QuestionAsked):
                manager.inbox.answer(event.question, Answer("accept", {"name": "Ann"}))
            return isinstance(event, QuestionAsked)

        import asyncio

        answering = asyncio.create_task(recorder.wait_for(answer))
        result = await manager.call_tool("web", "ask", {})
        await answering
        assert json.loads(said(result)) == {"action": "accept", "content": {"name": "Ann"}}


@pytest.mark.parametrize("speaks", [("2025-06-18",), (MODERN,)])
async def test_roots_are_declared_only_where_configured(speaks: tuple[str, ...], tmp_path: Path) -> None:
    def declared(web: Web) -> bool:
        messages = [request.message for request in web.requests if request.method == "POST"]
        params = [message.get("params") or {} for message in messages]
        capabilities = [one.get("capabilities", {}) for one in params] + [
            (one.get("_meta") or {}).get("io.modelcontextprotocol/clientCapabilities", {}) for one in params
        ]
        return any("roots" in one for one in capabilities)

    folder = tmp_path / "my projects"
    async with Web(speaks) as web, running(at(web, roots=(str(folder),))) as (manager, _):
        assert declared(web)
        result = await manager.call_tool("web", "roots", {})
        roots = json.loads(said(result))["roots"]
        assert roots == [{"uri": folder.as_uri(), "name": "my projects"}]
    async with Web(speaks) as web:
        await start(web)
        assert not declared(web)
