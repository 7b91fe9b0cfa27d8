"""Whether servers are logged in to, and the end of a login."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from keyring.backends.fail import Keyring

from services.credentials.store import CredentialStore
from services.oauth import status as module
from services.oauth.credentials import account_of
from services.oauth.logins import LoggedOut, Logins
from services.oauth.status import AuthStatus
from services.settings import ServerSettings
from tests.servers.certificates import authority
from tests.servers.web import Web
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import Hang, staged

if TYPE_CHECKING:
    from pathlib import Path

RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
NOT_HERE = Reply(404)


async def test_what_needs_no_question(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for changed, value in (
            ({"transport": "stdio"}, "unsupported"),
            ({"invalid": "x"}, "unsupported"),
            ({"enabled": False}, "unsupported"),
            ({"bearer_token_env_var": "TOKEN"}, "bearer_token"),
            ({"http_headers": {"AUTHORIZATION": "x"}}, "bearer_token"),
            ({"env_http_headers": {"Authorization": "X"}}, "bearer_token"),
            ({"url": stage.settings.url.replace("://", "://ada:secret@")}, "bearer_token"),
            ({"oauth": {"grant": "client_credentials"}}, "oauth"),
        ):
            settings = replace(stage.settings, **changed)
            assert await stage.logins.status(settings) == AuthStatus(value)  # type: ignore[arg-type]
        assert stage.provider.requests == []


async def test_a_login_is_known_without_network(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        assert await stage.logins.status(stage.settings) == AuthStatus("not_logged_in")
        credentials = await stage.log_in()
        stage.provider.requests.clear()
        assert await stage.logins.status(stage.settings) == AuthStatus("oauth")
        expired = replace(credentials, expires_at=1, refresh_token=None)
        stage.kept.save(stage.settings, expired)
        assert stage.provider.requests == []
        assert await stage.logins.status(stage.settings) == AuthStatus("not_logged_in")


async def test_a_login_of_another_process_is_seen(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        elsewhere = Logins(tmp_path, mode="file", environ={})
        assert (await elsewhere.status(stage.settings)).value == "not_logged_in"
        await stage.log_in()
        assert (await elsewhere.status(stage.settings)).value == "oauth"


async def test_probes_are_not_repeated(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.logins.status(stage.settings)
        asked = len(stage.provider.requests)
        await stage.logins.status(stage.settings)
        assert len(stage.provider.requests) == asked


async def test_a_server_that_wants_no_login_is_unsupported(tmp_path: Path) -> None:
    async with Web() as web, staged(tmp_path, url=web.url) as stage:
        assert await stage.logins.status(stage.settings) == AuthStatus("unsupported")


async def test_a_certificate_counts_here_too(tmp_path: Path) -> None:
    trusted, context = authority(tmp_path)
    async with Web(tls=context) as web, staged(tmp_path, url=web.url) as stage:
        status = await stage.logins.status(stage.settings)
        assert status.value == "unknown"
        assert "TLS" in status.reason
        logins = Logins(tmp_path, mode="file", environ={"SSL_CERT_FILE": str(trusted)})
        assert await logins.status(stage.settings) == AuthStatus("unsupported")


async def test_an_old_server_that_offers_login_is_found(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.answers |= {f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE}
        base = stage.settings.url.removesuffix("/mcp")
        provider.answers[SERVER] = Reply(200, f'{{"issuer": "{base}"}}'.encode())
        assert await stage.logins.status(stage.settings) == AuthStatus("not_logged_in")


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({f"{RESOURCE}/mcp": Reply(503), RESOURCE: Reply(503)}, "HTTP 503"),
        ({SERVER: Reply(200, b'{"issuer": "https://other.example"}')}, "another issuer"),
        ({f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE, SERVER: NOT_HERE}, "401"),
        ({"/mcp": Reply(500), f"{RESOURCE}/mcp": NOT_HERE, RESOURCE: NOT_HERE, SERVER: NOT_HERE}, "HTTP 500"),
    ],
)
async def test_a_probe_that_failed_is_not_known(tmp_path: Path, answers: dict[str, Any], reason: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers |= answers
        status = await stage.logins.status(stage.settings)
        assert status.value == "unknown"
        assert reason in status.reason


async def test_slow_servers_are_asked_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.3)
    async with staged(tmp_path) as stage:
        stage.provider.answers["/mcp"] = Hang()
        servers = [replace(stage.settings, name=f"slow-{number}") for number in range(10)]
        began = asyncio.get_running_loop().time()
        statuses = await stage.logins.statuses([*servers, ServerSettings("x")])
        assert asyncio.get_running_loop().time() - began < 2
        assert statuses["slow-9"] == AuthStatus("unknown", "no answer within 0.3 s")
        assert statuses["x"] == AuthStatus("unsupported")


async def test_a_store_that_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        store = CredentialStore(tmp_path, "keyring", keyring=Keyring())  # type: ignore[no-untyped-call]
        status = await Logins(tmp_path, store=store, environ={}).status(stage.settings)
        assert status.value == "unknown"
        assert status.reason


# Logging out.


async def test_logging_out_revokes_and_forgets(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        assert await stage.logins.log_out(stage.settings) == LoggedOut(True, True)
        assert stage.provider.revoked == [credentials.refresh_token, credentials.access_token]
        assert stage.kept.load(stage.settings) is None
        assert await stage.logins.status(stage.settings) == AuthStatus("not_logged_in")
        assert await stage.logins.log_out(stage.settings) == LoggedOut(None, False)


async def test_a_provider_without_revocation_keeps_nobody_from_logging_out(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"revocation_endpoint": None}
        await stage.log_in()
        assert await stage.logins.log_out(stage.settings) == LoggedOut(None, True)


@pytest.mark.parametrize("answer", [Reply(503), None])
async def test_a_provider_that_fails_keeps_nobody_from_logging_out(
    tmp_path: Path, answer: Reply | None
) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        if answer is None:
            await stage.provider.login.stop()
        stage.provider.answers["/revoke"] = answer
        done = await stage.logins.log_out(stage.settings)
        assert (done.revoked, done.forgotten) == (False, True)
        assert "/revoke" in done.problem
        assert str(credentials.refresh_token) not in done.problem
        assert stage.kept.load(stage.settings) is None


async def test_a_kept_login_that_cannot_be_understood_is_forgotten(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        store = CredentialStore(tmp_path, "file")
        store.put(account_of(stage.settings), '{"server_url": 7}')
        assert (await stage.logins.log_out(stage.settings)).forgotten
