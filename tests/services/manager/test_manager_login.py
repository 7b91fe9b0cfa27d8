"""Logging in through the front door: what the person hears, and what the server does with it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import sys
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.connection_manager import ConnectionManager
from services.connections import logins_elsewhere
from services.connections.reconnection import Retry
from services.errors import ConnectionFailed, LoginFailed, LoginNeeded, ScopesNeeded
from services.events import LoginEnded, LoginStarted, LoginStep, LoginUrl, ServerState
from services.logs.files import LogFiles
from services.oauth.logins import Logins
from services.remedies import LogIn
from services.settings import ServerSettings
from tests.servers.guarded import Guarded, Token
from tests.servers.web_wire import Reply
from tests.services.conftest import Recorder
from tests.services.oauth.stage import has_login
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.events import ServerStatus
    from services.settings import Transport
    from tests.servers.web_wire import Request

NAME = "guarded"
SECRET = ("code", "code_verifier", "refresh_token")
"""What of a token request must not be seen."""


@dataclass
class Desk:
    """A session with one protected server."""

    guarded: Guarded
    home: Path
    clock: float = 0.0
    """Seconds that the clock of logins is ahead."""
    oauth: dict[str, Any] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)
    retry: Retry | None = None
    heard: Recorder = field(default_factory=Recorder)

    @property
    def settings(self) -> ServerSettings:
        transport: Transport = "sse" if self.guarded.url.endswith("/sse") else "http"
        return ServerSettings(NAME, transport=transport, url=self.guarded.url, oauth=self.oauth)

    @property
    def logins(self) -> Logins:
        clock = lambda: time.time() + self.clock  # noqa: E731
        return Logins(self.home, mode="file", environ=self.environ, clock=clock)

    @asynccontextmanager
    async def open(
        self, settings: ServerSettings | None = None, logs: LogFiles | None = None
    ) -> AsyncIterator[ConnectionManager]:
        manager = ConnectionManager(
            [settings or self.settings],
            listener=self.heard,
            retry=self.retry,
            probes_logins=True,
            environ=self.environ,
            logins=self.logins,
            logs=logs,
        )
        async with manager:
            await manager.settled(30)
            yield manager

    async def log_in(self, manager: ConnectionManager, **options: Any) -> ServerStatus:
        """Log in as a person does whose browser agrees to everything, and wait for the server."""
        await manager.login(NAME, show=browse, open_browser=False, **options)
        await manager.settled(30)
        return manager.status(NAME)

    def logged(self, *kinds: type) -> list[Any]:
        return [event for event in self.heard if isinstance(event, kinds)]


async def browse(url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False, follow_redirects=True) as browser:
        await browser.get(url)


async def nothing(url: str) -> None:
    """A browser that nobody looks at."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with Guarded() as guarded:
        yield Desk(guarded, tmp_path)


async def test_a_server_that_wants_a_login_says_so_and_how(desk: Desk) -> None:
    async with desk.open() as manager:
        status = manager.status(NAME)

    assert status.state is ServerState.LOGIN_NEEDED
    assert status.auth == "not_logged_in"
    assert status.cause == "The guarded MCP server is not logged in."
    assert status.remedy == LogIn("guarded")


async def test_after_a_login_the_server_connects_by_itself(desk: Desk) -> None:
    async with desk.open() as manager:
        status = await desk.log_in(manager)
        assert (status.state, status.auth) == (ServerState.READY, "oauth")
        assert await manager.call_tool(NAME, "echo", {"text": "hello"})

    told = desk.logged(LoginStarted, LoginUrl, LoginEnded)
    assert [type(event) for event in told] == [LoginStarted, LoginUrl, LoginEnded]
    assert told[1].url.startswith(f"{desk.guarded.issuer}/authorize?")
    assert told[2] == LoginEnded(NAME, None)
    assert {event.step.what for event in desk.logged(LoginStep)} >= {"token", "stored"}


