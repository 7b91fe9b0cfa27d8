"""A client that logs in behind `jackfield record --url`, and what is left of that in the file."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from services.connection_manager import ConnectionManager
from services.events import ServerState
from services.oauth.logins import Logins
from services.settings import ServerSettings
from tests.app.command_line.recording_stage import serving
from tests.peers.person import Person
from tests.servers.guarded import Guarded
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@asynccontextmanager
async def behind(url: str, file: Path, *options: str) -> AsyncIterator[tuple[ConnectionManager, str]]:
    """A client of the recorder, logged in there."""
    home = file.parent
    with serving("record", str(file), "--url", url, *options, home=home) as ours:
        server = ServerSettings("s", transport="http", url=ours, startup_timeout_sec=20)
        logins = Logins(home, mode="file", environ={})
        async with ConnectionManager([server], environ={}, logins=logins) as manager, Person() as person:
            await manager.settled(30)
            assert manager.status("s").state is ServerState.LOGIN_NEEDED
            await manager.login("s", show=person.log_in, open_browser=False)
            assert person.status == 200
            await until(lambda: manager.status("s").state is ServerState.READY)
            yield manager, ours


@pytest.mark.parametrize(
    ("method", "options"),
    [("none", ()), ("none", ("--with-secrets",)), ("client_secret_basic", ()), ("client_secret_post", ())],
)
async def test_a_client_logs_in_and_no_token_is_in_the_file(
    tmp_path: Path, method: str, options: tuple[str, ...]
) -> None:
    async with Guarded() as guarded:
        guarded.method = method
        async with behind(guarded.url, tmp_path / "r.jsonl", *options) as (manager, ours):
            result = await manager.call_tool("s", "echo", {"text": "hello"})
            assert "hello" in json.dumps(result.raw)
        (asked,) = guarded.urls
        assert (asked["resource"], guarded.asked[0]["resource"]) == (guarded.url, guarded.url)
        assert urlsplit(asked["redirect_uri"]).netloc == urlsplit(ours).netloc
        assert guarded.asked[0]["redirect_uri"] == asked["redirect_uri"]
    text = (tmp_path / "r.jsonl").read_text("utf-8")
    assert "tools/call" in text
    for secret in ("access-", "refresh-", "code-", "code_verifier", "the-client-secret"):
        assert secret not in text
    assert "POST /.jackfield-login/0/token: 200" in text


async def test_what_is_not_of_this_login_goes_nowhere(tmp_path: Path) -> None:
    evil = "https://evil.example/"
    async with (
        Guarded() as guarded,
        behind(guarded.url, tmp_path / "r.jsonl") as (_, ours),
        httpx2.AsyncClient() as stranger,
    ):
        base = f"{ours.removesuffix('/mcp')}/.jackfield-login"
        for path in ("/0/back/aHR0cHM6Ly9ldmlsLmV4YW1wbGUv", "/0/back/%25", "/7/token", "/0/nothing", "/x"):
            assert (await stranger.get(f"{base}{path}")).status_code == 404
        there = await stranger.get(f"{base}/0/authorize", params={"redirect_uri": evil, "client_id": "x"})
        sent: dict[str, Any] = parse_qs(urlsplit(there.headers["location"]).query)
        assert sent["redirect_uri"] == [evil]  # the authorization server's to judge


async def test_without_metadata_nothing_is_made_up(tmp_path: Path) -> None:
    async with Guarded() as guarded:
        guarded.login.before = lambda request: None  # an authorization server that says nothing
        with serving("record", str(tmp_path / "r.jsonl"), "--url", guarded.url, home=tmp_path) as ours:
            async with httpx2.AsyncClient() as client:
                refused = await client.post(ours, json={})
                assert refused.status_code == 401
                named = refused.headers["www-authenticate"].partition('_metadata="')[2].partition('"')[0]
                assert named.startswith(ours.removesuffix("/mcp"))
                known = (await client.get(named)).json()
                assert known["resource"] == ours
                (issuer,) = known["authorization_servers"]
                for kind in ("oauth-authorization-server", "openid-configuration"):
                    url = f"{ours.removesuffix('/mcp')}/.well-known/{kind}{urlsplit(issuer).path}"
                    assert (await client.get(url)).status_code == 404
