from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from tests.support.screens import until
from tests.widgets.composer.stage import Stage
from tests.widgets.inbox.stage import text_on
from widgets.composer.composer import Composer

if TYPE_CHECKING:
    from textual.app import ComposeResult


async def test_enter_sends_and_leaves_an_empty_line() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        assert app.composer.empty
        await pilot.press(*"hello  ", "enter")
        await until(pilot, lambda: app.sent == ["hello"])
        assert app.composer.empty


async def test_nothing_is_sent_while_nothing_is_written() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("enter", "space", "enter")
        assert app.sent == []


@pytest.mark.parametrize("key", ["shift+enter", "ctrl+j"])
async def test_a_line_can_be_broken(key: str) -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("a", key, "b")
        assert app.composer.text == "a\nb"
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["a\nb"])


async def test_the_line_grows_to_eight_rows_with_the_cursor_in_sight() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.composer.size.height == 1
        await pilot.press("a", "ctrl+j", "b")
        await until(pilot, lambda: app.composer.size.height == 2)
        await pilot.press(*["ctrl+j"] * 10)
        await until(pilot, lambda: app.composer.size.height == 8)
        entry = app.focused
        assert entry is not None
        await until(pilot, lambda: entry.scroll_offset.y == 4)
        await pilot.press("ctrl+u")
        await until(pilot, lambda: app.composer.size.height == 1)


async def test_long_lines_wrap_and_a_low_screen_keeps_room() -> None:
    app = Stage()
    async with app.run_test(size=(40, 12)) as pilot:
        app.composer.fill("word " * 100)
        await until(pilot, lambda: app.composer.size.height == 4)


async def test_up_and_down_walk_earlier_entries_and_keep_the_draft() -> None:
    app = Stage(entries=("first", "second\nline"))
    async with app.run_test() as pilot:
        await pilot.press(*"dra", "up")
        assert app.composer.text == "second\nline"
        await pilot.press("up")  # within the text
        assert app.composer.text == "second\nline"
        await pilot.press("up")
        assert app.composer.text == "first"
        await pilot.press("up")
        assert app.composer.text == "first"
        await pilot.press("!", "down", "up", "up")
        assert app.composer.text == "first!"
        await pilot.press("down", "down")
        assert app.composer.text == "dra"
        await pilot.press("f", "t", "enter")
        assert app.composer.entries == ("first", "second\nline", "draft")
        await pilot.press("up")
        assert app.composer.text == "draft"


async def test_the_same_entry_twice_is_one_entry() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("a", "enter", "a", "enter", "b", "enter")
        assert app.composer.entries == ("a", "b")
        assert app.sent == ["a", "a", "b"]


async def test_ctrl_u_clears_and_can_be_undone() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("a", "ctrl+j", "b", "ctrl+u")
        assert app.composer.empty
        await pilot.press("ctrl+z")
        assert app.composer.text == "a\nb"


async def test_ctrl_c_copies_a_selection_then_clears_then_goes_on() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press(*"abc", "shift+left", "ctrl+c")
        assert (app.clipboard, app.composer.text) == ("c", "abc")
        await pilot.press("right", "ctrl+c")
        assert app.composer.empty
        assert app.notes == []
        await pilot.press("ctrl+c")
        assert app.notes == ["ctrl+c"]


async def test_keys_the_composer_has_no_use_for_go_on() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("escape", "pageup")
        assert app.notes == ["escape", "pageup"]


async def test_many_lines_can_be_pasted_and_are_not_sent() -> None:
    app = Stage()
    pasted = "".join(f"line {number}\r\n" for number in range(500))
    async with app.run_test() as pilot:
        await pilot.press("x")
        app.post_message(events.Paste(pasted))
        await until(pilot, lambda: app.composer.text.count("\n") == 500)
        assert app.composer.text == "x" + pasted
        assert app.sent == []
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["x" + pasted.rstrip()])


async def test_pasted_escapes_never_reach_the_terminal() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        app.post_message(events.Paste("a\x1b]52;c;x\x07\tb\x9b2J[/x]\u202e"))
        await until(pilot, lambda: app.composer.text == "a\x1b]52;c;x\x07\tb\x9b2J[/x]\u202e")
        assert "a␛]52;c;x␇" in text_on(app)
        app.composer.fill("c\x1b[2Jd")
        assert app.composer.text == "c\x1b[2Jd"
        app.copy_to_clipboard("\x1b]0;title\x07e")
        await pilot.press("ctrl+v")
        assert app.composer.text == "c\x1b[2Jd\x1b]0;title\x07e"
        assert not any(character in text_on(app) for character in "\x1b\x07\x9b\u202e")


async def test_what_was_copied_goes_on_as_it_was() -> None:
    app = Stage()
    text = '/call s write content="a\tb\r\nc\u200b\x1b\ufeff\U0010001b"'
    async with app.run_test() as pilot:
        app.post_message(events.Paste(text))
        await until(pilot, lambda: app.composer.text == text)
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == [text])
        await pilot.press("up")
        assert app.composer.text == text


async def test_filling_takes_the_focus_and_can_be_undone() -> None:
    app = Stage()
    async with app.run_test() as pilot:
        await pilot.press("a")
        app.set_focus(None)
        app.composer.fill("/call demo ")
        await pilot.pause()
        await pilot.press("x")
        assert app.composer.text == "/call demo x"
        await pilot.press("ctrl+u", "ctrl+z")
        assert app.composer.text == "/call demo x"
        app.composer.clear()
        assert app.composer.empty


async def test_a_composer_without_completions_is_just_a_line() -> None:
    class Plain(Stage):
        def compose(self) -> ComposeResult:
            yield Composer()

    app = Plain()
    async with app.run_test() as pilot:
        app.composer.focus()
        await pilot.press(*"/x", "enter")
        await until(pilot, lambda: app.sent == ["/x"])
