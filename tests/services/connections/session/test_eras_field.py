"""Older servers behind fronts of every kind: whatever the first question meets, `initialize` follows."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.connections.eras import Eras
from services.connections.session import negotiation
from services.connections.session.handshake import foreign
from services.events import ServerState
from services.settings import ServerSettings
from tests.servers.web import REVISIONS, Web
from tests.servers.web_wire import Reply, Request, error
from tests.services.conftest import running
from tests.support.places import ROOT
from tests.support.servers import odd

if TYPE_CHECKING:
    from pathlib import Path

BREAKS = Reply(500, b"{" + b" " * 499, {}, cut=1)


def front(reply: Reply) -> Web:
    """An older server whose front answers the question of the new era so."""

    def before(request: Request) -> Reply | None:
        return reply if request.message.get("method") == "server/discover" else None

    return Web(REVISIONS, before=before)


def settings(web: Web, **more: Any) -> ServerSettings:
    return ServerSettings("web", transport="http", url=web.url, **more)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 429, 500, 502, 503, 504])
async def test_no_status_ends_more_than_the_question(status: int) -> None:
    async with front(Reply(status, b'{"message": "no"}')) as web, running(settings(web)) as (manager, _):
        assert manager.status("web").state is ServerState.READY
        assert manager.status("web").protocol == REVISIONS[-1]


async def test_a_new_server_that_wants_a_login_is_not_taken_for_an_old_one() -> None:
    def before(request: Request) -> Reply:
        if request.message.get("method") == "server/discover":
            return Reply(401, headers={"www-authenticate": "Bearer"})
        return Reply(400, b"Missing MCP-Protocol-Version header")

    async with Web(before=before) as web, running(settings(web)) as (manager, _):
        assert manager.status("web").state is ServerState.LOGIN_NEEDED


@pytest.mark.parametrize(
    "reply",
    [
        BREAKS,
        Reply(200, b"data: " + b" " * 499, {"content-type": "text/event-stream"}, cut=6),
        error(None, -32600, "Invalid Request"),
    ],
    ids=["500 cut", "stream cut", "id null"],
)
async def test_no_broken_answer_ends_more_than_the_question(reply: Reply) -> None:
    async with front(reply) as web, running(settings(web)) as (manager, _):
        assert manager.status("web").state is ServerState.READY


@pytest.mark.parametrize(
    "answers",
    [
        {"-silent-until": "initialize"},
        {
            "server/discover": {
                "raw": '{"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "no"}}\n'
            }
        },
    ],
    ids=["silence", "id null"],
)
async def test_silence_is_met_once(answers: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "eras.json"
    for asked in (["server/discover", "initialize"], ["initialize", "tools/list"]):
        server = odd(answers=answers, startup_timeout_sec=20)
        async with ConnectionManager([server], eras=Eras(path)) as manager:
            await manager.settled(30)
            assert manager.status("odd").state is ServerState.READY, manager.status("odd").cause
            frames = manager.trace("odd").frames()
        assert [frame.method for frame in frames if frame.kind == "request"][:2] == asked


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
async def test_a_server_of_the_new_era_that_is_slow_to_start() -> None:
    """It finds both questions waiting, and refuses the older one."""
    words = f"sleep 2.2; exec {sys.executable} -m services.demo"
    async with running(ServerSettings("slow", command="sh", args=("-c", words), cwd=str(ROOT))) as (
        manager,
        _,
    ):
        assert manager.status("slow").state is ServerState.READY, manager.status("slow").cause
        requests = [frame.method for frame in manager.trace("slow").frames() if frame.kind == "request"]
        assert requests[:2] == ["server/discover", "initialize"]
        assert not (await manager.call_tool("slow", "add", {"a": 1, "b": 2})).is_error


async def test_the_era_is_forgotten_when_it_stops_working() -> None:
    eras = Eras()
    async with Web() as web:
        eras.learn(settings(web), old=True)
        web.speaks = web.speaks[-1:]
        async with ConnectionManager([settings(web)], eras=eras) as manager:
            await manager.settled(20)
            assert manager.status("web").protocol == web.speaks[-1]
        assert not eras.is_old(settings(web))


@pytest.mark.parametrize(
    "refusal",
    [
        (400, None, "Unsupported protocol version (supported versions: 2025-06-18)"),
        (200, {"supported": ["2025-06-18"], "requested": "2025-11-25"}, "Unsupported protocol version"),
        (200, None, "Unsupported protocol version: 2025-11-25"),
    ],
)
@pytest.mark.parametrize("pinned", [False, True])
async def test_a_refused_version_leads_to_an_older_one(
    refusal: tuple[int, Any, str], *, pinned: bool
) -> None:
    status, data, words = refusal

    def before(request: Request) -> Reply | None:
        message = request.message
        new = message.get("method") == "initialize" and message["params"]["protocolVersion"] > "2025-06-18"
        return error(message["id"], -32602, words, status, data) if new else None

    async with Web(REVISIONS, before=before) as web:
        protocol = "2025-11-25" if pinned else "auto"
        async with running(settings(web, protocol=protocol)) as (manager, _):
            found = manager.status("web")
            if pinned:
                assert found.state is ServerState.FAILED
                assert "protocol" in found.hint
            else:
                assert (found.state, found.protocol) == (ServerState.READY, "2025-06-18")


class SlowModern:
    """The client's side of a server that answers both questions at once, the older one first."""

    def __init__(self) -> None:
        self.adopted: Any = None
        self.refused = asyncio.Event()

    async def send_discover(self, version: str) -> dict[str, Any]:
        await self.refused.wait()
        await asyncio.sleep(0.01)
        return {
            "resultType": "complete",
            "supportedVersions": [version],
            "capabilities": {},
            "serverInfo": {"name": "slow", "version": "1"},
        }

    def adopt(self, found: Any) -> None:
        self.adopted = found


async def test_an_older_handshake_refused_beside_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(sdk: Any) -> None:
        sdk.refused.set()
        raise foreign(("2026-07-28",))

    monkeypatch.setattr(negotiation, "any_handshake", refuse)
    monkeypatch.setattr(negotiation, "_SILENCE", 0.2)
    sdk: Any = SlowModern()
    await negotiation.negotiate(sdk, "auto")
    assert sdk.adopted.supported_versions == ["2026-07-28"]
