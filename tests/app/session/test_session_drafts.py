"""What was entered into a form and not sent is not lost without a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.session.screens.form import FormScreen
from tests.app.conftest import session
from tests.support.screens import screen_text
from tests.support.servers import demo, odd

if TYPE_CHECKING:
    from tests.app.conftest import Session

KEPT = "Draft kept: the form will open with it."
END = {"type": "object", "properties": {"jack": {"type": "string"}, "ring": {"type": "integer"}}}
PATCH = {
    "name": "patch",
    "inputSchema": {
        "type": "object",
        "properties": {"from": {**END, "required": ["jack", "ring"]}},
        "required": ["from"],
    },
}


async def form(s: Session, line: str) -> FormScreen:
    await s.enter(line)
    await s.until(lambda: isinstance(s.app.screen, FormScreen) and s.app.focused is not None)
    screen = s.app.screen
    assert isinstance(screen, FormScreen)
    return screen


async def back(s: Session) -> None:
    await s.pilot.press("escape")
    await s.until(lambda: s.app.screen is s.app.session)


async def test_a_form_that_was_left_opens_as_it_was_left() -> None:
    async with session(demo()) as s:
        await form(s, "/call demo add")
        await s.pilot.press("1", "2")
        await back(s)
        await s.until(lambda: any("Draft kept" in note.message for note in s.app._notifications))
        opened = await form(s, "/call demo add")
        assert opened.form.entries["a"] in ("12", 12)
        await s.pilot.press("3", "ctrl+s")
        await s.sees("12 + 3 = 15")
        sent = await form(s, "/call demo add")
        assert sent.form.entries["a"] in ("", None)


async def test_one_that_was_not_touched_is_just_left() -> None:
    async with session(demo()) as s:
        await form(s, "/call demo add")
        await back(s)
        assert not s.app._notifications


@pytest.mark.parametrize("key", ["escape", "ctrl+s"])
async def test_a_form_with_arguments_of_its_own_leaves_the_draft_as_it_was(key: str) -> None:
    async with session(demo()) as s:
        await form(s, "/call demo add")
        await s.pilot.press("1", "2")
        await back(s)
        other = await form(s, "/call demo add a=7")
        assert other.form.entries["a"] in ("7", 7)
        if key == "ctrl+s":
            await s.pilot.press("3")
        await s.pilot.press(key)
        await s.until(lambda: s.app.screen is s.app.session)
        assert (await form(s, "/call demo add")).form.entries["a"] in ("12", 12)


async def test_it_can_be_begun_anew() -> None:
    async with session(demo()) as s:
        await form(s, "/call demo add")
        await s.pilot.press("7")
        await back(s)
        opened = await form(s, "/call demo add")
        await s.pilot.press("ctrl+r")
        await s.until(lambda: opened.form.entries["a"] in ("", None))
        await back(s)
        assert (await form(s, "/call demo add")).draft is None


async def test_prompts_have_drafts_of_their_own() -> None:
    async with session(demo()) as s:
        await form(s, "/prompt demo explain_tool")
        await s.pilot.press("a", "d", "d")
        await back(s)
        assert (await form(s, "/prompt demo explain_tool")).form.entries["tool"] == "add"


async def test_what_was_folded_is_folded_when_the_form_opens_again() -> None:
    async with session(odd(answers={"tools/list": {"result": {"tools": [PATCH]}}})) as s:
        opened = await form(s, "/call odd patch")
        await s.pilot.press("A", "1", "alt+left")
        await s.until(lambda: "▸ 1 filled · 1 missing" in screen_text(s.app))
        await back(s)
        again = await form(s, "/call odd patch")
        assert again is not opened
        await s.until(lambda: "▸ 1 filled · 1 missing" in screen_text(s.app))
        assert "jack" not in screen_text(s.app)
        # Only that it is open again has changed: that is kept too, and no news.
        await s.pilot.press("alt+shift+left")
        await s.until(lambda: "jack" in screen_text(s.app))
        await back(s)
        assert [note.message for note in s.app._notifications] == [KEPT]
        await form(s, "/call odd patch")
        await s.until(lambda: "jack" in screen_text(s.app))
