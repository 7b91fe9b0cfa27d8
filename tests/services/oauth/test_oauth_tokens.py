"""Requests to a token endpoint: how the client proves itself, what a refresh asks for and keeps."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import LoginFailed
from services.oauth.client import ClientIdentity, authenticated, method_for_secret
from services.oauth.dpop import DpopKey, Proofs
from services.oauth.tokens import TokenRefused, refresh, request_token
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import staged

if TYPE_CHECKING:
    from pathlib import Path

    from services.oauth.credentials import Credentials
    from tests.services.oauth.stage import Stage


async def refreshed(stage: Stage, credentials: Credentials) -> Credentials:
    async with stage.http() as http:
        return await refresh(http, credentials)


async def test_a_refresh_asks_for_the_same_as_the_login(tmp_path: Path) -> None:
    async with staged(tmp_path, scopes=("read", "write")) as stage:
        first = await stage.log_in()
        second = await refreshed(stage, first)
        assert stage.provider.asked[1] == {
            "grant_type": "refresh_token",
            "refresh_token": first.refresh_token,
            "scope": "read write",
            "resource": stage.settings.url,
            "client_id": "the-client",
        }
        assert second.access_token != first.access_token
        assert second.refresh_token != first.refresh_token
        kept = {"issuer", "client_id", "scopes", "resource", "metadata", "registration"}
        assert all(getattr(second, name) == getattr(first, name) for name in kept)


async def test_what_a_refresh_does_not_say_stays_as_it_was(tmp_path: Path) -> None:
    async with staged(tmp_path, scopes=("read",)) as stage:
        first = await stage.log_in()
        stage.provider.answers["/token"] = Reply(200, b'{"access_token": "new", "expires_in": 60}')
        second = await refreshed(stage, first)
        assert second.access_token == "new"
        assert (second.refresh_token, second.scopes) == (first.refresh_token, ("read",))
        assert second.issued_at is not None
        assert second.expires_at == second.issued_at + 60_000


async def test_a_life_beyond_all_numbers_costs_no_token(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = await stage.log_in()
        answer = f'{{"access_token": "new", "expires_in": 1{"0" * 400}}}'
        stage.provider.answers["/token"] = Reply(200, answer.encode())
        assert (await refreshed(stage, first)).access_token == "new"


async def test_a_token_that_no_request_can_carry_is_no_answer(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = await stage.log_in()
        answer = rb'{"access_token": "new", "refresh_token": "half-\ud800-of-it"}'
        stage.provider.answers["/token"] = Reply(200, answer)
        with pytest.raises(LoginFailed, match="not a JSON object"):
            await refreshed(stage, first)


async def test_a_refresh_token_that_was_used_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = await stage.log_in()
        await refreshed(stage, first)
        with pytest.raises(TokenRefused) as caught:
            await refreshed(stage, first)
        assert caught.value.error == "invalid_grant"
        assert str(first.refresh_token) not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (500, {"error": "server_error"}, "server_error"),
        (400, {"error": "temporarily_unavailable"}, "temporarily_unavailable"),
        (503, {}, None),
        (429, "slow down", None),
    ],
)
async def test_only_what_the_provider_says_is_a_refusal(
    tmp_path: Path, status: int, body: Any, error: str | None
) -> None:
    async with staged(tmp_path) as stage:
        first = await stage.log_in()
        stage.provider.answers["/token"] = Reply(status, json.dumps(body).encode())
        with pytest.raises(LoginFailed) as caught:
            await refreshed(stage, first)
        refused = isinstance(caught.value, TokenRefused)
        assert (caught.value.error if refused else None) == error


async def test_a_token_endpoint_in_the_clear_gets_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        first = replace(await stage.log_in(), metadata={"token_endpoint": "http://login.example/token"})
        with pytest.raises(LoginFailed, match="neither https nor on this machine"):
            await refreshed(stage, first)


async def test_a_nonce_is_asked_for_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.dpop = stage.provider.nonces = True
        metadata = {"token_endpoint": f"{stage.provider.issuer}/token"}
        proofs = Proofs(DpopKey.new())
        async with stage.http() as http:
            for _ in range(2):
                data = {"grant_type": "client_credentials"}
                answer = await request_token(http, metadata, ClientIdentity("x"), data, dpop=proofs)
                assert answer.token_type == "DPoP"
        assert len(stage.provider.asked) == 3  # the second request knows the nonce


# How a client proves itself.


def test_a_secret_in_the_header_is_encoded_as_in_a_form() -> None:
    client = ClientIdentity("my id:1", "s%c?ret+é", "client_secret_basic")
    form, headers = authenticated(client, "https://a", {"grant_type": "x"})
    scheme, _, pair = headers["Authorization"].partition(" ")
    assert scheme == "Basic"
    assert b64decode(pair) == b"my%20id%3A1:s%25c%3Fret%2B%C3%A9"
    assert form == {"grant_type": "x"}


def test_a_secret_in_the_form() -> None:
    client = ClientIdentity("me", "secret", "client_secret_post")
    assert authenticated(client, "https://a", {}) == ({"client_id": "me", "client_secret": "secret"}, {})


def test_an_assertion_is_made_for_the_issuer() -> None:
    client = ClientIdentity("me", None, "private_key_jwt", assertion=lambda audience: f"for {audience}")
    form, _ = authenticated(client, "https://a", {})
    assert form["client_assertion"] == "for https://a"
    assert form["client_assertion_type"].endswith(":jwt-bearer")


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("client_secret_basic", "needs a client secret"),
        ("client_secret_post", "needs a client secret"),
        ("private_key_jwt", "needs a key"),
        ("tls_client_auth", "is not supported"),
    ],
)
def test_a_method_without_what_it_needs(method: str, said: str) -> None:
    with pytest.raises(LoginFailed, match=said):
        authenticated(ClientIdentity("me", None, method), "https://a", {})


@pytest.mark.parametrize(
    ("supported", "method"),
    [
        (None, "client_secret_basic"),
        ([], "client_secret_basic"),
        (["client_secret_post"], "client_secret_post"),
        (["none", "client_secret_post", "client_secret_basic"], "client_secret_basic"),
        (["private_key_jwt"], "client_secret_basic"),
    ],
)
def test_how_a_configured_secret_is_sent(supported: list[str] | None, method: str) -> None:
    assert method_for_secret(supported) == method


def test_nothing_shows_a_secret() -> None:
    shown = repr(ClientIdentity("me", "the-secret", registration={"registration_access_token": "the-secret"}))
    assert "the-secret" not in shown
