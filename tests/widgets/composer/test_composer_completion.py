from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.widgets import Static

from tests.support.screens import type_at_once, until
from tests.widgets.composer.stage import Stage, names
from widgets.composer.candidate import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

KNOWN = ("/tools", "/theme", "/call", "demo", "docs")


def known(text: str, cursor: int) -> tuple[Candidate, ...]:
    return names(text, cursor, KNOWN)


async def test_a_slash_opens_the_list_and_typing_narrows_it() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: app.offered == ["/tools", "/theme", "/call"])
        await pilot.press("t")
        await until(pilot, lambda: app.offered == ["/tools", "/theme"])
        await pilot.press("x")
        await until(pilot, lambda: app.offered == [])


async def test_text_that_is_no_command_is_never_asked_about() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"do", "tab")
        assert app.asked == []


async def test_an_at_sign_that_begins_a_word_opens_the_list_anywhere_in_a_text() -> None:
    app = Stage(lambda text, cursor: names(text, cursor, ("@demo", "@docs"), "send"))
    async with app.run_test() as pilot:
        await pilot.press(*"ask @d")
        await until(pilot, lambda: app.offered == ["@demo", "@docs"])
        await pilot.press("down", "tab")
        assert app.composer.text == "ask @docs"
        await pilot.press("space")
        await until(pilot, lambda: app.offered == [])
        await pilot.press(*["left"] * 4)
        await until(pilot, lambda: app.offered == ["@demo", "@docs"])
        await pilot.press("end", *"now", "ctrl+j", "space", "@")
        await until(pilot, lambda: app.offered == ["@demo", "@docs"])


async def test_enter_sends_a_text_with_a_mention_unless_another_was_chosen() -> None:
    app = Stage(
        lambda text, cursor: tuple(
            replace(each, final=False) for each in names(text, cursor, ("@demo", "@docs"), "send")
        )
    )
    async with app.run_test() as pilot:
        await pilot.press(*"ask @d", "enter")
        await until(pilot, lambda: app.sent == ["ask @d"])
        await pilot.press(*"ask @d")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("down", "enter")
        assert app.composer.text == "ask @docs"
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["ask @d", "ask @docs"])


async def test_an_address_and_code_are_never_asked_about() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"me@demo `@demo` @@d")
        assert [text for text, _ in app.asked] == ["me@demo `@demo` @"]


async def test_tab_takes_the_highlighted_completion() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"/t")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("down", "tab")
        assert app.composer.text == "/theme"


async def test_the_arrows_go_round_the_list() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("up", "tab")
        assert app.composer.text == "/call"


async def test_right_takes_it_at_the_end_of_the_text_only() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"/to")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("left", "right")
        assert app.composer.text == "/to"
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("right")
        assert app.composer.text == "/tools"


async def test_escape_closes_the_list_until_the_text_changes() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"/t")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("escape")
        await until(pilot, lambda: app.offered == [])
        assert app.notes == []
        await pilot.press("escape")
        assert app.notes == ["escape"]
        await pilot.press("o")
        await until(pilot, lambda: app.offered == ["/tools"])


async def test_tab_opens_a_closed_list_again_and_takes_from_it() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"/to")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("escape", "tab")
        assert app.composer.text == "/tools"


async def test_tab_outside_a_command_moves_the_focus() -> None:
    class WithHistory(Stage):
        def on_mount(self) -> None:
            self.query_one("#above", Static).can_focus = True
            super().on_mount()

    app = WithHistory(known)
    async with app.run_test() as pilot:
        await pilot.press("a", "tab")
        assert app.focused is app.query_one("#above")


async def test_recalling_a_command_does_not_open_the_list() -> None:
    app = Stage(known, entries=("/call", "/tools"))
    async with app.run_test() as pilot:
        await pilot.press("up", "up")
        assert app.composer.text == "/call"
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["/call"])
        assert app.asked == []


async def test_enter_sends_what_is_complete_as_typed() -> None:
    app = Stage(lambda text, cursor: names(text, cursor, KNOWN, "send"))
    async with app.run_test() as pilot:
        await pilot.press(*"/t")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["/t"])
        await until(pilot, lambda: app.offered == [])


async def test_enter_takes_what_is_highlighted_where_the_line_is_incomplete() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press(*"/t")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("enter")
        assert (app.composer.text, app.sent) == ("/tools", [])


async def test_enter_takes_and_sends_the_only_thing_that_can_be_meant() -> None:
    app = Stage(lambda text, cursor: names(text, cursor, KNOWN, "run"))
    async with app.run_test() as pilot:
        await pilot.press(*"/to")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("enter")
        await until(pilot, lambda: app.sent == ["/tools"])


