"""Providers that fail, lie or are slow: each failure names its step and its URL, and shows no secret."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from services.errors import LoginFailed
from services.oauth import http as client
from services.oauth.tokens import TokenRefused
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import HTML, Hang, Stage, staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.web_wire import Request

RESOURCE = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"
STEPS = {
    RESOURCE: "resource metadata",
    SERVER: "authorization server",
    "/register": "registration",
    "/token": "token",
}


async def failed(stage: Stage, **options: Any) -> LoginFailed:
    """The failure of a login; nothing is kept of it."""
    with pytest.raises(LoginFailed) as caught:
        await stage.log_in(**options)
    assert stage.kept.load(stage.settings) is None
    failure = caught.value
    assert "\n" not in failure.message
    assert len(failure.message) <= 500
    return failure


@pytest.mark.parametrize("path", STEPS)
async def test_a_step_that_fails_is_named_with_its_url(tmp_path: Path, path: str) -> None:
    async with staged(tmp_path) as stage:
        down = Reply(503, b"<html>down</html>", {"content-type": "text/html"})
        stage.provider.answers |= {path: down, f"{RESOURCE}/mcp": down if path == RESOURCE else None}
        failure = await failed(stage)
        assert failure.step == STEPS[path]
        assert failure.message.startswith(f"{STEPS[path]}: ")
        assert path in failure.message
        assert "HTTP 503 Service Unavailable" in failure.message


@pytest.mark.parametrize("path", STEPS)
async def test_a_step_without_an_answer_ends(
    tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISCOVERY_SECONDS", "TOKEN_SECONDS"):
        monkeypatch.setattr(client, name, 0.1)
    async with staged(tmp_path) as stage:
        also = Hang() if path == RESOURCE else None  # one silent place alone is passed by
        stage.provider.answers |= {path: Hang(), f"{RESOURCE}/mcp": also}
        failure = await failed(stage)
        assert failure.step == STEPS[path]
        assert f"{path}: no answer within 0.1 s" in failure.message


@pytest.mark.parametrize("path", ["/register", "/token"])
async def test_a_web_page_instead_of_json_is_no_answer(tmp_path: Path, path: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers[path] = HTML
        failure = await failed(stage)
        assert failure.step == STEPS[path]
        assert path in failure.message


@pytest.mark.parametrize("path", STEPS)
async def test_an_endless_answer_is_cut_off(tmp_path: Path, path: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers[path] = Reply(200, b" " * (client.MOST_BYTES + 1))
        assert f"{path}: the answer is longer than 1024 KiB" in (await failed(stage)).message


@pytest.mark.parametrize("path", ["/register", "/token"])
async def test_a_redirect_carries_no_secret_on(tmp_path: Path, path: str) -> None:
    async with staged(tmp_path) as stage:
        elsewhere = f"{stage.provider.issuer}/elsewhere"
        stage.provider.answers[path] = Reply(307, b"", {"location": elsewhere})
        assert "HTTP 307 Temporary Redirect" in (await failed(stage)).message
        assert not [path for path in stage.provider.paths() if "elsewhere" in path]


async def test_a_provider_that_is_gone_is_named(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.provider.login.stop()
        failure = await failed(stage)
        assert failure.step == "authorization server"
        assert "cannot connect" in failure.message
        assert f"127.0.0.1:{stage.provider.login.port}" in failure.message


async def test_a_server_that_is_gone_is_named(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.provider.mcp.stop()
        failure = await failed(stage)
        assert failure.step == "challenge"
        assert stage.settings.url in failure.message


async def test_another_issuer_than_the_one_named_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"issuer": "https://honest.example"}
        failure = await failed(stage)
        assert failure.step == "authorization server"
        assert "another issuer: https://honest.example" in failure.message
        assert stage.browser.urls == []


@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256"])
async def test_a_provider_without_pkce_is_refused(tmp_path: Path, methods: object) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"code_challenge_methods_supported": methods}
        failure = await failed(stage)
        assert "PKCE" in failure.message
        assert stage.provider.forms("/register") == []


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "registration_endpoint"])
@pytest.mark.parametrize("url", ["http://elsewhere.example/x", "javascript:alert(1)", 7])
async def test_an_endpoint_in_the_clear_is_refused(tmp_path: Path, name: str, url: object) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {name: url}
        failure = await failed(stage)
        assert f"its {name} is neither https nor on this machine" in failure.message


async def test_no_registration_says_what_to_configure(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"registration_endpoint": None}
        failure = await failed(stage)
        assert failure.step == "registration"
        assert "oauth.client_id" in failure.hint


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"client_id": "x", "token_endpoint_auth_method": "client_secret_basic"}, "no client_secret"),
        ({"client_id": "x", "token_endpoint_auth_method": "tls_client_auth"}, "cannot be used here"),
        ({}, "no client_id"),
    ],
)
async def test_a_registration_that_cannot_be_used(tmp_path: Path, answer: object, said: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/register"] = Reply(201, json.dumps(answer).encode())
        assert said in (await failed(stage)).message


async def test_the_reason_for_no_registration_is_passed_on(tmp_path: Path) -> None:
    body = {"error": "invalid_redirect_uri", "error_description": "no \x1b[31mports\nhere"}
    async with staged(tmp_path) as stage:
        stage.provider.answers["/register"] = Reply(400, json.dumps(body).encode())
        failure = await failed(stage)
        assert failure.error == "invalid_redirect_uri"
        assert failure.message.endswith("refused: invalid_redirect_uri: no ports here")


# The answer of the browser.


def answering(stage: Stage, **changed: str | None) -> Callable[[Request], Reply]:
    """An authorization endpoint that answers other than asked."""

    def authorize(request: Request) -> Reply:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        right = {"code": "the-code", "state": asked["state"], "iss": stage.provider.issuer}
        told = {name: value for name, value in {**right, **changed}.items() if value is not None}
        return Reply(302, b"", {"location": f"{asked['redirect_uri']}?{urlencode(told)}"})

    return authorize


@pytest.mark.parametrize("iss", [None, "https://attacker.example", "slash"])
async def test_an_answer_of_another_issuer_is_not_used(tmp_path: Path, iss: str | None) -> None:
    async with staged(tmp_path) as stage:
        told = f"{stage.provider.issuer}/" if iss == "slash" else iss
        stage.provider.answers["/authorize"] = answering(
            stage, iss=told, error="access_denied", error_description="do not show this"
        )
        failure = await failed(stage)
        assert failure.step == "callback"
        assert "do not show this" not in failure.message + stage.browser.pages[0].text
        assert stage.browser.pages[0].status == 400
        assert stage.provider.asked == []


async def test_an_issuer_that_was_not_announced_is_checked_all_the_same(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes[SERVER] = {"authorization_response_iss_parameter_supported": None}
        stage.provider.answers["/authorize"] = answering(stage, iss="https://attacker.example")
        assert "attacker.example" in (await failed(stage)).message
        assert stage.provider.asked == []


async def test_a_wrong_state_is_no_answer(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/authorize"] = answering(stage, state="wrong")
        failure = await failed(stage, timeout=0.2)
        assert failure.message == "callback: no answer within 0.2 s"
        assert stage.browser.pages[0].status == 400
        assert any("state" in detail for detail in stage.told("callback"))


async def test_the_providers_reason_is_shown_in_both_places_as_text(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/authorize"] = answering(
            stage, code=None, error="access_denied", error_description="<script>No</script> \x1b]0;x\x07way"
        )
        failure = await failed(stage)
        assert failure.error == "access_denied"
        assert failure.message == "callback: access_denied: <script>No</script> way"
        page = stage.browser.pages[0]
        assert page.status == 400
        assert "&lt;script&gt;No&lt;/script&gt; way" in page.text
        assert "<script>" not in page.text


async def test_nobody_comes_back(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        failure = await failed(stage, show=lambda _url: None, timeout=0.1)
        assert failure.message == "callback: no answer within 0.1 s"


# The token endpoint.


async def test_a_code_that_was_used_already_is_refused(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/authorize"] = answering(stage, code="used-before")
        failure = await failed(stage)
        assert isinstance(failure, TokenRefused)
        assert failure.error == "invalid_grant"
        assert "used-before" not in failure.message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "no usable access_token"),
        ({"access_token": "a b"}, "no usable access_token"),
        ({"access_token": 7}, "no usable access_token"),
        ({"error": "bad_verification_code"}, "bad_verification_code"),
        ([], "not a JSON object"),
    ],
)
async def test_an_answer_that_is_no_token(tmp_path: Path, answer: object, said: str) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = Reply(200, json.dumps(answer).encode())
        failure = await failed(stage)
        assert failure.step == "token"
        assert said in failure.message


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        ("3600", 3600),
        (-5, None),
        (0, None),
        (0.4, 1),
        (1e300, 10 * 365 * 86_400),
        ("soon", None),
        (None, None),
    ],
)
async def test_any_life_of_a_token_is_understood(tmp_path: Path, life: object, seconds: int | None) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.changes["/token"] = {"expires_in": life}
        credentials = await stage.log_in()
        assert credentials.issued_at is not None
        expected = None if seconds is None else credentials.issued_at + seconds * 1000
        assert credentials.expires_at == expected


async def test_a_clock_that_jumps_during_a_login_dates_the_token_by_its_arrival(tmp_path: Path) -> None:
    from services.oauth.logins import Logins

    times = iter([1_000.0, 2_000_000.0])
    async with staged(tmp_path) as stage:
        stage.logins = Logins(tmp_path, mode="file", environ={}, clock=lambda: next(times, 3_000_000.0))
        credentials = await stage.log_in()
        assert credentials.issued_at in (2_000_000_000, 3_000_000_000)
        assert credentials.expires_at == credentials.issued_at + 3_600_000


# What must never be seen.


async def test_no_secret_is_ever_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    oauth = {"client_id": "mine", "client_secret": "canary-client-secret"}
    headers = {"X-Key": "canary-header-value"}
    async with staged(tmp_path, oauth=oauth, http_headers=headers) as stage:
        provider = stage.provider
        provider.answers["/token"] = lambda request: (
            Reply(400, json.dumps(_repeating(request)).encode()) if len(provider.asked) == 0 else None
        )
        failure = (await failed(stage)).message
        provider.answers["/token"] = Reply(
            200, json.dumps({"access_token": "canary-access", "refresh_token": "canary-refresh"}).encode()
        )
        credentials = await stage.log_in()
        told = [failure, *stage.told(), caplog.text, *capfd.readouterr(), repr(credentials)]
        asked = [_query(url) for url in stage.browser.urls]
        forms = [_form(request) for _, request in provider.requests if request.path == "/token"]
        secrets = {"canary-client-secret", "canary-access", "canary-refresh", "canary-header-value"}
        secrets |= {form[name] for form in forms for name in ("code", "code_verifier")}
        secrets |= {parameters["state"] for parameters in asked}
        assert len(forms) == 2
        for secret in secrets:
            assert secret not in "\n".join(told), secret


def _repeating(request: Request) -> dict[str, str]:
    """A refusal that says what was asked."""
    return {"error": "invalid_grant", "error_description": " ".join(_form(request).values())}


def _form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def _query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


async def test_headers_of_the_server_go_to_nobody_else(tmp_path: Path) -> None:
    async with staged(tmp_path, http_headers={"X-Key": "the-key"}) as stage:
        await stage.log_in()
        went = {(who, request.header("x-key")) for who, request in stage.provider.requests}
        # The browser's own request to the provider is among them.
        assert went == {("mcp", "the-key"), ("login", None)}


async def test_a_login_that_fails_leaves_the_earlier_one_alone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        credentials = await stage.log_in()
        stage.provider.answers["/token"] = Reply(503)
        with pytest.raises(LoginFailed):
            await stage.log_in()
        assert stage.kept.load(stage.settings) == replace(
            credentials,
            registration=stage.kept.load(stage.settings).registration,  # type: ignore[union-attr]
        )


async def test_steps_tell_what_happened_in_order(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.log_in()
        told = list(dict.fromkeys(step.what for step in stage.steps))
        assert told == [
            *("challenge", "resource metadata", "authorization server", "scopes", "callback"),
            *("registration", "authorization", "token", "stored"),
        ]
        assert all(step.ok is not False for step in stage.steps)
        assert any(f"{RESOURCE}: HTTP 200 OK" in detail for detail in stage.told("resource metadata"))
        assert "access_token" not in " ".join(stage.told("token"))
        assert str(tmp_path) in stage.told("stored")[0]
        await asyncio.sleep(0)
