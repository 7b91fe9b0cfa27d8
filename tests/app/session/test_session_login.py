"""Logging in within the session: its cell, its keys, what happens afterwards."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from app.session.actions.logins import ABOUT_ADDRESS, LoginCell
from app.session.screens.paste import PasteScreen
from services.clock import Clock
from services.errors import LoginFailed
from services.events import ServerState, ServerStatus
from services.oauth.steps import Step
from services.settings import ServerSettings
from tests.app.command_line.login_stage import BROWSER, LoginWorld, leaks, visit
from tests.app.conftest import Session, session
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.app import App

URL = (
    "https://auth.linear.example/authorize?response_type=code&client_id=a1b2c3d4&redirect_uri="
    "http%3A%2F%2F127.0.0.1%3A41234%2Fcallback&state=oq3vSj0bWmT1&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8U"
    "RWbuGJSstw-cM&code_challenge_method=S256&scope=read+write&resource=https%3A%2F%2Fmcp.linear.example%2Fmcp"
)
SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home of one's own, and a browser that agrees to everything."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("BROWSER", BROWSER)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def waiting(world: LoginWorld, *others: ServerSettings, **options: Any) -> AsyncIterator[Session]:
    """A session on a server that waits for a login."""
    settings = ServerSettings("web", transport="http", url=world.url)
    async with session(settings, *others, **options) as s:
        await s.until(lambda: state(s) is ServerState.LOGIN_NEEDED)
        yield s


def state(s: Session, server: str = "web") -> ServerState:
    assert s.app.manager is not None
    return s.app.manager.status(server).state


def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BROWSER")
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")


async def address(s: Session) -> str:
    """The address that the newest cell shows, taken by its key."""
    s.app.copy_to_clipboard("")
    await s.sees("takes its address")
    s.app.session.history.focus()
    await s.pilot.press("end", "c")
    await s.until(lambda: s.app.clipboard.startswith("http"))
    s.app.session.composer.focus()
    return s.app.clipboard


@pytest.mark.usefixtures("person")
async def test_a_login_runs_behind_and_the_server_connects_by_itself() -> None:
    async with LoginWorld() as world, waiting(world) as s:
        assert s.history.count("The web MCP server is not logged in. Run /mcp login web.") == 1
        await s.enter("/mcp login web")
        await s.sees("Logged in to web")
        await s.ready("web")
        assert s.app.manager is not None
        assert s.app.manager.status("web").auth == "oauth"
        assert not leaks(s.history)
        await s.enter("/call web echo text=hello")
        await s.sees("hello")


@pytest.mark.usefixtures("person")
async def test_the_keys_of_the_panel_log_in_and_out() -> None:
    async with LoginWorld() as world, waiting(world) as s:
        await s.pilot.press("f2", "l")
        await s.ready("web")
        await s.until(lambda: world.tokens and s.app.session.panel.selected.auth == "oauth")  # type: ignore[union-attr]
        await s.pilot.press("o")
        await s.sees("Logged out of web: its tokens were revoked and deleted")
        await s.until(lambda: state(s) is ServerState.LOGIN_NEEDED)
        assert not world.tokens


@pytest.mark.usefixtures("person")
async def test_a_login_from_another_screen_brings_its_cell_to_the_front() -> None:
    async with LoginWorld() as world, waiting(world, size=(80, 24)) as s:
        await s.pilot.press("f2", "enter")
        await s.until(lambda: type(s.app.screen).__name__ == "ServerScreen")
        await s.pilot.press("l")
        await s.until(lambda: s.app.screen is s.app.session)
        assert not s.app.session.panel.display
        await s.ready("web")


@pytest.mark.usefixtures("person")
async def test_over_ssh_the_address_is_copied_and_the_answer_pasted_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    no_browser(monkeypatch)
    async with LoginWorld() as world, waiting(world) as s:
        await s.enter("/mcp login web")
        url = await address(s)
        assert url.startswith(f"{world.issuer}/authorize?")
        answer = world.answer(url)
        await s.pilot.press("f2", "l")
        await s.until(lambda: type(s.app.screen).__name__ == "PasteScreen")
        s.app.screen.query_one(Input).insert_text_at_cursor(answer)  # as a paste does
        await s.pilot.press("enter")
        await s.ready("web")
        assert not leaks(s.history)


@pytest.mark.usefixtures("person")
async def test_escape_cancels_a_login_and_another_one_can_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    no_browser(monkeypatch)
    async with LoginWorld() as world, waiting(world) as s:
        await s.enter("/mcp login web")
        await s.sees("takes its address")
        await s.pilot.press("escape")
        await s.until(lambda: s.app.session.history.cell(s.ids[-1]).kind == "cancelled")
        await s.enter("/mcp login web")
        await asyncio.to_thread(visit, await address(s))
        await s.ready("web")


@pytest.mark.usefixtures("person")
async def test_the_words_of_a_provider_that_refuses_and_its_steps() -> None:
    async with LoginWorld() as world, waiting(world) as s:
        world.says_no = "the [b]owner[/b] said no"
        await s.enter("/mcp login web")
        await s.sees("access_denied: the [b]owner[/b] said no")
        assert state(s) is ServerState.LOGIN_NEEDED
        s.app.session.history.focus()
        await s.pilot.press("end", "j")
        await s.until(lambda: type(s.app.screen).__name__ == "Viewer")
        await s.pilot.press("escape")
        await s.enter("/trace web")
        await s.until(lambda: type(s.app.screen).__name__ == "TraceScreen")
        assert s.app.manager is not None
        frames = s.app.manager.trace("web").frames()
        told = "\n".join(f"{frame.method} {frame.about}" for frame in frames)
        assert "resource metadata" in told
        assert [frame.about for frame in frames if frame.error and frame.method == "login"] == [
            "callback: access_denied: the [b]owner[/b] said no"
        ]
        assert not leaks(told)


@pytest.mark.usefixtures("person")
async def test_scopes_that_only_the_provider_proposed_are_left_out_when_it_refuses_them() -> None:
    async with LoginWorld() as world, waiting(world) as s:
        world.refused_scopes = ("write",)
        await s.enter("/mcp login web")
        await s.ready("web")
        assert [given.get("scope") for given in world.urls] == ["read write", None]
        await s.enter("/mcp login web read, extra")
        await s.until(lambda: len(world.urls) == 3)
        assert world.urls[2]["scope"] == "read extra"


@pytest.mark.usefixtures("person")
async def test_a_call_that_needs_more_scopes_says_how_to_get_them() -> None:
    async with LoginWorld(scopes=("read",)) as world, waiting(world) as s:
        world.needs["echo"] = ("write",)
        await s.enter("/mcp login web")
        await s.ready("web")
        await s.enter("/call web echo text=x")
        await s.sees("Run /mcp login web")
        await s.enter("/mcp login web")
        await s.until(lambda: world.urls[-1]["scope"] == "read write")
        await s.ready("web")
        await s.enter("/call web echo text=allowed")
        await s.sees("allowed")


@pytest.mark.usefixtures("person")
async def test_servers_that_no_login_can_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "x")
    token = ServerSettings("token", transport="http", url="http://127.0.0.1:9/", bearer_token_env_var="TOKEN")
    async with session(quick(), token) as s:
        await s.enter("/mcp login quick")
        await s.sees("a login is for servers with a url")
        await s.enter("/mcp login token")
        await s.sees("the bearer token in TOKEN")
        await s.enter("/mcp logout quick")
        await s.until(lambda: s.history.count("a login is for servers with a url") == 2)
        await s.enter("/mcp login token http://127.0.0.1:1/callback?code=x&state=y")
        await s.sees("an address of a login, not scopes")
        assert os.environ["TOKEN"] == "x"


# How it looks.


PANEL = (
    ServerStatus("everything", ServerState.READY, tools=15, resources=100, prompts=4, latency=0.003),
    ServerStatus("figma", ServerState.READY, "http", tools=9, latency=0.084, auth="oauth"),
    ServerStatus(
        "linear",
        ServerState.LOGIN_NEEDED,
        "http",
        auth="not_logged_in",
        cause="The linear MCP server is not logged in.",
        hint="Run /mcp login linear.",
        address="https://mcp.linear.example/mcp",
    ),
)


@asynccontextmanager
async def pictured(size: tuple[int, int], clock: list[float]) -> AsyncIterator[Session]:
    """A session whose panel shows three servers, at a time of day that the test says."""
    async with session(size=size, clock=Clock(monotonic=lambda: clock[0])) as s:
        s.app.session.clear()
        s.app.session.panel.statuses = PANEL
        panel = s.app.session.panel
        await s.until(lambda: not panel.display or panel.rows.size.width > 20)
        s.app.session.transcript.warning("The linear MCP server is not logged in. Run /mcp login linear.")
        s.app.session.show_entry("/mcp login linear")
        yield s


@SIZES
async def test_waiting(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    clock = [0.0]
    async with pictured(size, clock) as s:
        cell = LoginCell(s.app.session.transcript, "linear", None)
        cell.show(URL, browser=True)
        clock[0] = 12.0
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_waiting_over_ssh(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    clock = [0.0]
    async with pictured(size, clock) as s:
        cell = LoginCell(s.app.session.transcript, "linear", None)
        cell.show(URL, browser=False)
        clock[0] = 72.0
        await s.pilot.press("f2", "end")
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_how_it_ended(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    clock = [0.0]
    async with pictured(size, clock) as s:
        s.app.session.clear()
        transcript = s.app.session.transcript
        done = LoginCell(transcript, "figma", None)
        kept = "in keyring: expires 2026-11-25 15:23:25Z, with a refresh token, scopes read"
        done.take_step(Step("stored", kept, True))
        cancelled = LoginCell(transcript, "github", None)
        cancelled.show(URL, browser=False)
        refused = LoginCell(transcript, "linear", ("read", "admin"))
        late = LoginCell(transcript, "notion", None)
        clock[0] = 18.4
        done.logged_in()
        cancelled.cancelled()
        hint = "/mcp login linear tries again; /trace linear shows each step."
        refused.fail(LoginFailed("callback: access_denied: only owners may do this", hint=hint))
        clock[0] = 300.0
        late.fail(LoginFailed("callback: no answer within 300 s", hint=hint.replace("linear", "notion")))
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_pasting(size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]) -> None:
    clock = [0.0]
    async with pictured(size, clock) as s:
        LoginCell(s.app.session.transcript, "linear", None).show(URL, browser=False)
        s.app.push_screen(PasteScreen("Log in to linear", ABOUT_ADDRESS, "the address, or its code alone"))
        await s.until(lambda: type(s.app.screen).__name__ == "PasteScreen")
        await s.pilot.press(*"http://127.0.0.1")
        await s.pilot.pause()
        assert screen_matches(s.app)
