"""A whole login: what is asked for, what comes back, what is kept."""

from __future__ import annotations

import asyncio
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from services.errors import LoginFailed, LoginNeeded, MissingVariable
from services.oauth.challenge import Challenge
from services.oauth.credentials import usable
from services.oauth.logins import Logins
from tests.servers.web import Web
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import has_login, staged

if TYPE_CHECKING:
    from pathlib import Path


def parameters(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_a_login_from_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        provider = stage.provider

        asked = parameters(stage.browser.urls[0])
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["resource"] == provider.url
        assert asked["client_id"] == "the-client"
        assert "scope" not in asked
        redirect = asked["redirect_uri"]
        assert urlsplit(redirect).hostname == "127.0.0.1"
        assert urlsplit(redirect).path == "/callback"

        [form] = provider.asked
        assert form["resource"] == provider.url
        assert form["redirect_uri"] == redirect
        assert form["client_id"] == "the-client"

        page = stage.browser.pages[0]
        assert page.status == 200
        assert "Authentication complete. You may close this window." in page.text
        assert page.headers["cache-control"] == "no-store"

        assert credentials.access_token in provider.tokens
        assert credentials.issuer == provider.issuer
        assert credentials.metadata["token_endpoint"] == f"{provider.issuer}/token"
        assert credentials.metadata["revocation_endpoint"] == f"{provider.issuer}/revoke"
        assert usable(credentials, stage.kept.now_ms())
        assert stage.kept.load(stage.settings) == credentials
        assert has_login(stage.logins, stage.settings)


async def test_the_registration_says_what_we_are(tmp_path: Path) -> None:
    async with staged(tmp_path, scopes=("read", "write")) as stage:
        await stage.log_in()
        [asked] = stage.provider.forms("/register")
        assert asked == {
            "client_name": "Jackfield",
            "redirect_uris": [parameters(stage.browser.urls[0])["redirect_uri"]],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
            "application_type": "native",
            "scope": "read write",
        }


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_provider_that_insists_on_a_secret_gets_it_back(tmp_path: Path, method: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.method = method
        credentials = await stage.log_in()
        assert credentials.client_secret == "the-client-secret"
        assert credentials.token_endpoint_auth_method == method
        assert stage.provider.forms("/register")[0]["token_endpoint_auth_method"] == method


async def test_a_provider_that_insists_only_when_asked_is_asked_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        provider.method = "client_secret_basic"
        provider.changes["/.well-known/oauth-authorization-server"] = {
            "token_endpoint_auth_methods_supported": None
        }
        provider.answers["/register"] = lambda request: (
            Reply(400, b'{"error": "invalid_client_metadata"}')
            if request.message["token_endpoint_auth_method"] == "none"
            else None
        )
        credentials = await stage.log_in()
        assert credentials.token_endpoint_auth_method == "client_secret_basic"


async def test_a_provider_that_does_not_know_the_scopes_registers_without(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.first_scope = "read unheard-of"
        stage.provider.answers["/register"] = lambda request: (
            Reply(400, b'{"error": "invalid_client_metadata"}') if "scope" in request.message else None
        )
        assert await stage.log_in()
        assert len(stage.provider.forms("/register")) == 2
        assert parameters(stage.browser.urls[0])["scope"] == "read unheard-of"


async def test_a_configured_client_is_not_registered(tmp_path: Path) -> None:
    oauth = {"client_id": "mine", "client_secret": "the-client-secret"}
    async with staged(tmp_path, oauth=oauth) as stage:
        stage.provider.method = "client_secret_post"
        credentials = await stage.log_in()
        assert credentials.client_id == "mine"
        assert stage.provider.forms("/register") == []
        assert stage.provider.asked[0]["client_secret"] == "the-client-secret"


async def test_a_client_id_metadata_document_is_used_where_it_is_taken(tmp_path: Path) -> None:
    url = "https://client.example/jackfield.json"
    async with staged(tmp_path, oauth={"client_metadata_url": url}) as stage:
        metadata = "/.well-known/oauth-authorization-server"
        stage.provider.changes[metadata] = {"client_id_metadata_document_supported": True}
        assert (await stage.log_in()).client_id == url
        assert stage.provider.forms("/register") == []
        stage.provider.changes.clear()
        assert (await stage.log_in()).client_id == "the-client"


async def test_how_a_client_comes_about_can_be_said(tmp_path: Path) -> None:
    document = {"client_metadata_url": "https://client.example/jackfield.json"}
    takes = {"/.well-known/oauth-authorization-server": {"client_id_metadata_document_supported": True}}
    async with staged(tmp_path, oauth={**document, "client_registration": "dcr"}) as stage:
        stage.provider.changes |= takes
        assert (await stage.log_in()).client_id == "the-client"
        cimd = replace(stage.settings, oauth={**document, "client_registration": "cimd"})
        assert (await stage.log_in(settings=cimd)).client_id == document["client_metadata_url"]
        lacking = replace(stage.settings, oauth={"client_registration": "cimd"})
        with pytest.raises(LoginFailed, match=r"needs oauth\.client_metadata_url"):
            await stage.log_in(settings=lacking)
        stage.provider.changes.clear()
        with pytest.raises(LoginFailed, match="takes no client ID metadata documents"):
            await stage.log_in(settings=cimd)


async def test_a_registration_is_used_again_where_it_fits(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = await stage.log_in()
        second = await stage.log_in()
        assert len(stage.provider.forms("/register")) == 1
        assert first.registration == second.registration
        assert stage.browser.urls[0].partition("?")[0] == stage.browser.urls[1].partition("?")[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"registration": {"redirect_uris": ["http://127.0.0.1:1/other"]}},
        {"registration": {"redirect_uris": ["http://127.0.0.1:1/callback"], "client_secret_expires_at": 1}},
    ],
)
async def test_a_registration_that_does_not_fit_is_made_anew(
    tmp_path: Path, changed: dict[str, object]
) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        stage.kept.save(stage.settings, replace(credentials, **changed))  # type: ignore[arg-type]
        await stage.log_in()
        assert len(stage.provider.forms("/register")) == 2


async def test_a_configured_client_is_not_given_to_another_issuer(tmp_path: Path) -> None:
    async with staged(tmp_path, oauth={"client_id": "mine"}) as stage:
        credentials = await stage.log_in()
        stage.kept.save(stage.settings, replace(credentials, issuer="https://honest.example"))
        with pytest.raises(LoginFailed, match=r"mine belongs to https://honest\.example") as caught:
            await stage.log_in()
        assert "log out" in caught.value.hint


async def test_a_client_that_the_provider_forgot_is_registered_next_time(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.log_in()
        with pytest.raises(LoginFailed, match="no answer") as caught:
            await stage.log_in(show=lambda _url: None, timeout=0.05)
        assert caught.value.hint.startswith("Try again")
        assert has_login(stage.logins, stage.settings)  # the old login lives on
        await stage.log_in()
        assert len(stage.provider.forms("/register")) == 2


async def test_after_a_refresh_without_a_client_the_next_login_registers(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        stage.kept.save(stage.settings, replace(credentials, expires_at=1))
        stage.provider.refuses = "invalid_client"
        async with httpx2.AsyncClient(auth=stage.logins.auth_for(stage.settings), trust_env=False) as client:
            with pytest.raises(LoginNeeded, match="invalid_client"):
                await client.post(stage.settings.url, json={})
        assert not has_login(stage.logins, stage.settings)
        stage.provider.refuses = ""
        await stage.log_in()
        assert len(stage.provider.forms("/register")) == 2


# Scopes and resource.


async def test_scopes_of_the_challenge_and_offline_access(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.first_scope = "read write"
        metadata = "/.well-known/oauth-authorization-server"
        stage.provider.changes[metadata] = {"scopes_supported": ["read", "offline_access"]}
        credentials = await stage.log_in()
        assert parameters(stage.browser.urls[0])["scope"] == "read write offline_access"
        assert credentials.scopes == ("read", "write", "offline_access")


async def test_step_up_asks_for_all_scopes_together(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.log_in(scopes=["read"])
        challenge = Challenge(scope="write", error="insufficient_scope", scheme="bearer")
        credentials = await stage.log_in(challenge=challenge)
        assert credentials.scopes == ("read", "write")


async def test_a_refused_scope_is_told_apart(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.first_scope = "everything"

        def refuse(request: object) -> Reply | None:
            asked = parameters(request.path)  # type: ignore[attr-defined]
            if "scope" not in asked:
                return None
            told = f"error=invalid_scope&state={asked['state']}&iss={stage.provider.issuer}"
            return Reply(302, b"", {"location": f"{asked['redirect_uri']}?{told}"})

        stage.provider.answers["/authorize"] = refuse
        with pytest.raises(LoginFailed) as caught:
            await stage.log_in()
        assert (caught.value.error, caught.value.discovered_scopes) == ("invalid_scope", True)
        assert stage.browser.pages[0].status == 400
        with pytest.raises(LoginFailed) as caught:
            await stage.log_in(scopes=["everything"])
        assert not caught.value.discovered_scopes
        assert (await stage.log_in(scopes=[])).access_token


@pytest.mark.parametrize(("configured", "sent"), [("https://api.example", "https://api.example"), ("", None)])
async def test_a_configured_resource_is_asked_for(tmp_path: Path, configured: str, sent: str | None) -> None:
    async with staged(tmp_path, oauth_resource=configured) as stage:
        credentials = await stage.log_in()
        assert parameters(stage.browser.urls[0]).get("resource") == sent
        assert stage.provider.asked[0].get("resource") == sent
        assert credentials.resource == sent


async def test_a_resource_above_the_server_is_asked_for(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        base = stage.settings.url.removesuffix("/mcp")
        stage.provider.changes["/.well-known/oauth-protected-resource"] = {"resource": base}
        assert (await stage.log_in()).resource == base


async def test_dpop_binds_the_tokens_to_a_key_that_is_kept(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.dpop = stage.provider.nonces = True
        credentials = await stage.log_in()  # the challenge asks for it
        assert credentials.token_type == "DPoP"
        assert credentials.dpop_key is not None
        assert "dpop_jkt" in parameters(stage.browser.urls[0])


# By hand.


async def test_the_pasted_url_is_taken(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        shown: list[str] = []

        async def paste() -> str:
            asked = parameters(shown[0])
            provider._codes["pasted-code"] = asked
            return f" {asked['redirect_uri']}?code=pasted-code&state={asked['state']}&iss={provider.issuer}\n"

        credentials = await stage.log_in(show=shown.append, paste=paste)
        assert credentials.access_token in provider.tokens


async def test_what_cannot_be_read_says_what_to_paste_instead(tmp_path: Path) -> None:
    async def paste() -> str:
        return "not what was asked for"

    async with staged(tmp_path) as stage:
        await stage.log_in()  # so that its registration is used again
        with pytest.raises(LoginFailed, match="neither a URL nor a code") as caught:
            await stage.log_in(show=lambda _url: None, paste=paste)
        assert "paste the whole address" in caught.value.hint


async def test_a_bare_code_is_taken_where_the_issuer_need_not_be_named(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        provider = stage.provider
        shown: list[str] = []

        async def paste() -> str:
            provider._codes["pasted-code"] = parameters(shown[0])
            return "pasted-code"

        with pytest.raises(LoginFailed, match="as a whole URL"):
            await stage.log_in(show=shown.append, paste=paste)
        metadata = "/.well-known/oauth-authorization-server"
        provider.changes[metadata] = {"authorization_response_iss_parameter_supported": None}
        shown.clear()
        assert await stage.log_in(show=shown.append, paste=paste)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("http://127.0.0.1:1/callback?code=x&state=wrong", "another login"),
        ("http://127.0.0.1:1/callback", "no code in that URL"),
        ("two words", "neither a URL nor a code"),
    ],
)
async def test_a_wrong_paste_says_why(tmp_path: Path, pasted: str, said: str) -> None:
    async def paste() -> str:
        return pasted

    async with staged(tmp_path) as stage:
        with pytest.raises(LoginFailed, match=said):
            await stage.log_in(show=lambda _url: None, paste=paste)


async def test_nothing_pasted_leaves_it_to_the_listener(tmp_path: Path) -> None:
    async def paste() -> str:
        return ""

    async def show(url: str) -> None:
        tasks.append(asyncio.create_task(later(url)))

    async def later(url: str) -> None:
        await asyncio.sleep(0.05)
        await stage.browser(url)

    tasks: list[asyncio.Task[None]] = []
    async with staged(tmp_path) as stage:
        assert await stage.log_in(show=show, paste=paste)
        await asyncio.gather(*tasks)


# Together and apart.


async def test_logins_of_a_fixed_port_take_turns(tmp_path: Path, free_tcp_port: int) -> None:
    async with staged(tmp_path, callback_port=free_tcp_port) as stage:
        other = replace(stage.settings, name="other")
        both = await asyncio.gather(stage.log_in(), stage.log_in(settings=other))
        assert {credentials.server_name for credentials in both} == {"guarded", "other"}
        assert len(stage.browser.urls) == 2
        assert {urlsplit(parameters(url)["redirect_uri"]).port for url in stage.browser.urls} == {
            free_tcp_port
        }


async def test_logins_without_a_fixed_port_run_side_by_side(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        meeting = asyncio.Barrier(2)

        async def show(url: str) -> None:
            await meeting.wait()
            await stage.browser(url)

        other = replace(stage.settings, name="other")
        await asyncio.gather(stage.log_in(show=show), stage.log_in(settings=other, show=show))


async def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        port = stage.provider.login.port  # somebody listens there
        settings = replace(stage.settings, oauth={"callback_port": port})
        with pytest.raises(LoginFailed, match=f"port {port} is in use") as caught:
            await stage.log_in(settings=settings)
        assert "mcp_oauth_callback_port" in caught.value.hint


async def test_a_cancelled_login_leaves_nothing_behind(tmp_path: Path, free_tcp_port: int) -> None:
    async with staged(tmp_path, callback_port=free_tcp_port) as stage:
        shown = asyncio.Event()
        login = asyncio.create_task(stage.log_in(show=lambda _url: shown.set()))
        async with asyncio.timeout(5):
            await shown.wait()
        login.cancel()
        with pytest.raises(asyncio.CancelledError):
            await login
        assert stage.kept.load(stage.settings) is None
        assert await stage.log_in()  # the port is free again


async def test_a_server_that_wants_no_login_says_so(tmp_path: Path) -> None:
    async with Web() as web, staged(tmp_path, url=web.url) as stage:
        with pytest.raises(LoginFailed, match="answers without a login"):
            await stage.log_in()


async def test_a_secret_that_left_the_configuration_is_taken_from_the_store(tmp_path: Path) -> None:
    async with staged(tmp_path, oauth={"client_id": "mine", "client_secret_env_var": "SECRET"}) as stage:
        stage.provider.method = "client_secret_post"
        with pytest.raises(MissingVariable, match="SECRET for MCP server 'guarded'"):
            await stage.log_in()
        secret = {"SECRET": "the-client-secret"}
        await Logins(tmp_path, mode="file", environ=secret).log_in(
            stage.settings, show=stage.browser, open_browser=False
        )
        credentials = await stage.log_in(settings=replace(stage.settings, oauth={"client_id": "mine"}))
        assert credentials.client_secret == "the-client-secret"


async def test_the_browser_is_opened_by_itself(tmp_path: Path) -> None:
    program = tmp_path / "browser.py"
    program.write_text("import sys, urllib.request; urllib.request.urlopen(sys.argv[1])\n")
    browser = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} %s"
    async with staged(tmp_path) as stage:
        stage.logins = Logins(tmp_path, mode="file", environ={"BROWSER": browser, "PATH": "/bin"})
        assert await stage.log_in(show=lambda _url: None, open_browser=True, timeout=20.0)


async def test_what_needs_no_login_says_so(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for changed, said in (
            ({"transport": "stdio"}, "takes no login"),
            ({"bearer_token_env_var": "TOKEN"}, "has a token in its configuration"),
            ({"http_headers": {"authorization": "x"}}, "has a token in its configuration"),
        ):
            with pytest.raises(LoginFailed, match=said):
                await stage.log_in(settings=replace(stage.settings, **changed))


async def test_tokens_without_a_person_are_obtained_at_once(tmp_path: Path) -> None:
    oauth = {"grant": "client_credentials", "client_id": "mine", "client_secret": "the-client-secret"}
    async with staged(tmp_path, oauth=oauth) as stage:
        stage.provider.method = "client_secret_basic"
        credentials = await stage.log_in()
        assert stage.browser.urls == []
        assert stage.kept.load(stage.settings) == credentials
