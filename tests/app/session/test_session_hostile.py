"""Hostile text in every place a server can put it: nothing crashes, nothing acts."""

from __future__ import annotations

from services.arguments.words import quote
from tests.app.conftest import Session, session
from tests.support.servers import quick

LINES = (
    "/mcp",
    "/mcp verbose",
    "/tools",
    "/call hostile TOOL:echo text=[/x][@click=app.quit]x[/]",
    "/call hostile TOOL:rpc_error",
    "/call hostile TOOL:structured",
    "/resources",
    "/read hostile quick://text",
    "/prompts",
)


def named(s: Session, line: str) -> str:
    """The line with the full name the server gives the tool, quoted as a person would complete it."""
    assert s.app.manager is not None
    for tool in s.app.manager.catalog("hostile").tools:
        for short in ("echo", "rpc_error", "structured", "ask"):
            if tool.name.startswith(short):
                line = line.replace(f"TOOL:{short}", quote(tool.name))
    return line


async def test_hostile_text_neither_crashes_nor_acts() -> None:
    name = "hostile"
    async with session(quick(name, "--hostile"), quick("[/x]\x1b]0;owned\x07[@click=app.quit]n[/]")) as s:
        for line in LINES:
            await s.enter(named(s, line))
            await s.until(lambda: not s.app.session.transcript.running)
        await s.pilot.pause()
        assert s.app.is_running
        text = s.history
        assert "\x1b" not in text
        assert "\u202e" not in text
        picture = s.app.export_screenshot()
        assert "\x1b" not in picture


async def test_hostile_questions_and_server_screens() -> None:
    async with session(quick("hostile", "--hostile")) as s:
        await s.enter(named(s, "/call hostile TOOL:ask"))
        await s.until(lambda: s.app.session.inbox.has_focus_within)
        await s.pilot.press("ctrl+n")
        await s.until(lambda: not s.app.session.inbox.questions)
        await s.enter("/log hostile")
        await s.until(lambda: type(s.app.screen).__name__ == "ServerScreen")
        for key in ("1", "2", "3", "4", "5", "6"):
            await s.pilot.press(key)
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        await s.pilot.press("ctrl+p", "h", "o", "s")
        await s.pilot.pause()
        await s.pilot.press("escape")
        await s.pilot.press("f1", "escape")
        assert s.app.is_running
