"""A renewal that is refused: what ends a login, what waits, and what the next login does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx2
import pytest

from services.check.checkup import check_servers
from services.errors import ConnectionFailed, LoginFailed, LoginNeeded
from services.oauth import journey
from services.remedies import LogIn
from tests.servers.web_wire import Reply
from tests.services.oauth.stage import Stage, has_login, staged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.servers.web_wire import Request

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
PAGE = Reply(403, b"<html><title>Access denied</title></html>", {"content-type": "text/html"})


def refusing(status: int, body: object) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, content, {"content-type": "text/plain" if isinstance(body, bytes) else "application/json"}
    )


async def expired(stage: Stage) -> None:
    """A login whose token has ended, and whose refresh token has not been tried."""
    credentials = await stage.log_in()
    stage.kept.save(stage.settings, replace(credentials, expires_at=1))
    stage.provider.revoke_all()


async def pinged(stage: Stage, times: int = 1) -> list[int | Exception]:
    """What requests of one connection come to."""
    outcomes: list[int | Exception] = []
    async with httpx2.AsyncClient(auth=stage.logins.auth_for(stage.settings), trust_env=False) as client:
        for _ in range(times):
            try:
                outcomes.append((await client.post(stage.settings.url, json=PING)).status_code)
            except ConnectionFailed as failure:
                outcomes.append(failure)
    return outcomes


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refusing(401, b"Unauthorized"), "HTTP 401 Unauthorized (text/plain) without an OAuth error"),
        (refusing(404, b"no such page"), "HTTP 404"),
        (PAGE, "HTTP 403 Forbidden (text/html)"),
        (refusing(400, {"message": "Refresh token expired", "code": 4001}), "Refresh token expired"),
        (refusing(400, {}), "HTTP 400"),
        (refusing(400, ["invalid_grant"]), "HTTP 400"),
        (refusing(400, {"error": {"code": "expired", "message": "too old"}}), "expired: too old"),
        (refusing(400, {"error": {"code": 17, "message": "too old"}}), "too old"),
        (refusing(400, {"error": "invalid_request"}), "invalid_request"),
        (refusing(401, {"error": "invalid_token"}), "invalid_token"),
        (refusing(400, {"error": "unauthorized_client"}), "unauthorized_client"),
        (refusing(422, {"error": "expired_token"}), "expired_token"),
        (refusing(200, {"ok": False, "error": "invalid_refresh_token"}), "invalid_refresh_token"),
    ],
)
async def test_a_refusal_in_any_words_means_a_login_and_is_not_asked_for_again(
    tmp_path: Path, answer: Reply, said: str
) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        stage.provider.answers["/token"] = answer
        before = len(stage.provider.paths())
        first, *others = await pinged(stage, 4)
        assert isinstance(first, LoginNeeded)
        assert said in first.message
        assert first.remedy == LogIn("guarded")
        assert all(one == 401 or isinstance(one, LoginNeeded) for one in others)
        assert stage.provider.paths()[before:].count("POST login/token") == 1
        assert (await stage.logins.status(stage.settings)).value == "not_logged_in"


@pytest.mark.parametrize(
    "answer",
    [
        refusing(500, b"oops"),
        refusing(502, {"message": "bad gateway"}),
        refusing(503, {"error": "invalid_request"}),
        refusing(429, {"error": "rate_limited"}),
        refusing(408, b""),
        refusing(400, {"error": "temporarily_unavailable"}),
        refusing(400, {"error": {"code": "server_error", "message": "again, please"}}),
        refusing(200, b"<html>Sign in to the network</html>"),
    ],
)
async def test_what_may_pass_keeps_the_login_for_later(tmp_path: Path, answer: Reply) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        stage.provider.answers["/token"] = answer
        (failure,) = await pinged(stage)
        assert isinstance(failure, ConnectionFailed)
        assert not isinstance(failure, LoginNeeded)
        assert (failure.reason, "cannot be renewed now" in failure.message) == ("network", True)
        assert (await stage.logins.status(stage.settings)).value == "oauth"
        del stage.provider.answers["/token"]
        assert await pinged(stage) == [200]


@pytest.mark.parametrize(("status", "code"), [(400, "login-needed"), (500, "http-status")])
async def test_a_check_tells_what_became_of_the_login(tmp_path: Path, status: int, code: str) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        stage.provider.answers["/token"] = refusing(status, {"message": "no more of this"})
        (checked,) = await check_servers([stage.settings], environ={}, logins=stage.logins)
        (finding,) = checked.findings
        assert (finding.code, "no more of this" in finding.message) == (code, True)


async def test_what_was_mended_meanwhile_is_tried_at_the_next_start(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        stage.provider.answers["/token"] = PAGE
        assert isinstance((await pinged(stage))[0], LoginNeeded)
        assert not has_login(stage.logins, stage.settings)
        del stage.provider.answers["/token"]
        assert await pinged(stage) == [200]
        assert has_login(stage.logins, stage.settings)


# Credentials that another program kept, without the metadata of their provider.


async def test_a_provider_that_was_not_kept_is_found_again(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        kept = stage.kept.load(stage.settings)
        assert kept is not None
        stage.kept.save(stage.settings, replace(kept, metadata={}))
        assert await pinged(stage) == [200]
        renewed = stage.kept.load(stage.settings)
        assert renewed is not None
        assert renewed.metadata["token_endpoint"] == f"{stage.provider.issuer}/token"


async def test_a_refresh_token_goes_to_no_other_provider_than_its_own(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await expired(stage)
        kept = stage.kept.load(stage.settings)
        assert kept is not None
        stage.kept.save(stage.settings, replace(kept, metadata={}, issuer="https://other.example"))
        (failure,) = await pinged(stage)
        assert isinstance(failure, LoginNeeded)
        assert "https://other.example" in failure.message
        assert stage.provider.refreshes == 0


# A client that the provider has forgotten.


def numbered_clients(stage: Stage) -> set[str]:
    """Have each registration give a client of its own; those in the set are known."""
    known: set[str] = set()

    def register(request: Request) -> Reply:
        client_id = f"client-{len(stage.provider.forms('/register'))}"
        known.add(client_id)
        return Reply(201, json.dumps({**request.message, "client_id": client_id}).encode())

    stage.provider.answers["/register"] = register
    return known


def asked_client(request: Request) -> str:
    return request.path.partition("client_id=")[2].partition("&")[0]


def page(request: Request) -> Reply:
    return Reply(400, b"unknown client", {"content-type": "text/plain"})


def error_page(request: Request) -> Reply:
    return Reply(302, b"", {"location": "/oops?error=invalid_client"})


@pytest.mark.parametrize("refusal", [page, error_page])
async def test_a_client_that_was_forgotten_is_registered_in_the_same_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Callable[[Request], Reply]
) -> None:
    monkeypatch.setattr(journey, "PATIENCE", 0.05)
    async with staged(tmp_path) as stage:
        known = numbered_clients(stage)
        stage.provider.answers["/authorize"] = lambda request: (
            None if asked_client(request) in known else refusal(request)
        )
        first = await stage.log_in()
        known.clear()
        second = await stage.log_in()
        assert (first.client_id, second.client_id) == ("client-1", "client-2")
        assert len(stage.browser.urls) == 3  # the second ends on the page that refuses
        assert (await stage.log_in()).client_id == "client-2"


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client"])
async def test_a_client_that_only_the_token_endpoint_refuses_is_registered_in_the_same_login(
    tmp_path: Path, error: str
) -> None:
    async with staged(tmp_path) as stage:
        known = numbered_clients(stage)

        def token(request: Request) -> Reply | None:
            is_known = any(f"client_id={client_id}&" in f"{request.body.decode()}&" for client_id in known)
            return None if is_known else refusing(401, {"error": error})

        stage.provider.answers["/token"] = token
        await stage.log_in()
        known.clear()
        assert (await stage.log_in()).client_id == "client-2"
        assert len(stage.browser.urls) == 3


async def test_a_fresh_client_that_is_refused_ends_the_login(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.provider.answers["/token"] = refusing(401, {"error": "invalid_client"})
        with pytest.raises(LoginFailed, match="invalid_client"):
            await stage.log_in()
        assert len(stage.provider.forms("/register")) == 1


async def test_a_provider_that_fails_when_asked_about_the_client_costs_no_registration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "PATIENCE", 0.02)
    async with staged(tmp_path) as stage:
        await stage.log_in()
        stage.provider.answers["/authorize"] = Reply(503)
        with pytest.raises(LoginFailed, match="no answer"):
            await stage.log_in(timeout=0.5)
        assert len(stage.provider.forms("/register")) == 1
