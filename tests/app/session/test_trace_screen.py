"""The trace of a server as a person meets it: `/trace`, keys, filter, detail, saving."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from textual.app import App

from app.session.screens.trace import TraceScreen
from app.session.screens.viewer import Viewer
from app.themes import DEFAULT_THEME, register_themes
from services.errors import JackfieldError
from services.trace.trace import Trace
from tests.app.conftest import session
from tests.support.servers import quick
from tests.support.work import PATIENCE, memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from tests.app.conftest import Session

EVIL = "[/x][@click=app.quit]\x1b]0;owned\x07x[/]"


class Stage(App[None]):
    """The screen on a trace of its own."""

    def __init__(self, trace: Trace) -> None:
        super().__init__()
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.trace_screen = TraceScreen(trace, local_time=lambda at: "12:34:56.789")
        self.copied = ""

    def on_mount(self) -> None:
        self.push_screen(self.trace_screen)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied = text


def message(**parts: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **parts}).encode()


def example(monkeypatch: pytest.MonkeyPatch) -> Trace:
    """A little of everything, at the same time in every picture."""
    import services.trace.trace as module

    ticks = iter(range(1_000_000))
    monkeypatch.setattr(module, "_tick", lambda: next(ticks) * 0.004)
    trace = Trace("weather")
    trace.connection = 1
    trace.note("connecting", "connection 1")
    trace.sent(message(id=1, method="initialize", params={"protocolVersion": "2025-11-25"}))
    trace.received(message(id=1, result={"protocolVersion": "2025-11-25"}))
    trace.sent(message(method="notifications/initialized"))
    trace.note("ready", "Weather 1.2, protocol 2025-11-25")
    trace.sent(message(id=2, method="tools/call", params={"name": "forecast", "arguments": {"city": "Graz"}}))
    trace.received(
        message(method="notifications/progress", params={"progress": 1, "total": 3, "message": "asking"})
    )
    trace.received(message(id=2, result={"content": [{"type": "text", "text": "rain " * 500}]}))
    trace.sent(message(id=3, method="tools/call", params={"name": EVIL, "arguments": {}}))
    trace.received(message(id=3, error={"code": -32602, "message": f"no such tool: {EVIL}"}))
    trace.received(message(id="q", method="elicitation/create", params={"message": "Which city?"}))
    return trace


async def until(pilot: Pilot[None], condition: Callable[[], object], timeout: float = PATIENCE) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await pilot.pause(0.02)
    await pilot.pause()


async def opened(running: Session) -> TraceScreen:
    await running.until(lambda: isinstance(running.app.screen, TraceScreen))
    screen = running.app.screen
    assert isinstance(screen, TraceScreen)
    await running.until(lambda: screen.rows.row_count)
    return screen


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_how_it_looks(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, screen_matches: Callable[[App[None]], bool]
) -> None:
    app = Stage(example(monkeypatch))
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.trace_screen.rows.total == 11)
        await pilot.press("up", "up")
        assert screen_matches(app)


async def test_a_filter_looks_as_it_should(
    monkeypatch: pytest.MonkeyPatch, screen_matches: Callable[[App[None]], bool]
) -> None:
    app = Stage(example(monkeypatch))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.trace_screen.rows.total == 11)
        await pilot.press("slash", *"error", "enter")
        assert screen_matches(app)


async def test_keys_from_a_request_to_its_answer_and_into_the_detail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Stage(example(monkeypatch))
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.trace_screen.rows
        await until(pilot, lambda: rows.total == 11)
        await pilot.press("ctrl+f", *"forecast", "enter", "home")
        asked = rows.selected
        assert asked is not None
        assert (asked.kind, asked.status) == ("request", "ok")
        await pilot.press("p")
        assert rows.selected is not None
        assert rows.selected.number == asked.peer
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Viewer))
        shown = json.loads(app.screen._content)  # type: ignore[attr-defined]
        assert shown["request"]["params"]["arguments"] == {"city": "Graz"}
        assert shown["answer"]["result"]["content"][0]["text"].startswith("rain")
        await pilot.press("escape")
        await pilot.press("c")
        await until(pilot, lambda: app.copied)
        assert json.loads(app.copied) == shown


async def test_it_follows_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = example(monkeypatch)
    app = Stage(trace)
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.trace_screen.rows
        await until(pilot, lambda: rows.total == 11)
        trace.sent(message(id=9, method="ping"))
        await until(pilot, lambda: rows.total == 12)
        assert rows.selected is not None
        assert (rows.selected.method, rows.selected.status) == ("ping", "")
        trace.received(message(id=9, result={}))
        await until(pilot, lambda: rows.total == 13)
        assert rows.shown[-2].status == "ok"


async def test_it_is_saved_where_the_person_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    app = Stage(example(monkeypatch))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.trace_screen.rows.total == 11)
        await pilot.press("s")
        await until(pilot, lambda: list(tmp_path.iterdir()))
    (path,) = tmp_path.iterdir()
    assert path.name == "weather-trace.ndjson"
    assert json.loads(path.read_text().splitlines()[0])["frames"] == 11


async def test_where_it_cannot_be_saved_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import services.trace.file as module

    def refuse(*_: object) -> int:
        raise module.TraceNotSaved("cannot write it: no room")

    monkeypatch.setattr(module, "write_traces", refuse)
    monkeypatch.chdir(tmp_path)
    app = Stage(example(monkeypatch))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.trace_screen.rows.total == 11)
        await pilot.press("s")
        await until(pilot, lambda: [note for note in app._notifications if "no room" in note.message])


async def test_sixty_megabytes_do_not_stop_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = example(monkeypatch)
    trace.sent(message(id=50, method="tools/call", params={"name": "huge"}))
    trace.received(b'{"jsonrpc":"2.0","id":50,"result":{"text":"' + b"x" * (60 << 20) + b'"}}')
    app = Stage(trace)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.trace_screen.rows.total == 13)
        with memory(30 << 20):  # whoever reads it all holds it twice
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, Viewer))
        assert isinstance(app.screen, Viewer)
        content = app.screen._content
        assert isinstance(content, str)
        assert "(the first 1,048,576 of 62,914,606 bytes)" in content


async def test_the_command_the_panel_and_the_servers_own_screen_lead_there() -> None:
    async with session(quick()) as running:
        manager = running.app.manager
        assert manager is not None
        await running.enter("/trace quick")
        screen = await opened(running)
        await running.until(lambda: screen.rows.total == manager.trace("quick").count)
        assert screen.rows.selected is not None
        await running.pilot.press("escape")
        await running.enter("/trace")
        await opened(running)
        await running.pilot.press("escape", "f2", "t")
        panel = running.app.session.panel
        await running.until(lambda: panel.trace.display and panel.trace.rows.has_focus)
        await running.until(lambda: panel.trace.rows.total == manager.trace("quick").count)
        running.app.run_slash("/call quick echo text=hi")
        await running.until(
            lambda: (
                any(frame.method == "tools/call" for frame in panel.trace.rows.shown) or running.history == ""
            )
        )
        await running.pilot.press("t")
        await opened(running)
        await running.pilot.press("escape", "escape")
        await running.until(lambda: panel.rows.has_focus and not panel.trace.display)
        await running.pilot.press("enter")
        await running.until(lambda: type(running.app.screen).__name__ == "ServerScreen")
        await running.pilot.press("t")
        await opened(running)


async def test_without_servers_the_command_says_so() -> None:
    async with session() as running:
        await running.enter("/trace")
        await running.sees("no MCP servers are configured")


async def test_a_server_that_fails_shows_why_in_its_trace() -> None:
    async with session(quick("broken", "--exit-at-start", "3"), quick()) as running:
        manager = running.app.manager
        assert manager is not None
        with pytest.raises(JackfieldError):
            await manager.call_tool("broken", "echo", {})
        await running.enter("/trace broken")
        screen = await opened(running)
        assert any("status 3" in frame.about for frame in screen.rows.shown)
