"""The tools of servers as the model has them, on the panel and on a server's own screen."""

from __future__ import annotations

from dataclasses import replace

from app.session.screens.server import ServerScreen
from services.catalog.entries import Tool
from services.settings import Configuration, ModelSettings
from tests.app.conftest import Session, session
from tests.support.screens import screen_text
from tests.support.servers import demo, quick
from widgets.servers.details import ServerDetails

MODEL = ModelSettings("", "openai", "a-model")


async def details(s: Session) -> ServerDetails:
    """Open the screen of the selected server."""
    await s.until(lambda: s.app.screen is s.app.session)
    s.app.session.panel.focus()
    await s.pilot.press("enter")
    await s.until(lambda: isinstance(s.app.screen, ServerScreen) and s.app.screen.is_mounted)
    return s.app.screen.query_one(ServerDetails)


async def test_a_tool_is_switched_off_and_on_for_the_session() -> None:
    async with session(demo(), models=(MODEL,)) as s:
        await s.until(lambda: s.app.session.panel.tokens.get("demo"))
        before = s.app.session.panel.tokens["demo"]
        page = await details(s)
        await s.until(lambda: page.for_model is not None and page.for_model.tokens)
        assert "tokens for the model" in screen_text(s.app)
        tool = page.rows.selected
        assert isinstance(tool, Tool)
        await s.pilot.press("space")
        await s.until(lambda: s.app.context.talk.off == {("demo", tool.raw_name)})
        await s.until(lambda: s.app.session.panel.tokens["demo"] < before)
        await s.until(lambda: "1 off" in screen_text(s.app))
        await s.pilot.press("escape")
        page = await details(s)
        await s.until(lambda: page.for_model is not None and page.for_model.is_off(tool))
        await s.pilot.press("space")
        await s.until(lambda: s.app.session.panel.tokens["demo"] == before)
        assert not s.app.context.talk.off


async def test_without_a_model_nothing_is_said_of_one() -> None:
    async with session(demo()) as s:
        page = await details(s)
        await s.pilot.press("space")
        assert page.for_model is None
        assert not s.app.context.talk.off
        assert not s.app.session.panel.tokens
        assert "model" not in screen_text(s.app).replace("borrow_model", "")


async def test_a_model_that_goes_takes_what_was_said_along() -> None:
    async with session(demo(), models=(MODEL,)) as s:
        page = await details(s)
        await s.until(lambda: page.for_model is not None)
        s.app.dispatcher.model_tools.take_settings(Configuration())
        await s.until(lambda: page.for_model is None and not s.app.session.panel.tokens)


async def test_servers_that_come_and_go_change_what_is_shown() -> None:
    async with session(demo(), quick(), models=(replace(MODEL, omit_tools_from=("quick",)),)) as s:
        await s.until(lambda: list(s.app.session.panel.tokens) == ["demo"])
        await s.pilot.press("f2", "d")
        await s.until(lambda: not s.app.session.panel.tokens)
        await s.pilot.press("down")
        await s.pilot.press("enter")
        await s.until(lambda: "not offered to the model" in screen_text(s.app))
        await s.pilot.press("space")
        assert not s.app.context.talk.off