async def test_a_login_made_elsewhere_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logins_elsewhere, "PAUSE", 0.05)
    async with desk.open() as manager:
        assert manager.status(NAME).state is ServerState.LOGIN_NEEDED
        await asyncio.sleep(0.3)  # another process needs longer than this
        await desk.logins.log_in(desk.settings, show=browse, open_browser=False)
        await until(lambda: manager.status(NAME).state is ServerState.READY)
        assert len(desk.logged(LoginStarted)) == 0


async def test_a_login_that_is_refused_is_not_tried_without_end(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logins_elsewhere, "PAUSE", 0.02)
    await desk.logins.log_in(desk.settings, show=browse, open_browser=False)
    desk.guarded.tokens = NeverGood()  # every token is refused, and every refresh brings another
    async with desk.open() as manager:
        assert manager.status(NAME).state is ServerState.LOGIN_NEEDED
        asked = len(desk.guarded.asked)
        await asyncio.sleep(0.6)
        assert len(desk.guarded.asked) == asked


class NeverGood(dict[str, Token]):
    """Forgets every token at once."""

    def __setitem__(self, name: str, token: Token) -> None:
        pass


async def test_the_next_session_needs_no_login(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
    async with desk.open() as manager:
        assert manager.status(NAME).state is ServerState.READY
        assert manager.status(NAME).auth == "oauth"
    assert len(desk.guarded.asked) == 1


async def test_steps_of_a_login_are_in_the_trace_of_the_server(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
        trace = "\n".join(manager.trace(NAME).lines())

    assert "login" in trace
    assert "registration" in trace


async def test_a_call_with_tokens_of_twenty_seconds_makes_one_refresh_at_most(desk: Desk) -> None:
    desk.guarded.life, desk.guarded.grace = 20, 60
    async with desk.open() as manager:
        await desk.log_in(manager)
        for _ in range(3):
            desk.clock += 15
            before = desk.guarded.refreshes
            await manager.call_tool(NAME, "echo", {"text": "x"})
            assert desk.guarded.refreshes - before == 1


async def test_a_token_revoked_meanwhile_costs_one_refresh_and_no_call(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
        desk.guarded.revoke_all()
        calls = (manager.call_tool(NAME, "echo", {"text": str(n)}) for n in range(8))
        await asyncio.gather(*calls)
        assert manager.status(NAME).state is ServerState.READY
    assert desk.guarded.refreshes == 1


async def test_a_login_that_ended_at_the_provider_is_needed_again(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
        desk.guarded.revoke_all()
        desk.guarded.refuses = "invalid_grant"
        with pytest.raises(LoginNeeded, match="has ended"):
            await manager.call_tool(NAME, "echo", {"text": "x"})
        await until(lambda: manager.status(NAME).state is ServerState.LOGIN_NEEDED)
        assert manager.status(NAME).remedy == LogIn("guarded")

        desk.guarded.refuses = ""
        assert (await desk.log_in(manager)).state is ServerState.READY


async def test_missing_scopes_cost_a_call_and_the_next_login_asks_for_all(desk: Desk) -> None:
    desk.guarded.first_scope = "mcp:basic"
    desk.guarded.needs["echo"] = ("mcp:write",)
    async with desk.open() as manager:
        await desk.log_in(manager)
        with pytest.raises(ScopesNeeded, match="mcp:basic mcp:write") as caught:
            await manager.call_tool(NAME, "echo", {"text": "x"})
        assert caught.value.remedy == LogIn("guarded", caught.value.scopes)
        assert manager.status(NAME).state is ServerState.READY
        await manager.call_tool(NAME, "stream", {"text": "other tools go on"})

        await desk.log_in(manager)
        await manager.call_tool(NAME, "echo", {"text": "x"})
    assert [query.get("scope") for query in desk.guarded.urls] == ["mcp:basic", "mcp:basic mcp:write"]


async def test_scopes_that_bring_nothing_are_not_asked_for_without_end(desk: Desk) -> None:
    desk.guarded.first_scope = "mcp:admin"
    desk.guarded.needs["echo"] = ("mcp:admin",)
    async with desk.open() as manager:
        await desk.log_in(manager)
        for token in desk.guarded.tokens.values():
            token.scopes = ()
        with pytest.raises(ConnectionFailed, match="which the login has already") as caught:
            await manager.call_tool(NAME, "echo", {"text": "x"})
    assert not isinstance(caught.value, LoginNeeded)


async def test_logging_out_revokes_forgets_and_says_so(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
        result = await manager.logout(NAME)
        await manager.settled(30)
        assert (result.revoked, result.forgotten) == (True, True)
        assert manager.status(NAME).state is ServerState.LOGIN_NEEDED
        assert not has_login(desk.logins, desk.settings)
    assert len(desk.guarded.revoked) >= 1


@pytest.mark.parametrize("how", ["removed", "logout", "waiter", "again"])
async def test_a_login_under_way_can_be_ended(desk: Desk, how: str) -> None:
    async with desk.open() as manager:
        login = asyncio.create_task(manager.login(NAME, show=nothing, open_browser=False))
        await desk.heard.wait_for(lambda event: isinstance(event, LoginUrl))
        match how:
            case "removed":
                await manager.apply(())
            case "logout":
                await manager.logout(NAME)
            case "waiter":
                login.cancel()
            case "again":
                assert (await desk.log_in(manager)).state is ServerState.READY
        with pytest.raises(asyncio.CancelledError if how == "waiter" else LoginFailed):
            await login
        ended = desk.logged(LoginEnded)[0]
        assert isinstance(ended.error, LoginFailed)
        assert ended.error.reason == "cancelled"


async def test_a_login_under_way_ends_with_the_session(desk: Desk) -> None:
    async with desk.open() as manager:
        login = asyncio.create_task(manager.login(NAME, show=nothing, open_browser=False))
        await desk.heard.wait_for(lambda event: isinstance(event, LoginUrl))
    with pytest.raises(LoginFailed, match="cancelled"):
        await login


async def test_a_login_that_fails_leaves_the_server_as_it_was(desk: Desk) -> None:
    desk.guarded.refuses = "server_error"
    async with desk.open() as manager:
        with pytest.raises(LoginFailed, match="server_error"):
            await desk.log_in(manager)
        assert manager.status(NAME).state is ServerState.LOGIN_NEEDED
    ended = desk.logged(LoginEnded)[-1]
    assert isinstance(ended.error, LoginFailed)


async def test_a_server_that_works_without_a_login_but_offers_one_says_so(desk: Desk) -> None:
    guard = desk.guarded.mcp.before
    assert guard is not None
    desk.guarded.mcp.before = lambda request: guard(request) if request.method == "GET" else None
    async with desk.open() as manager:
        assert manager.status(NAME).state is ServerState.READY
        await until(lambda: manager.status(NAME).auth == "not_logged_in")


async def test_a_disabled_server_is_not_started_by_a_login(desk: Desk) -> None:
    async with desk.open(replace(desk.settings, enabled=False)) as manager:
        await desk.log_in(manager)
        assert manager.status(NAME).state is ServerState.DISABLED


async def test_a_server_that_needs_nobody_logs_in_by_itself(desk: Desk) -> None:
    desk.guarded.method = "client_secret_basic"
    desk.oauth = {"grant": "client_credentials", "client_id": "c", "client_secret": "the-client-secret"}
    async with desk.open() as manager:
        assert manager.status(NAME).state is ServerState.READY
        assert manager.status(NAME).auth == "oauth"


async def test_a_grant_that_is_refused_is_a_failure_with_its_reason(desk: Desk) -> None:
    desk.guarded.refuses = "unauthorized_client"
    desk.oauth = {"grant": "client_credentials", "client_id": "c", "client_secret": "the-client-secret"}
    async with desk.open() as manager:
        status = manager.status(NAME)
    assert status.state is ServerState.FAILED
    assert "unauthorized_client" in status.cause
    assert len(desk.guarded.asked) == 1


async def test_a_grant_whose_provider_is_away_is_tried_again(desk: Desk) -> None:
    desk.guarded.method = "client_secret_basic"
    desk.oauth = {"grant": "client_credentials", "client_id": "c", "client_secret": "the-client-secret"}
    desk.retry = Retry(first=0.05, tries=100)
    await desk.guarded.login.stop()
    async with desk.open() as manager:
        await until(lambda: manager.status(NAME).state is ServerState.RECONNECTING)
        await desk.guarded.login.start()
        await until(lambda: manager.status(NAME).state is ServerState.READY)


@pytest.mark.parametrize("sse", [False, True])
async def test_a_login_that_cannot_be_renewed_now_is_no_login_needed(tmp_path: Path, sse: bool) -> None:
    async with Guarded(sse=sse) as guarded:
        desk = Desk(guarded, tmp_path)
        async with desk.open() as manager:
            await desk.log_in(manager)
        desk.clock, desk.retry = 86_400, Retry(first=0.05, tries=100)
        await guarded.login.stop()
        async with desk.open() as manager:
            await until(lambda: manager.status(NAME).state is ServerState.RECONNECTING)
            assert "cannot be renewed now" in manager.status(NAME).cause
            await guarded.login.start()
            await until(lambda: manager.status(NAME).state is ServerState.READY)


async def test_a_provider_that_does_not_answer_is_named_in_the_timeout(desk: Desk) -> None:
    async with desk.open() as manager:
        await desk.log_in(manager)
    port = desk.guarded.login.port
    await desk.guarded.login.stop()
    desk.clock = 86_400

    held: list[asyncio.StreamWriter] = []
    quiet = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", port)
    async with quiet, desk.open(replace(desk.settings, startup_timeout_sec=0.5)) as manager:
        status = manager.status(NAME)
        for writer in held:
            writer.transport.abort()
        await until(lambda: not any(task.get_name().startswith("renew") for task in asyncio.all_tasks()))
    assert status.reason == "timeout"
    assert "the provider does not answer" in status.cause
    assert has_login(desk.logins, desk.settings)


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_a_redirect_takes_the_token_along_within_the_origin_only(desk: Desk, elsewhere: bool) -> None:
    async with Guarded() as other, desk.open() as manager:
        await desk.log_in(manager)
        guard = desk.guarded.mcp.before
        assert guard is not None
        there = other.url if elsewhere else desk.guarded.url.replace("/mcp", "/moved")

        def before(request: Request) -> Reply | None:
            here = request.path == "/mcp" and request.message.get("method") == "tools/call"
            return Reply(307, b"", {"location": there}) if here else guard(request)

        desk.guarded.mcp.before = before
        desk.guarded.seen.clear()
        if elsewhere:
            with pytest.raises(ConnectionFailed, match="not followed"):
                await manager.call_tool(NAME, "echo", {"text": "x"})
        else:
            await manager.call_tool(NAME, "echo", {"text": "x"})
        assert other.mcp.requests == []
        assert all(header.startswith("Bearer ") for header in desk.guarded.seen)


@pytest.mark.parametrize("table", ["bearer_token_env_var", "http_headers", "env_http_headers"])
async def test_with_a_token_configured_the_store_is_never_touched(desk: Desk, table: str) -> None:
    token = desk.guarded.give()["access_token"]
    desk.environ = {"TOKEN": token, "HEADER": f"Bearer {token}"}
    more: dict[str, Any] = {
        "bearer_token_env_var": "TOKEN",
        "http_headers": {"authorization": f"Bearer {token}"},
        "env_http_headers": {"Authorization": "HEADER"},
    }
    settings = replace(desk.settings, **{table: more[table]})
    desk.home.joinpath(".credentials.json").write_text("{broken")
    async with desk.open(settings) as manager:
        assert manager.status(NAME).state is ServerState.READY
        assert manager.status(NAME).auth == "bearer_token"
        with pytest.raises(LoginFailed, match="has a token in its configuration"):
            await manager.login(NAME, show=nothing)
    assert desk.home.joinpath(".credentials.json").read_text() == "{broken"


async def test_a_token_of_the_headers_helper_comes_before_a_login(desk: Desk) -> None:
    token = desk.guarded.give()["access_token"]
    answer = json.dumps({"Authorization": f"Bearer {token}"})
    helper = f"{shlex.quote(sys.executable)} -c {shlex.quote(f'print({answer!r})')}"
    desk.environ = {"PATH": os.environ["PATH"]}
    async with desk.open(replace(desk.settings, http_headers_helper=helper)) as manager:
        assert (manager.status(NAME).state, manager.status(NAME).auth) == (ServerState.READY, "bearer_token")
    assert not list(desk.home.iterdir())


async def test_bound_tokens_with_nonces_work_through_a_whole_session(desk: Desk) -> None:
    desk.guarded.dpop = desk.guarded.nonces = True
    async with desk.open() as manager:
        assert (await desk.log_in(manager)).state is ServerState.READY
        await manager.call_tool(NAME, "echo", {"text": "x"})
        desk.guarded.revoke_all()
        await manager.call_tool(NAME, "echo", {"text": "x"})
        assert manager.status(NAME).state is ServerState.READY
    assert "dpop_jkt" in desk.guarded.urls[0]


async def test_the_old_transport_has_logins_too(tmp_path: Path) -> None:
    async with Guarded(sse=True) as guarded:
        desk = Desk(guarded, tmp_path)
        async with desk.open() as manager:
            assert manager.status(NAME).state is ServerState.LOGIN_NEEDED
            assert (await desk.log_in(manager)).state is ServerState.READY
            guarded.revoke_all()
            await manager.call_tool(NAME, "echo", {"text": "x"})
            guarded.needs["echo"] = ("mcp:write",)
            with pytest.raises(ScopesNeeded, match="mcp:write"):
                await manager.call_tool(NAME, "echo", {"text": "x"})
            assert manager.status(NAME).state is ServerState.READY
            await manager.reconnect(NAME)
            await manager.settled(30)
            assert manager.status(NAME).state is ServerState.READY
        assert guarded.refreshes == 1


async def test_no_secret_is_in_anything_that_is_written_or_told(desk: Desk, tmp_path: Path) -> None:
    desk.guarded.method = "client_secret_basic"
    logs = tmp_path / "logs"
    async with desk.open(logs=LogFiles(logs)) as manager:
        await desk.log_in(manager)
        await manager.call_tool(NAME, "echo", {"text": "x"})
        desk.guarded.revoke_all()
        await manager.call_tool(NAME, "echo", {"text": "y"})
        tokens = [*desk.guarded.refresh_tokens, *desk.guarded.tokens]
        # A server that repeats what it was sent.
        for token in tokens:
            await manager.call_tool(NAME, "echo", {"text": f"you said {token}"})
        secrets = list(tokens)
        secrets += [form[name] for form in desk.guarded.asked for name in SECRET if name in form]
        secrets += [header.partition(" ")[2] for header in desk.guarded.seen if header]
        desk.guarded.refuses = "invalid_grant"
        desk.guarded.revoke_all()
        with pytest.raises(LoginNeeded) as caught:
            await manager.call_tool(NAME, "echo", {"text": "z"})
        await until(lambda: manager.status(NAME).state is ServerState.LOGIN_NEEDED)
        trace = manager.trace(NAME)
        told = [repr(caught.value), str(caught.value), *trace.lines(), repr(manager.log(NAME))]
        told += [repr(trace.detail(frame.number)) for frame in trace.frames()]
        told += [repr(event) for event in desk.heard if not isinstance(event, LoginUrl)]
    told += [path.read_text() for path in logs.rglob("*") if path.is_file()]
    assert len(set(secrets)) >= 6
    for secret in {*secrets, "the-client-secret"}:
        assert not [text for text in told if secret in text], secret
