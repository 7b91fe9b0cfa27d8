"""What providers answer in other clothes than the rules have: understood, or named for what it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from services.errors import LoginFailed
from services.oauth import http as client
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import Hang, staged

if TYPE_CHECKING:
    from pathlib import Path

RESOURCE = "/.well-known/oauth-protected-resource"
RESOURCES = (RESOURCE, f"{RESOURCE}/mcp")
SERVER = "/.well-known/oauth-authorization-server"
OPENID = "/.well-known/openid-configuration"
FORMS = ("application/x-www-form-urlencoded; charset=utf-8", "text/plain")


@pytest.mark.parametrize("kind", FORMS)
async def test_a_token_may_come_as_a_form(tmp_path: Path, kind: str) -> None:
    form = urlencode({"access_token": "a-token", "token_type": "bearer", "expires_in": "60", "scope": "a b"})
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = Reply(200, form.encode(), {"content-type": kind})
        credentials = await stage.log_in()
        assert (credentials.access_token, credentials.scopes) == ("a-token", ("a", "b"))
        assert credentials.expires_at == (credentials.issued_at or 0) + 60_000
        assert not [detail for detail in stage.told() if "a-token" in detail]


@pytest.mark.parametrize("kind", FORMS)
async def test_a_refusal_may_come_as_a_form(tmp_path: Path, kind: str) -> None:
    form = urlencode({"error": "bad_verification_code", "error_description": "The code is incorrect."})
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = Reply(200, form.encode(), {"content-type": kind})
        with pytest.raises(LoginFailed, match="refused: bad_verification_code: The code is incorrect"):
            await stage.log_in()


@pytest.mark.parametrize("body", [b"", b"welcome", b"a=b&c=d", b"&" * 1_000, b"access_token"], ids=range(5))
async def test_a_text_that_is_no_form_of_a_token_is_none(tmp_path: Path, body: bytes) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = Reply(200, body, {"content-type": "text/plain"})
        with pytest.raises(LoginFailed, match="answered with text/plain that is not a JSON object"):
            await stage.log_in()


@pytest.mark.parametrize("status", [200, 201])
async def test_a_refusal_of_a_client_is_one_whatever_its_status(tmp_path: Path, status: int) -> None:
    refusal = json.dumps({"error": "invalid_redirect_uri", "error_description": "https only"}).encode()
    async with staged(tmp_path) as stage:
        stage.provider.answers["/register"] = Reply(status, refusal)
        with pytest.raises(LoginFailed, match="refused: invalid_redirect_uri: https only") as caught:
            await stage.log_in()
        assert "oauth.callback_url" in caught.value.hint


async def test_endpoints_that_are_paths_are_those_of_the_issuer(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token"}
        stage.provider.changes[SERVER] = paths | {"registration_endpoint": "/register"}
        credentials = await stage.log_in()
        assert credentials.metadata["token_endpoint"] == f"{stage.provider.issuer}/token"


@pytest.mark.parametrize("endpoint", ["//elsewhere.example/token", "token", "ftp://x/token"])
async def test_what_is_no_path_is_made_no_endpoint(tmp_path: Path, endpoint: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"token_endpoint": endpoint}
        with pytest.raises(LoginFailed, match="its token_endpoint is neither https nor on this machine"):
            await stage.log_in()


async def test_an_endpoint_without_a_word_is_none(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"registration_endpoint": "", "revocation_endpoint": ""}
        with pytest.raises(LoginFailed, match="does not register clients"):
            await stage.log_in()


@pytest.mark.parametrize("path", [RESOURCE, SERVER])
async def test_a_place_that_is_silent_is_passed_by(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "DISCOVERY_SECONDS", 1.0)
    async with staged(tmp_path) as stage:
        document = {"issuer": stage.provider.issuer} | {
            f"{name}_endpoint": f"{stage.provider.issuer}/{place}"
            for name, place in (
                ("authorization", "authorize"),
                ("token", "token"),
                ("registration", "register"),
            )
        }
        pkce = {"code_challenge_methods_supported": ["S256"]}
        stage.provider.answers |= {path: Hang(), OPENID: Reply(200, json.dumps(document | pkce).encode())}
        await stage.log_in()
        assert any("no answer within" in detail for detail in stage.told())


async def test_places_that_are_silent_are_not_all_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "DISCOVERY_SECONDS", 0.3)
    async with staged(tmp_path) as stage:
        issuer = f"{stage.provider.issuer}/tenant"
        stage.provider.changes |= {path: {"authorization_servers": [issuer]} for path in RESOURCES}
        for place in (f"{SERVER}/tenant", f"{OPENID}/tenant", f"/tenant{OPENID}"):
            stage.provider.answers[place] = Hang()
        with pytest.raises(LoginFailed, match="oauth-authorization-server/tenant: no answer within"):
            await stage.log_in()
        assert len([detail for detail in stage.told() if "no answer within" in detail]) == 2


async def test_a_redirect_that_is_not_followed_says_where_it_leads(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = Reply(308, b"", {"location": "/token/?code=secret"})
        with pytest.raises(LoginFailed) as caught:
            await stage.log_in()
        assert f"HTTP 308 Permanent Redirect, to {stage.provider.issuer}/token/" in caught.value.message
        assert "secret" not in caught.value.message
