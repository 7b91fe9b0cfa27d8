"""The requests of a server with a login: the token attached, renewed once, stored before it is used."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.credentials.store import CredentialStore
from services.errors import ConnectionFailed, CredentialsError, LoginNeeded, ScopesNeeded
from services.oauth.credentials import Credentials, KeptCredentials
from services.oauth.dpop import DpopKey
from services.oauth.http import OAuthHttp
from services.oauth.provider import Authorization, authorization_for
from services.remedies import LogIn
from services.settings import ServerSettings
from tests.servers.guarded import Guarded
from tests.servers.web_wire import Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from services.oauth.discovery import Challenge

REFUSAL = Reply(401, b"{}", {"www-authenticate": "Bearer"})
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@dataclass
class Stage:
    """A protected server, and the logins of one home directory."""

    guarded: Guarded
    home: Path
    settings: ServerSettings
    kept: KeptCredentials

    def log_in(self, scopes: tuple[str, ...] = (), *, life: float = 3600.0, **more: Any) -> Credentials:
        """A login as an earlier run of the program left it."""
        self.guarded.life = life
        key = DpopKey.from_jwk(more["dpop_key"]) if "dpop_key" in more else None
        answer = self.guarded.give(scopes, thumbprint=key.thumbprint if key is not None else None)
        now = int(time.time() * 1000)
        credentials = Credentials(
            server_name=self.settings.name,
            server_url=self.settings.url,
            issuer=self.guarded.issuer,
            client_id="the-client",
            access_token=answer["access_token"],
            token_type=answer["token_type"],
            refresh_token=answer["refresh_token"],
            expires_at=now + int(life * 1000),
            issued_at=now,
            scopes=scopes,
            resource=self.settings.url,
            metadata={"issuer": self.guarded.issuer, "token_endpoint": f"{self.guarded.issuer}/token"},
        )
        credentials = replace(credentials, **more)
        self.kept.save(self.settings, credentials)
        return credentials

    def authorization(
        self,
        *,
        clock: Callable[[], float] = time.time,
        on_challenge: Callable[[Challenge], None] | None = None,
    ) -> Authorization:
        """What a new connection gets."""
        return authorization_for(
            self.settings,
            self.kept,
            lambda: OAuthHttp(self.settings.url, environ={}),
            clock=clock,
            on_challenge=on_challenge,
        )

    @property
    def stored(self) -> Credentials:
        """What the store has, as another process sees it."""
        kept = KeptCredentials(CredentialStore(self.home, "file")).load(self.settings)
        assert kept is not None
        return kept


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Guarded() as guarded:
        settings = ServerSettings("guarded", transport="http", url=guarded.url)
        yield Stage(guarded, tmp_path, settings, KeptCredentials(CredentialStore(tmp_path, "file")))


@asynccontextmanager
async def using(auth: Authorization) -> AsyncIterator[Callable[[], Any]]:
    """Requests to the server, one a call."""
    async with httpx2.AsyncClient(auth=auth, trust_env=False) as client:
        yield lambda: client.post(str(auth.url), json=PING)
    await auth.close()


async def test_a_kept_token_goes_with_every_request(stage: Stage) -> None:
    kept = stage.log_in()

    async with using(stage.authorization()) as ping:
        assert [(await ping()).status_code for _ in range(3)] == [200] * 3
    assert stage.guarded.seen == [f"Bearer {kept.access_token}"] * 3
    assert stage.guarded.asked == []


async def test_no_token_goes_to_another_origin(stage: Stage) -> None:
    stage.log_in()

    async with (
        Guarded() as other,
        httpx2.AsyncClient(auth=stage.authorization(), trust_env=False) as client,
    ):
        assert (await client.post(other.url, json=PING)).status_code == 401
        same_host_other_port = other.seen
    assert same_host_other_port == [""]


async def test_without_a_login_the_refusal_stands_and_tells_what_was_asked(stage: Stage) -> None:
    stage.guarded.first_scope = "mcp:basic"
    heard: list[Challenge] = []
    auth = stage.authorization(on_challenge=heard.append)

    async with using(auth) as ping:
        assert (await ping()).status_code == 401
    assert [challenge.scope for challenge in heard] == ["mcp:basic"]
    error = auth.login_needed("HTTP 401")
    assert isinstance(error, LoginNeeded)
    assert error.message == "The guarded MCP server is not logged in."
    assert error.remedy == LogIn("guarded")


async def test_a_login_of_another_process_is_found_after_a_refusal(stage: Stage) -> None:
    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 401
        stage.log_in()
        assert (await ping()).status_code == 200


async def test_a_token_about_to_end_is_renewed_ahead_and_stored(stage: Stage) -> None:
    old = stage.log_in(life=3600)
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + 3580)) as ping:
        assert (await ping()).status_code == 200
    assert stage.guarded.refreshes == 1
    assert stage.stored.refresh_token not in (None, old.refresh_token)
    assert stage.guarded.seen == [f"Bearer {stage.stored.access_token}"]


@pytest.mark.parametrize(("age", "refreshes"), [(9.0, 0), (11.0, 1)])
async def test_a_token_of_twenty_seconds_is_renewed_after_half_its_life(
    stage: Stage, age: float, refreshes: int
) -> None:
    stage.log_in(life=20)
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + age)) as ping:
        assert (await ping()).status_code == 200
    assert stage.guarded.refreshes == refreshes


async def test_many_requests_at_once_make_one_renewal(stage: Stage) -> None:
    stage.log_in(life=20)
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + 15)) as ping:
        answers = await asyncio.gather(*(ping() for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert stage.guarded.refreshes == 1


async def test_a_refused_token_is_renewed_once_and_the_request_sent_once_more(stage: Stage) -> None:
    stage.log_in()
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as ping:
        answers = await asyncio.gather(*(ping() for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert stage.guarded.refreshes == 1


async def test_a_server_that_refuses_every_token_costs_one_renewal(stage: Stage) -> None:
    stage.log_in()
    stage.guarded.mcp.before = lambda request: REFUSAL

    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 401
    assert stage.guarded.refreshes == 1
    assert len(stage.guarded.mcp.requests) == 2


async def test_a_token_renewed_ahead_is_not_renewed_again_when_refused(stage: Stage) -> None:
    stage.log_in(life=20)
    now = time.time()
    stage.guarded.mcp.before = lambda request: REFUSAL

    async with using(stage.authorization(clock=lambda: now + 15)) as ping:
        assert (await ping()).status_code == 401
    assert stage.guarded.refreshes == 1
    assert len(stage.guarded.mcp.requests) == 1


async def test_an_answer_without_refresh_token_and_scope_keeps_the_old_ones(stage: Stage) -> None:
    old = stage.log_in(("a", "b"))
    stage.guarded.says_refresh = stage.guarded.says_scope = stage.guarded.rotates = False
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 200
    assert stage.stored.refresh_token == old.refresh_token
    assert stage.stored.scopes == ("a", "b")
    assert stage.stored.access_token != old.access_token


async def test_a_refresh_goes_to_the_kept_endpoint_with_the_resource(stage: Stage) -> None:
    stage.log_in()
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as ping:
        await ping()
    assert [request.path for request in stage.guarded.login.requests] == ["/token"]
    assert stage.guarded.asked[0]["resource"] == stage.settings.url


async def test_a_refresh_token_that_is_worth_nothing_is_forgotten(stage: Stage) -> None:
    stage.log_in(life=20)
    stage.guarded.refuses = "invalid_grant"
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as ping:
        with pytest.raises(LoginNeeded, match="has ended") as caught:
            await ping()
        assert (await ping()).status_code == 401
    assert caught.value.remedy == LogIn("guarded")
    assert stage.stored.refresh_token is None
    assert len(stage.guarded.asked) == 1


async def test_a_token_that_still_holds_is_used_when_it_cannot_be_renewed(stage: Stage) -> None:
    old = stage.log_in(life=20)
    await stage.guarded.login.stop()
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + 15)) as ping:
        assert [(await ping()).status_code for _ in range(5)] == [200] * 5
    assert stage.stored == old


async def test_an_expired_token_that_cannot_be_renewed_fails_clearly_and_is_kept(stage: Stage) -> None:
    old = stage.log_in(life=20)
    await stage.guarded.login.stop()
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + 25)) as ping:
        with pytest.raises(ConnectionFailed, match="cannot be renewed now") as caught:
            await ping()
        assert caught.value.reason == "network"
        assert stage.stored == old
        await stage.guarded.login.start()
        assert (await ping()).status_code == 200


async def test_a_provider_that_is_busy_costs_no_refresh_token(stage: Stage) -> None:
    old = stage.log_in(life=20)
    stage.guarded.refuses = "temporarily_unavailable"
    now = time.time()

    async with using(stage.authorization(clock=lambda: now + 25)) as ping:
        with pytest.raises(ConnectionFailed, match="cannot be renewed now"):
            await ping()
    assert stage.stored == old


async def test_a_store_that_is_full_costs_a_request_but_not_the_token(stage: Stage) -> None:
    stage.log_in()
    stage.guarded.revoke_all()

    class Full(KeptCredentials):
        def save(self, settings: ServerSettings, credentials: Credentials) -> None:
            raise CredentialsError("no space left")

    stage.kept = Full(CredentialStore(stage.home, "file"))
    async with using(stage.authorization()) as ping:
        with pytest.raises(CredentialsError, match="no space"):
            await ping()
        assert (await ping()).status_code == 200
    assert stage.guarded.refreshes == 1


async def test_a_cancelled_request_loses_no_refresh_token(stage: Stage) -> None:
    old = stage.log_in()
    stage.guarded.revoke_all()
    auth = stage.authorization()

    async with using(auth) as ping:
        asking = asyncio.create_task(ping())
        stage.guarded.heard = asking.cancel
        with pytest.raises(asyncio.CancelledError):
            await asking
        await auth.close()
        assert stage.stored.refresh_token not in (None, old.refresh_token)
        assert (await ping()).status_code == 200
    assert stage.guarded.refreshes == 1


async def test_two_connections_of_one_login_share_its_renewals(stage: Stage) -> None:
    stage.log_in()
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as one, using(stage.authorization()) as other:
        answers = await asyncio.gather(*(ping() for ping in (one, other) for _ in range(5)))
        assert {answer.status_code for answer in answers} == {200}
    assert stage.guarded.refreshes == 1


async def test_a_login_that_was_forgotten_meanwhile_stays_forgotten(stage: Stage) -> None:
    stage.log_in()

    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 200
        stage.kept.forget(stage.settings)
        stage.guarded.revoke_all()
        assert (await ping()).status_code == 401
    assert stage.guarded.refreshes == 0
    assert stage.kept.load(stage.settings) is None


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
async def test_a_clock_that_jumps_costs_one_renewal_at_most(stage: Stage, jump: float) -> None:
    stage.log_in(life=600)
    now = time.time()
    clock = [now]

    async with using(stage.authorization(clock=lambda: clock[0])) as ping:
        assert (await ping()).status_code == 200
        clock[0] = now + jump
        assert [(await ping()).status_code for _ in range(3)] == [200] * 3
    assert stage.guarded.refreshes <= 1


async def test_more_scopes_are_a_matter_for_the_person(stage: Stage) -> None:
    stage.log_in(("mcp:basic",))
    stage.guarded.needs["*"] = ("mcp:write",)
    heard: list[Challenge] = []

    async with using(stage.authorization(on_challenge=heard.append)) as ping:
        with pytest.raises(ScopesNeeded, match="mcp:basic mcp:write") as caught:
            await ping()
    assert caught.value.scopes == ("mcp:basic", "mcp:write")
    assert caught.value.remedy == LogIn("guarded", caught.value.scopes)
    assert [challenge.error for challenge in heard] == ["insufficient_scope"]
    assert stage.guarded.refreshes == 0


async def test_scopes_that_the_login_has_already_are_not_asked_for_again(stage: Stage) -> None:
    stage.log_in(("mcp:admin",))
    token = next(iter(stage.guarded.tokens.values()))
    token.scopes = ()
    stage.guarded.needs["*"] = ("mcp:admin",)

    async with using(stage.authorization()) as ping:
        with pytest.raises(ConnectionFailed, match="which the login has already") as caught:
            await ping()
    assert not isinstance(caught.value, LoginNeeded)


async def test_a_bound_token_goes_with_a_fresh_proof_and_the_nonce_asked_for(stage: Stage) -> None:
    stage.guarded.dpop = stage.guarded.nonces = True
    stage.log_in(dpop_key=DpopKey.new().to_jwk())

    async with using(stage.authorization()) as ping:
        assert [(await ping()).status_code for _ in range(3)] == [200] * 3
    assert len(stage.guarded.seen) == 4  # the first was asked for a nonce
    assert all(header.startswith("DPoP ") for header in stage.guarded.seen)
    assert len(set(stage.guarded.jtis)) == len(stage.guarded.jtis)


async def test_a_nonce_that_changes_costs_every_request_one_more_and_no_renewal(stage: Stage) -> None:
    stage.guarded.dpop = stage.guarded.nonces = True
    stage.log_in(dpop_key=DpopKey.new().to_jwk())

    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 200
        for number in range(3):
            stage.guarded.nonce = f"nonce-{number}"
            answers = await asyncio.gather(*(ping() for _ in range(10)))
            assert {answer.status_code for answer in answers} == {200}
    assert stage.guarded.asked == []


async def test_what_a_server_misses_stays_known_while_tokens_are_renewed(stage: Stage) -> None:
    stage.log_in(("mcp:basic",))
    stage.guarded.needs["*"] = ("mcp:write",)
    heard: list[Challenge] = []

    async with using(stage.authorization(on_challenge=heard.append)) as ping:
        with pytest.raises(ScopesNeeded):
            await ping()
        stage.guarded.needs.clear()
        stage.guarded.revoke_all()
        assert (await ping()).status_code == 200
    assert [challenge.error for challenge in heard] == ["insufficient_scope"]


async def test_a_bound_token_is_renewed_with_the_same_key(stage: Stage) -> None:
    stage.guarded.dpop = stage.guarded.nonces = True
    kept = stage.log_in(dpop_key=DpopKey.new().to_jwk())
    stage.guarded.revoke_all()

    async with using(stage.authorization()) as ping:
        assert (await ping()).status_code == 200
    assert stage.guarded.refreshes == 2  # one more for the nonce of the token endpoint
    assert stage.stored.dpop_key == kept.dpop_key
    assert stage.stored.token_type == "DPoP"


async def test_an_endless_refusal_is_cut_off(stage: Stage) -> None:
    stage.log_in()
    body = b"x" * (4 << 20)
    stage.guarded.mcp.before = lambda request: replace(REFUSAL, body=body)

    async with using(stage.authorization()) as ping:
        answer = await ping()
    assert answer.status_code == 401
    assert len(answer.content) < len(body)