async def test_enter_takes_and_sends_what_the_arrows_chose() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: bool(app.offered))
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.sent == ["/theme"])


async def test_keys_that_come_at_once_act_in_their_order() -> None:
    app = Stage(lambda text, cursor: names(text, cursor, KNOWN, "run"))
    async with app.run_test() as pilot:
        await type_at_once(
            pilot, *"/to", "enter", *"/call d", "left", "left", "x", "enter", *"/th", "tab", "!"
        )
        await until(pilot, lambda: app.composer.text == "/theme!")
        assert app.sent == ["/tools", "/callx d"]


async def test_a_late_answer_is_dropped() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        app.answers.clear()
        await pilot.press("/")
        await until(pilot, lambda: app.asked == [("/", 1)])
        await pilot.press("c")
        await until(pilot, lambda: app.asked[-1] == ("/c", 2))
        app.answers.set()
        await until(pilot, lambda: app.offered == ["/call"])


async def test_typing_and_sending_wait_for_no_answer() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        app.answers.clear()
        await pilot.press(*"/to", "tab", "x", "enter")
        await until(pilot, lambda: app.sent == ["/tox"])


async def test_a_list_that_is_out_of_date_leaves() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: bool(app.offered))
        app.answers.clear()
        await pilot.press("c")
        await until(pilot, lambda: app.offered == [])


async def test_leaving_the_composer_closes_the_list() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: bool(app.offered))
        app.set_focus(None)
        await until(pilot, lambda: app.offered == [])
        app.composer.focus()
        await until(pilot, lambda: bool(app.offered))


async def test_a_completion_that_fails_is_no_completion() -> None:
    def fails(text: str, cursor: int) -> tuple[Candidate, ...]:
        raise LookupError(text)

    app = Stage(fails)
    async with app.run_test() as pilot:
        await pilot.press(*"/to", "tab", "enter")
        await until(pilot, lambda: app.sent == ["/to"])


async def test_a_completion_lands_in_the_middle_of_many_lines() -> None:
    def second_line(text: str, cursor: int) -> tuple[Candidate, ...]:
        at = text.find("de")
        return (Candidate("demo", at, at + 2, "demo"),) if at >= 0 and "demo" not in text else ()

    app = Stage(second_line)
    async with app.run_test() as pilot:
        await pilot.press(*"/call", "ctrl+j", *"de")
        await until(pilot, lambda: app.offered == ["demo"])
        await pilot.press("tab")
        assert app.composer.text == "/call\ndemo"


async def test_the_mouse_chooses_too() -> None:
    app = Stage(known)
    async with app.run_test() as pilot:
        await pilot.press("/")
        await until(pilot, lambda: app.listed.region.height == 3)
        await pilot.click(app.listed, offset=(3, 1))
        assert app.composer.text == "/theme"
        assert app.focused is not None


def many(text: str, cursor: int) -> tuple[Candidate, ...]:
    tools = [
        ("echo", "Says what it is told"),
        ("[/x][@click=app.quit]x[/]", "A [bold]hostile[/bold] name [/y]"),
        ("a_tool_with_a_name_far_longer_than_half_of_the_screen_is_wide", "and something about it"),
        ("画像を表示する", "A name in wide letters"),
        *(
            (f"tool_{number}", f"The tool of number {number}, described at more length than fits")
            for number in range(9)
        ),
    ]
    return tuple(Candidate(name, 0, cursor, name, summary) for name, summary in tools)


async def test_the_list_looks_right(screen_matches: Callable[[App[None]], bool]) -> None:
    app = Stage(many)
    app.theme = "textual-dark"
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"/call demo ")
        await until(pilot, lambda: app.listed.region.height == 8)
        await pilot.press("down")
        await until(pilot, lambda: app.listed.highlighted == 1)
        await pilot.pause()
        assert screen_matches(app)


async def test_the_list_scrolls_with_the_highlight_on_a_small_screen(
    screen_matches: Callable[[App[None]], bool],
) -> None:
    app = Stage(many)
    app.theme = "textual-light"
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("/")
        await until(pilot, lambda: app.listed.region.height == 8)
        await pilot.press(*["down"] * 9)
        await until(pilot, lambda: app.listed.highlighted == 9)
        await pilot.pause()
        assert screen_matches(app)


async def test_on_the_lowest_screen_the_list_takes_what_room_there_is() -> None:
    app = Stage(many)
    async with app.run_test(size=(40, 5)) as pilot:
        await pilot.press("/")
        await until(pilot, lambda: app.listed.region.height == 3)
        assert app.listed.region.y == 0


async def test_an_empty_composer_shows_its_sign_and_placeholder(
    screen_matches: Callable[[App[None]], bool],
) -> None:
    app = Stage(many)
    app.theme = "textual-dark"
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert screen_matches(app)
