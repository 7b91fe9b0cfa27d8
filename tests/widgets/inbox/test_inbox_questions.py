"""The request inbox: questions answered with the keyboard and the mouse, queued, withdrawn, hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.inbox.questions import FormQuestion, LinkQuestion, Question
from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import HOSTILE, HOSTILE_SCHEMA, InboxStage, details, text_on
from widgets.inbox.answer_keys import KeyButton
from widgets.inbox.question_view import QuestionView
from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.line_editor import LineEditor
from widgets.schema_form.options_editor import OptionsEditor

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

LOGIN = "https://github.com/login/device?code=ABCD-1234"

DELETE = FormQuestion(server="demo", message="Delete 3 files?", schema={"type": "object", "properties": {}})
PRINTABLE = HOSTILE.replace("\x1b", "").replace("\x9b", "")


def url_question(url: str = LOGIN, message: str = "Log in to GitHub.") -> Question:
    return LinkQuestion(server="github", message=message, url=url)


async def shown(app: InboxStage, pilot: Pilot[None]) -> None:
    await until(
        pilot, lambda: app.inbox.question is not None and app.query_one(QuestionView).region.height > 0
    )
    await pilot.pause()


async def entered(app: InboxStage, pilot: Pilot[None]) -> None:
    await shown(app, pilot)
    app.inbox.take_focus()
    await until(pilot, lambda: app.inbox.has_focus_within and app.query_one(".inbox--answer").display)
    for row in app.query(FieldRow)[:1]:
        row.focus_entry()


async def test_it_is_there_only_while_somebody_asks() -> None:
    app = InboxStage()
    async with app.run_test() as pilot:
        assert not app.inbox.display
        app.inbox.questions = (details(),)
        await shown(app, pilot)
        assert "everything asks" in text_on(app)
        assert "questions" not in text_on(app)
        app.inbox.questions = ()
        await until(pilot, lambda: not app.inbox.display)


async def test_it_never_takes_the_focus_by_itself() -> None:
    app = InboxStage()
    async with app.run_test() as pilot:
        await pilot.press(*"hel")
        app.inbox.questions = (details(), url_question())
        await pilot.press(*"lo")
        await shown(app, pilot)
        await pilot.press("!")
        assert (app.composer.value, app.composer.has_focus) == ("hello!", True)
        assert "^o answer" in text_on(app)


async def test_a_form_is_filled_in_and_accepted() -> None:
    app = InboxStage(details())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"Ann", "tab", "right", "ctrl+s")
        await until(pilot, lambda: bool(app.answers))
        assert app.answers == [("everything", "accept", {"name": "Ann", "colour": "r"})]


async def test_focus_asked_for_before_the_question_is_drawn_is_given_then() -> None:
    app = InboxStage()
    async with app.run_test() as pilot:
        app.inbox.questions = (details(),)
        app.inbox.take_focus()
        await until(pilot, lambda: isinstance(app.focused, OptionsEditor))
        await type_at_once(pilot, "up", *"Ann", "tab", "right", "ctrl+s")
        await until(pilot, lambda: app.answers == [("everything", "accept", {"name": "Ann", "colour": "r"})])


async def test_enter_on_the_last_field_accepts() -> None:
    app = InboxStage(details(it={"type": "integer"}))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("7", "enter")
        await until(pilot, lambda: app.answers == [("everything", "accept", {"it": 7})])


async def test_a_wrong_form_is_not_accepted_and_says_why() -> None:
    app = InboxStage(details())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("tab", "tab", *"abc", "ctrl+s")
        await until(pilot, lambda: "required" in text_on(app))
        assert "must be a whole number" in text_on(app)
        assert app.answers == []


@pytest.mark.parametrize(("key", "action"), [("ctrl+n", "decline"), ("escape", "cancel")])
@pytest.mark.parametrize("question", [details(), url_question(), details(it={"type": "object"})])
async def test_decline_and_cancel_are_answers_too(key: str, action: str, question: Question) -> None:
    app = InboxStage(question)
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(key)
        await until(pilot, lambda: app.answers == [(question.server, action, None)])


@pytest.mark.parametrize(
    ("label", "answer"), [("accept", {"name": "Bob", "colour": "g"}), ("decline", None), ("cancel", None)]
)
async def test_the_answers_are_buttons_too(label: str, answer: Any) -> None:
    app = InboxStage(details())
    async with app.run_test(size=(100, 30)) as pilot:
        await entered(app, pilot)
        await pilot.press("tab", "left")
        button = next(one for one in app.query(KeyButton) if one.label == label)
        await pilot.click(button)
        await until(pilot, lambda: app.answers == [("everything", label, answer)])


async def test_tab_leads_to_the_buttons_and_enter_presses_them() -> None:
    app = InboxStage(details(it={"type": "string"}))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("tab", "right", "enter")
        await until(pilot, lambda: app.answers == [("everything", "decline", None)])


async def test_a_question_without_fields_is_accepted_with_nothing_in_it() -> None:
    app = InboxStage(DELETE)
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("enter", "space")
        await pilot.pause()
        assert app.answers == []
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.answers == [("demo", "accept", {})])


async def test_what_was_typed_is_dropped_by_a_second_escape_only() -> None:
    app = InboxStage(details())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("x", "escape")
        await until(pilot, lambda: "press Esc again to discard what you typed" in text_on(app))
        assert app.answers == []
        await pilot.press("y")
        await until(pilot, lambda: "again to accept" not in text_on(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: [answer[1] for answer in app.answers] == ["cancel"])


async def test_questions_queue_the_oldest_first() -> None:
    app = InboxStage(details("one"), details("two"), details("three"))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        assert "one asks" in text_on(app)
        assert "1 of 3 questions" in text_on(app)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "two asks" in text_on(app) and "1 of 2 questions" in text_on(app))
        await pilot.press("escape")
        await until(pilot, lambda: "three asks" in text_on(app) and "questions" not in text_on(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: len(app.answers) == 3)
        assert [answer[:2] for answer in app.answers] == [
            ("one", "decline"),
            ("two", "cancel"),
            ("three", "decline"),
        ]


async def test_when_the_question_changes_no_key_ends_in_the_next_one() -> None:
    app = InboxStage(details("one", secret={"type": "string"}), details("two", it={"type": "string"}))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"pass")
        app.inbox.questions = app.inbox.questions[1:]
        await until(pilot, lambda: "two asks" in text_on(app))
        await pilot.press(*"word", "enter")
        await until(pilot, lambda: isinstance(app.focused, LineEditor))
        await pilot.press(*"ok", "enter")
        await until(pilot, lambda: app.answers == [("two", "accept", {"it": "ok"})])


async def test_text_typed_into_a_question_is_there_when_it_comes_again() -> None:
    first, second = details("one", it={"type": "integer"}), details("two", it={"type": "string"})
    app = InboxStage(first)
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"abc")
        app.inbox.questions = (second, first)
        await until(pilot, lambda: "two asks" in text_on(app))
        assert "abc" not in text_on(app)
        app.inbox.questions = (first,)
        await until(pilot, lambda: "abc" in text_on(app))
        assert "must be a whole number" in text_on(app)


async def test_another_question_behind_does_not_disturb_the_one_in_sight() -> None:
    first = details("one", it={"type": "string"})
    app = InboxStage(first)
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"ab")
        app.inbox.questions = (first, details("two"))
        await until(pilot, lambda: "1 of 2 questions" in text_on(app))
        await pilot.press("c", "enter")
        await until(pilot, lambda: app.answers == [("one", "accept", {"it": "abc"})])


async def test_a_withdrawn_question_leaves_and_the_keys_with_it() -> None:
    app = InboxStage(details())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        app.inbox.questions = ()
        await until(pilot, lambda: not app.inbox.display and not app.inbox.has_focus_within)
        await pilot.press("x", "ctrl+s", "ctrl+n", "o")
        assert (app.answers, app.is_running) == ([], True)


async def test_a_url_is_shown_whole_and_opened_only_when_the_person_says_so() -> None:
    app = InboxStage(url_question())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        assert LOGIN in text_on(app)
        assert "I have finished" in text_on(app)
        await pilot.press("enter", "space", "tab", "shift+tab")
        assert app.opened == []
        await pilot.press("o")
        await until(pilot, lambda: app.opened == [LOGIN])
        await pilot.press("y")
        assert app.clipboard == LOGIN
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.answers == [("github", "accept", None)])


async def test_the_keys_of_urls_are_text_in_forms() -> None:
    app = InboxStage(details(it={"type": "string"}))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"yoyo", "enter")
        await until(pilot, lambda: app.answers == [("everything", "accept", {"it": "yoyo"})])
        assert app.opened == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "Only http and https addresses can be opened"),
        ("javascript:alert(1)", "Only http and https addresses can be opened"),
        ("", "Only http and https addresses can be opened"),
        ("https://evil.com\\@good.org/", "not plain enough to be opened safely"),
    ],
)
async def test_other_urls_say_so_and_cannot_be_opened(url: str, reason: str) -> None:
    app = InboxStage(url_question(url))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        assert reason in text_on(app)
        await pilot.press("o", "tab", "enter")
        await pilot.click(next(one for one in app.query(KeyButton) if one.label == "open in browser"))
        assert app.opened == []


async def test_an_address_that_is_no_url_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    app = InboxStage(url_question("https://good.org/`id`"))
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(notifications=True) as pilot:
        await entered(app, pilot)
        await pilot.press("y")
        await until(pilot, lambda: "Not copied" in text_on(app))
        assert copied == []


@pytest.mark.parametrize("size", [(120, 40), (40, 12), (4, 2)])
@pytest.mark.parametrize(
    "question",
    [
        FormQuestion(server=HOSTILE, message=PRINTABLE, schema=HOSTILE_SCHEMA),
        LinkQuestion(
            server=HOSTILE, message="[/x][@click=app.quit]x[/]", url="https://[/x][@click=app.quit]x[/]"
        ),
        FormQuestion(server="x", message="line\n" * 500, schema={"properties": "x"}),
    ],
)
async def test_hostile_questions_do_nothing_and_fit_anywhere(
    size: tuple[int, int], question: Question
) -> None:
    app = InboxStage(question)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.inbox.question is not None)
        app.inbox.take_focus()
        await pilot.press("tab", "right", "space", "down", "enter", "tab")
        await pilot.pause()
        assert not set("\x1b\x07\x9b") & set(text_on(app))
        assert app.inbox.outer_size.height <= max(size[1] // 2, 1) + 1
        await pilot.press("ctrl+n")
        if size[1] > 2:
            await until(pilot, lambda: bool(app.answers))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_the_history_stays_readable_and_the_keys_in_sight(size: tuple[int, int]) -> None:
    app = InboxStage(FormQuestion(server="x", message="line\n" * 500 + "end", schema=details().schema))
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        assert app.inbox.outer_size.height <= size[1] // 2
        await until(pilot, lambda: "^n decline" in text_on(app))
        assert "✓ time.now" in text_on(app)
        assert app.composer.region.bottom == size[1]
        await until(pilot, lambda: "Bob" in text_on(app))
        await pilot.press("shift+tab", "home")
        await until(pilot, lambda: "Bob" not in text_on(app))


async def test_endless_texts_are_cut_and_endless_addresses_not_opened() -> None:
    long = "x" * 5_000_000
    app = InboxStage(
        FormQuestion(
            server="x", message=long, schema={"properties": {"a": {"type": "string", "default": long}}}
        )
    )
    async with app.run_test() as pilot:
        await entered(app, pilot)
        app.query_one(QuestionView).scroll_end(animate=False)
        await until(pilot, lambda: "… and 4,990,000 more characters" in text_on(app))
        app.inbox.questions = (url_question(f"https://{long}@example.com/{long}"),)
        await until(pilot, lambda: "github asks" in text_on(app))

        def scrolled() -> bool:  # again and again: how far it goes is known once it is laid out
            app.query_one(QuestionView).scroll_end(animate=False)
            return "too long to be looked at" in text_on(app)

        await until(pilot, scrolled)
        await pilot.press("o")
        assert app.opened == []


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_a_form_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = InboxStage(details(), url_question())
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        await pilot.press("tab", "right", "tab", *"abc")
        await until(pilot, lambda: "must be a whole number" in text_on(app))
        if size == (40, 12):  # how far it scrolled depends on which came first, the keys or the notes
            app.query_one(QuestionView).scroll_to(y=3, animate=False)
            await until(pilot, lambda: "Colour" not in text_on(app))
        assert screen_matches(app)


async def test_a_url_looks_as_it_should(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = InboxStage(url_question("http://github.com@evil.example:8080/login?code=ABCD-1234"))
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        assert screen_matches(app)


async def test_a_question_that_waits_looks_as_it_should(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = InboxStage(DELETE)
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(app, pilot)
        assert screen_matches(app)


async def test_the_first_enter_after_it_came_by_itself_accepts_nothing() -> None:
    app = InboxStage(details(it={"type": "integer"}))
    async with app.run_test() as pilot:
        await shown(app, pilot)
        app.inbox.take_focus(uninvited=True)
        await until(pilot, lambda: app.inbox.has_focus_within)
        await pilot.press("7", "enter")
        await until(pilot, lambda: "press Enter again to accept" in text_on(app))
        assert not app.answers
        await pilot.press("enter")
        await until(pilot, lambda: app.answers == [("everything", "accept", {"it": 7})])
