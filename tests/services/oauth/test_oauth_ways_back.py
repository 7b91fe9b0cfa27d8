"""How a login ends where the browser does not come back as it should: without a state, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from services.oauth import journey
from services.oauth.attempt import Attempt, NotOurs
from services.oauth.redirect import other_callback
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import Stage, staged
from tests.services.oauth.test_oauth_faults import SERVER, failed
from tests.services.oauth.test_oauth_trust import trusting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.web_wire import Request

ISSUER = "https://login.example"


def sent_back(**parameters: str) -> Callable[[Request], Reply]:
    """An authorization endpoint that answers with these parameters and nothing else."""

    def authorize(request: Request) -> Reply:
        asked = parse_qs(urlsplit(request.path).query)
        return Reply(302, b"", {"location": f"{asked['redirect_uri'][0]}?{urlencode(parameters)}"})

    return authorize


def unannounced(stage: Stage) -> None:
    stage.provider.changes[SERVER] = {"authorization_response_iss_parameter_supported": None}


@pytest.mark.parametrize("state", [{}, {"state": ""}])
async def test_an_error_without_a_state_ends_the_login_in_the_providers_words(
    tmp_path: Path, state: dict[str, str]
) -> None:
    async with staged(tmp_path) as stage:
        unannounced(stage)
        words = {"error": "invalid_scope", "error_description": "The scope is not known"}
        stage.provider.answers["/authorize"] = sent_back(**words, **state)
        failure = await failed(stage)
        assert failure.message == "callback: invalid_scope: The scope is not known"
        assert failure.error == "invalid_scope"
        assert "The scope is not known" in stage.browser.pages[0].text


@pytest.mark.parametrize(
    "query",
    [
        "error=access_denied&state=wrong",
        "error=access_denied&iss=https%3A%2F%2Fother.example",
        "code=the-code",
        "error_description=nothing",
        "",
    ],
)
def test_what_is_no_answer_to_this_login_without_its_state(query: str) -> None:
    with pytest.raises(NotOurs):
        Attempt("http://127.0.0.1:1/callback", ISSUER).read(query)


def test_an_error_without_a_state_may_name_its_issuer() -> None:
    attempt = Attempt("http://127.0.0.1:1/callback", ISSUER, iss_required=True)
    told = attempt.read(urlencode({"error": "access_denied", "iss": ISSUER}))
    assert (told.failure, told.error) == ("access_denied", "access_denied")
    assert "RFC 9207" in attempt.read("error=access_denied").failure


# Providers that take one name of this machine only.


def taking(stage: Stage, host: str, answer: Reply) -> Callable[[Request], Reply | None]:
    """Refuse redirect URIs of another host than this one."""

    def authorize(request: Request) -> Reply | None:
        (asked,) = parse_qs(urlsplit(request.path).query)["redirect_uri"]
        return None if urlsplit(asked).hostname == host else answer

    return authorize


JSON_PAGE = Reply(400, json.dumps({"error": "invalid_redirect_uri", "error_description": "no!"}).encode())
FORBIDDEN = Reply(403, json.dumps({"message": "Forbidden"}).encode())


@pytest.mark.parametrize("answer", [JSON_PAGE, FORBIDDEN])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_a_redirect_uri_that_is_refused_in_the_browser_names_the_key_that_helps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Reply, host: str
) -> None:
    monkeypatch.setattr(journey, "PATIENCE", 0.05)
    other = {} if host == "localhost" else {"callback_url": "http://localhost/callback"}
    async with staged(tmp_path, oauth=other) as stage:
        stage.provider.answers["/authorize"] = taking(stage, host, answer)
        failure = await failed(stage)
        assert failure.step == "authorization"
        assert "refuses the browser, HTTP 40" in failure.message
        assert await stage.log_in(settings=trusting(stage, failure.hint))
        assert stage.provider.urls[-1]["redirect_uri"].startswith(f"http://{host}:")


async def test_a_firewall_that_takes_no_loopback_address_names_the_key_that_helps(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:

        def register(request: Request) -> Reply | None:
            return FORBIDDEN if b"http://127.0.0.1" in request.body else None

        stage.provider.answers["/register"] = register
        failure = await failed(stage)
        assert failure.message.endswith("answered HTTP 403 Forbidden: Forbidden")
        assert await stage.log_in(settings=trusting(stage, failure.hint))


async def test_a_registration_that_refuses_the_redirect_uri_names_the_key_that_helps(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/register"] = JSON_PAGE
        assert 'oauth.callback_url = "http://localhost/callback"' in (await failed(stage)).hint


async def test_a_web_page_is_left_to_whoever_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journey, "PATIENCE", 0.01)
    async with staged(tmp_path) as stage:
        stage.provider.answers["/authorize"] = Reply(403, b"<html>", {"content-type": "text/html"})
        failure = await failed(stage, timeout=0.5)
        assert failure.reason == "timeout"
        assert "oauth.callback_url" in failure.hint


def test_only_this_machine_has_another_name() -> None:
    assert other_callback("https://dev.example.com/cb") == ""
    assert other_callback("http://[::1]:70/cb").endswith('oauth.callback_url = "http://localhost/cb"')
