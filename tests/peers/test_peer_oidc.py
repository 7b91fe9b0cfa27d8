"""Login with an authorization server that nobody here wrote: npm's `oidc-provider`.

Discovery, dynamic registration, consent, a call, tokens that end, rotation, a restart, logging out; with
bearer tokens, and with tokens bound to a key.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jwt.algorithms import ECAlgorithm

from services.errors import LoginFailed, LoginNeeded, ScopesNeeded
from services.events import ServerState
from services.remedies import LogIn
from services.settings import ServerSettings
from tests.peers.chromium import chromium, missing
from tests.peers.oidc import Guard, oidc_provider
from tests.peers.oidc_stage import KINDS, SHORT, Stage, echo, stage
from tests.peers.person import Person
from tests.peers.servers import free_port, protected_http
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.peer


@pytest.mark.parametrize("kind", KINDS)
async def test_from_the_first_refusal_to_a_call(tmp_path: Path, kind: str) -> None:
    async with stage(tmp_path, **KINDS[kind]) as here, here.manager() as manager, Person() as person:
        status = manager.status("tasks")
        assert (status.state, status.cause) == (
            ServerState.LOGIN_NEEDED,
            "The tasks MCP server is not logged in.",
        )
        await here.log_in(manager, person)
        assert person.pages == ["sign in", "consent"]
        assert person.status == 200
        assert "Authentication complete. You may close this window." in person.page
        assert "hello" in await echo(manager, "hello")
        assert len(here.provider.told(event="registration")) == 1
        asked = here.provider.told(event="authorization")[0]
        assert (asked["resource"], asked["scope"]) == (here.settings.url, "tools:read")
        assert here.provider.told(event="token")[0]["resource"] == here.settings.url
        known = here.provider.about(here.kept.access_token)
        assert (known["sub"], known["aud"], known["scope"]) == ("bob", here.settings.url, "tools:read")
        assert ("cnf" in known) is KINDS[kind].get("dpop", False)


@pytest.mark.parametrize("kind", ["bearer", "dpop with nonces"])
async def test_tokens_are_renewed_before_they_end_and_after_a_restart(tmp_path: Path, kind: str) -> None:
    async with stage(tmp_path, life=SHORT, **KINDS[kind]) as here:
        async with here.manager() as manager, Person() as person:
            await here.log_in(manager, person)
            first = here.kept
            here.guard.refused.clear()
            await here.ended(first.access_token)
            with here.one_renewal():
                await asyncio.gather(*(echo(manager, str(number)) for number in range(5)))
        second = here.kept
        assert second.refresh_token != first.refresh_token
        assert not here.provider.about(first.refresh_token or "")["active"]
        await here.ended(second.access_token)
        with here.one_renewal():
            async with here.manager() as manager:
                assert manager.status("tasks").state is ServerState.READY, manager.status("tasks").cause
                assert "again" in await echo(manager, "again")
        assert here.kept.refresh_token != second.refresh_token
        assert "invalid_token" not in here.guard.refused
        assert len(here.provider.told(event="registration")) == 1


async def test_two_programs_renew_once(tmp_path: Path) -> None:
    async with stage(tmp_path, life=SHORT) as here, here.manager() as one, Person() as person:
        await here.log_in(one, person)
        async with here.manager() as other:
            await here.ended(here.kept.access_token)
            with here.one_renewal():
                await asyncio.gather(echo(one, "a"), echo(other, "b"), echo(one, "c"), echo(other, "d"))
            assert here.provider.about(here.kept.refresh_token or "")["active"]


@pytest.mark.parametrize("kind", ["bearer", "dpop"])
async def test_logging_out_ends_both_tokens_at_the_provider(tmp_path: Path, kind: str) -> None:
    async with stage(tmp_path, **KINDS[kind]) as here, here.manager() as manager, Person() as person:
        await here.log_in(manager, person)
        kept = here.kept
        ended = await manager.logout("tasks")
        assert (ended.revoked, ended.forgotten, ended.problem) == (True, True, "")
        for token in (kept.access_token, kept.refresh_token):
            assert not here.provider.about(token or "")["active"]
        assert here.logins.kept.load(here.settings) is None
        await until(lambda: manager.status("tasks").state is ServerState.LOGIN_NEEDED)
        await here.log_in(manager, person)
        assert "back" in await echo(manager, "back")


@pytest.mark.parametrize("protocol", ["auto", "legacy"])
async def test_the_protected_server_of_the_sdk(tmp_path: Path, protocol: str) -> None:
    port = free_port()
    resource = f"http://127.0.0.1:{port}/mcp"
    with oidc_provider(resource) as provider, protected_http(port, provider.issuer) as url:
        settings = ServerSettings("tasks", transport="http", url=url, protocol=protocol)
        here = Stage(provider, Guard(provider, resource), settings, tmp_path, {})
        async with here.manager() as manager, Person() as person:
            assert manager.status("tasks").state is ServerState.LOGIN_NEEDED
            await here.log_in(manager, person)
            (block,) = (await manager.call_tool("tasks", "whoami", {})).blocks
            assert block.text == "bob with tools:read"  # type: ignore[union-attr]
            assert (await manager.logout("tasks")).revoked is True


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_provider_that_insists_on_a_secret(tmp_path: Path, method: str) -> None:
    options: dict[str, Any] = {"life": SHORT, "method": method}
    async with stage(tmp_path, **options) as here, here.manager() as manager, Person() as person:
        await here.log_in(manager, person)
        assert here.kept.token_endpoint_auth_method == method
        await here.ended(here.kept.access_token)
        with here.one_renewal():
            assert "renewed" in await echo(manager, "renewed")
        assert (await manager.logout("tasks")).revoked is True


async def test_an_issuer_with_a_path(tmp_path: Path) -> None:
    async with (
        stage(tmp_path, path="/realms/one") as here,
        here.manager() as manager,
        Person() as person,
    ):
        assert here.provider.issuer.endswith("/realms/one")
        await here.log_in(manager, person)
        assert "hello" in await echo(manager, "hello")
        assert here.kept.issuer == here.provider.issuer
        assert (await manager.logout("tasks")).revoked is True


async def test_a_client_that_is_configured(tmp_path: Path) -> None:
    port = free_port()
    client = {
        "client_id": "desk:1",
        "client_secret": "a secret + more",
        "application_type": "native",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
    }
    oauth = {"client_id": "desk:1", "client_secret_env_var": "SECRET", "callback_port": port}
    options: dict[str, Any] = {"environ": {"SECRET": client["client_secret"]}, "clients": [client]}
    async with (
        stage(tmp_path, oauth=oauth, **options) as here,
        here.manager() as manager,
        Person() as person,
    ):
        await here.log_in(manager, person, scopes=("tools:write",))
        assert "hello" in await echo(manager, "hello", tool="stream")
        assert here.kept.scopes == ("tools:write",)
        assert not here.provider.told(event="registration")
        assert (await manager.logout("tasks")).revoked is True


async def test_a_client_that_is_its_own_document(tmp_path: Path) -> None:
    url = "https://client.example/jackfield.json"
    document = {
        "client_id": url,
        "client_name": "Jackfield",
        "application_type": "native",
        "grant_types": ["authorization_code", "refresh_token"],
        "redirect_uris": ["http://127.0.0.1/callback"],
        "token_endpoint_auth_method": "none",
    }
    oauth = {"client_metadata_url": url}
    async with (
        stage(tmp_path, oauth=oauth, documents={url: document}) as here,
        here.manager() as manager,
        Person() as person,
    ):
        await here.log_in(manager, person)
        assert "hello" in await echo(manager, "hello")
        assert here.kept.client_id == url
        assert not here.provider.told(event="registration")


@pytest.mark.parametrize("method", ["client_secret_basic", "private_key_jwt"])
@pytest.mark.parametrize("kind", ["bearer", "dpop with nonces"])
async def test_nobody_is_asked(tmp_path: Path, method: str, kind: str) -> None:
    client: dict[str, Any] = {
        "client_id": "robot",
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "response_types": [],
        "token_endpoint_auth_method": method,
    }
    oauth: dict[str, Any] = {"grant": "client_credentials", "client_id": "robot"}
    environ: dict[str, str] = {}
    if method == "private_key_jwt":
        private = ec.generate_private_key(ec.SECP256R1())
        client["jwks"] = {"keys": [ECAlgorithm.to_jwk(private.public_key(), as_dict=True)]}
        environ["KEY"] = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        oauth |= {"private_key_env_var": "KEY", "token_endpoint_auth_method": method}
    else:
        client["client_secret"] = environ["SECRET"] = "a:b%c d+&=~" * 4
        oauth["client_secret_env_var"] = "SECRET"
    options: dict[str, Any] = {"life": SHORT, "clients": [client], "oauth": oauth, "environ": environ}
    async with stage(tmp_path, **options, **KINDS[kind]) as here, here.manager() as manager:
        assert manager.status("tasks").state is ServerState.READY, manager.status("tasks").cause
        await here.ended(here.kept.access_token)
        assert "hello" in await echo(manager, "hello")
        known = here.provider.about(here.kept.access_token)
        assert (known["client_id"], known["scope"]) == ("robot", "tools:read")
        assert "invalid_token" not in here.guard.refused


async def test_a_login_that_the_provider_ended_is_needed_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.manager() as manager, Person() as person:
        await here.log_in(manager, person)
        kept = here.kept
        for token in (kept.refresh_token, kept.access_token):
            form = {"token": token, "client_id": kept.client_id}
            here.provider.client.post(f"{here.provider.issuer}/token/revocation", data=form)
        with pytest.raises(LoginNeeded) as refused:
            await echo(manager, "lost")
        assert refused.value.remedy == LogIn("tasks")
        assert here.kept.refresh_token is None
        await here.log_in(manager, person)
        assert "back" in await echo(manager, "back")
        assert len(here.provider.told(event="registration")) == 1


async def test_a_provider_that_forgot_its_clients_gets_to_know_us_again(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.manager() as manager, Person() as person:
        await here.log_in(manager, person)
        here.provider.close()
        port = urlsplit(here.provider.issuer).port
        with oidc_provider(here.settings.url, port=port) as restarted:
            here.guard.provider = restarted
            with pytest.raises(LoginNeeded, match="invalid_client"):
                await echo(manager, "lost")
            await here.log_in(manager, person)
            assert "back" in await echo(manager, "back")
            assert len(restarted.told(event="registration")) == 1


async def test_scopes_that_the_provider_does_not_know_are_no_obstacle(tmp_path: Path) -> None:
    async with stage(tmp_path) as here:
        here.guard.scope = "tools:read everything:else"
        async with here.manager() as manager, Person() as person:
            await here.log_in(manager, person)
            assert "hello" in await echo(manager, "hello")
            assert here.kept.scopes == ("tools:read",)


async def test_whoever_declines_reads_why_it_ended(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.manager() as manager, Person(consents=False) as person:
        with pytest.raises(LoginFailed, match="Bob said <no> & left"):
            await manager.login("tasks", show=person.log_in, open_browser=False)
        assert person.status == 400
        assert "Bob said &lt;no&gt; &amp; left" in person.page
        assert here.logins.kept.load(here.settings) is None


async def test_a_tool_that_needs_more_gets_a_login_for_all(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, here.manager() as manager, Person() as person:
        await here.log_in(manager, person)
        with pytest.raises(ScopesNeeded) as refused:
            await echo(manager, "more", tool="stream")
        assert set(refused.value.scopes) == {"tools:read", "tools:write"}
        assert "still there" in await echo(manager, "still there")
        await here.log_in(manager, person)
        assert "more" in await echo(manager, "more", tool="stream")
        assert set(here.kept.scopes) == {"tools:read", "tools:write"}


async def test_a_real_browser(tmp_path: Path) -> None:
    if lacking := missing():
        if os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
            pytest.fail(lacking)
        pytest.skip(lacking)

    def play(url: str) -> None:
        browser.open(url)
        browser.wait_for_title("Sign in")
        browser.click("button[value=yes]")
        browser.wait_for_title("Consent")
        assert "tools:read" in browser.text
        browser.click("button[value=yes]")
        browser.wait_for_title("Authentication complete")
        pages.append((urlsplit(browser.address).path, browser.text))

    pages: list[tuple[str, str]] = []
    async with stage(tmp_path) as here, here.manager() as manager:
        with chromium() as browser:
            await manager.login("tasks", show=lambda url: asyncio.to_thread(play, url), open_browser=False)
            ((path, text),) = pages
            assert path == "/callback"
            assert "Authentication complete. You may close this window." in text
        await until(lambda: manager.status("tasks").state is ServerState.READY)
        assert "hello" in await echo(manager, "hello")
