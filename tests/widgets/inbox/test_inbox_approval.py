"""The question whether a model may call a tool: what it shows, which keys answer it, and which must not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual import events

from services.approval import Allow, ApprovalRequest, CancelTurn, Deny, ToolCall, ToolChange
from tests.support.screens import type_at_once, until
from tests.widgets.inbox.stage import WRITE_SCHEMA, InboxStage, approval, details, text_on
from widgets.inbox.answer_keys import KeyButton
from widgets.inbox.approval_text import approval_lines, call_name
from widgets.inbox.question_view import QuestionView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.pilot import Pilot

    from services.approval import Decision

SIZES = [(120, 40), (80, 24), (40, 12)]
MAILS = {**WRITE_SCHEMA, "properties": {**WRITE_SCHEMA["properties"], "mail_to": {"type": "string"}}}
CHANGE = ToolChange("Writes a file.\nNothing else.", "Writes a file.\nAnd mails it.", WRITE_SCHEMA, MAILS)


async def entered(app: InboxStage, pilot: Pilot[None], *, uninvited: bool = False) -> None:
    """Wait until the question can be seen, then give it the keys."""
    await until(pilot, lambda: app.inbox.in_sight and app.query_one(QuestionView).region.height > 0)
    app.inbox.take_focus(uninvited=uninvited)
    await until(pilot, lambda: app.inbox.has_focus_within)


async def pressed(app: InboxStage, pilot: Pilot[None], label: str) -> None:
    """Click a key, once it is there."""
    await until(pilot, lambda: any(one.label == label for one in app.query(KeyButton)))
    await pilot.pause()
    await pilot.click(next(one for one in app.query(KeyButton) if one.label == label))


def text_of(arguments: dict[str, Any], **request: Any) -> str:
    call = ToolCall("1", "mcp__files__write_file", "files", "write_file", arguments)
    return "\n".join(
        line.text for line in approval_lines(ApprovalRequest(call, "", ("only reads",), **request))
    )


# Keys.


@pytest.mark.parametrize(
    ("keys", "decision"),
    [
        (("ctrl+s",), Allow()),
        (("ctrl+t",), Allow("session")),
        (("ctrl+a",), Allow("always")),
        (("ctrl+n", "ctrl+n"), Deny()),
        (("ctrl+n", "enter"), Deny()),
        (("ctrl+n", *"use /tmp", "enter"), Deny("use /tmp")),
        (("ctrl+n", *"no", "ctrl+n"), Deny("no")),
        (("ctrl+n", *"no", "escape", "ctrl+s"), Allow()),
        (("escape",), CancelTurn()),
    ],
)
async def test_each_key_is_its_answer(keys: tuple[str, ...], decision: Decision) -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        for key in keys:
            await pilot.press("space" if key == " " else key)
        await until(pilot, lambda: app.decisions == [decision])


async def test_letters_and_enter_answer_nothing() -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press(*"ysanote", "enter", "space", "up", "down", "pagedown", "home", "end")
        await pilot.pause()
        assert (app.answers, app.edited) == ([], [])


async def test_only_what_the_request_offers_can_be_said() -> None:
    app = InboxStage(approval(lastings=("once",), schema={}))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+t", "ctrl+a", "ctrl+e")
        await pilot.pause()
        assert (app.answers, app.edited) == ([], [])
        assert {button.action for button in app.query(KeyButton) if button.display} >= {"accept", "drop"}
        assert not {"allow_session", "allow_always", "edit_arguments"} & {
            button.action for button in app.query(KeyButton)
        }


async def test_nothing_allows_while_words_are_typed() -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+n", *"stop", "ctrl+s", "ctrl+t", "ctrl+a", "ctrl+e")
        await pilot.pause()
        assert (app.answers, app.edited) == ([], [])
        assert app.inbox.takes_letters
        await pilot.press("escape")
        assert not app.inbox.takes_letters


async def test_words_that_were_typed_are_there_again() -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+n", *"not", "escape", "ctrl+n", "enter")
        await until(pilot, lambda: app.decisions == [Deny("not")])


async def test_editing_asks_the_session_and_answers_nothing() -> None:
    question = approval()
    app = InboxStage(question)
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: app.edited == [question])
        assert app.answers == []
        assert app.inbox.question is question


@pytest.mark.parametrize(
    ("label", "decision"),
    [("allow once", Allow()), ("session", Allow("session")), ("cancel turn", CancelTurn())],
)
async def test_the_answers_are_buttons_too(label: str, decision: Decision) -> None:
    app = InboxStage(approval())
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        await pressed(app, pilot, label)
        await until(pilot, lambda: app.decisions == [decision])


async def test_the_buttons_of_denying_deny_and_lead_back() -> None:
    app = InboxStage(approval())
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        for label in ("deny", "back to the question", "deny", "deny with these words"):
            await pressed(app, pilot, label)
        await until(pilot, lambda: app.decisions == [Deny()])


# Keys that were meant for something else.


@pytest.mark.parametrize("keys", [("ctrl+s", "ctrl+s"), ("ctrl+t", "ctrl+t"), ("ctrl+a", "ctrl+s")])
async def test_when_it_came_by_itself_the_second_key_allows(keys: tuple[str, str]) -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot, uninvited=True)
        await pilot.press(keys[0])
        await until(pilot, lambda: "again to allow" in text_on(app))
        assert app.answers == []
        await pilot.press(keys[1])
        lasting = {"ctrl+s": "once", "ctrl+t": "session"}[keys[1]]
        await until(pilot, lambda: [each.lasting for each in app.decisions] == [lasting])  # type: ignore[union-attr]


async def test_when_it_came_by_itself_it_is_denied_at_once() -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        await entered(app, pilot, uninvited=True)
        await pilot.press("ctrl+n", "ctrl+n")
        await until(pilot, lambda: app.decisions == [Deny()])


async def test_a_key_pressed_twice_answers_one_of_two_calls() -> None:
    app = InboxStage(approval(tool="one"), approval(tool="two"))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        await type_at_once(pilot, "ctrl+s", "ctrl+s", "ctrl+s", "ctrl+s")
        await until(pilot, lambda: "files.two" in text_on(app) and app.inbox.in_sight)
        assert app.decisions == [Allow()]
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "press ^s again to allow" in text_on(app))
        assert app.decisions == [Allow()]


@pytest.mark.parametrize("key", ["ctrl+s", "ctrl+t", "ctrl+a", "ctrl+n", "escape", "ctrl+e"])
async def test_a_key_from_before_it_was_on_screen_does_nothing(key: str) -> None:
    app = InboxStage(approval())
    async with app.run_test() as pilot:
        before = events.Key(key, None)
        app.inbox.questions = ()
        await until(pilot, lambda: app.inbox.question is None)
        app.inbox.questions = (approval(),)
        await entered(app, pilot)
        for _ in range(3):
            before._forwarded = False
            app.post_message(before)
            await pilot.pause()
        assert (app.answers, app.edited, app.inbox.takes_letters) == ([], [], False)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: app.decisions == [Allow()])


async def test_a_form_accepted_twice_does_not_allow_the_call_behind_it() -> None:
    app = InboxStage(details(it={"type": "integer"}), approval())
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.inbox.in_sight)
        app.inbox.take_focus()
        await until(pilot, lambda: app.inbox.has_focus_within)
        await pilot.press("7")
        await type_at_once(pilot, "ctrl+s", "ctrl+s", "ctrl+s")
        await until(pilot, lambda: "files.write_file" in text_on(app) and app.inbox.in_sight)
        assert [action for _, action, _ in app.answers] == ["accept"]
        assert app.decisions == []


async def test_calls_queue_the_oldest_first() -> None:
    app = InboxStage(approval(tool="one"), details("other"), approval(tool="two"))
    async with app.run_test() as pilot:
        await entered(app, pilot)
        assert "files.one" in text_on(app)
        assert "1 of 3 questions" in text_on(app)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "other asks" in text_on(app))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "files.two" in text_on(app) and app.inbox.in_sight)
        await pilot.press("escape")
        await until(pilot, lambda: app.decisions == [Allow(), CancelTurn()])


# What is shown.


def test_every_argument_is_shown_in_full() -> None:
    long = "\n".join(f"line {number}" for number in range(500))
    shown = text_of({"a": "short", "b": long, "c": {"d": [1, {"e": None}]}, "f": True, "g": 1.5, "h": []})
    lines = shown.split("\n")
    assert {"a  short", "b  500 lines", "  line 0", "  line 499", "f  true", "g  1.5", "h  []"} <= set(lines)
    start = lines.index("c")
    assert lines[start + 1 : start + 9] == [
        "  {", '    "d": [', "      1,", "      {", '        "e": null', "      }", "    ]", "  }"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", 'a  ""'),
        ("true", 'a  "true"'),
        ("12", 'a  "12"'),
        (" padded ", 'a  " padded "'),
        ('"quoted"', 'a  "\\"quoted\\""'),
        ("true story", "a  true story"),
        ("tab\there", "a  tab    here"),
        (None, "a  null"),
        ("right\u202eleft", "a  right\\u202eleft"),
        ("tag\U000e0041", "a  tag\\udb40\\udc41"),
        ("bell\x07 and \x1b[31m", "a  bell\\u0007 and \\u001b[31m"),
        ("one\r\ntwo", "a  2 lines\n  one\n  two"),
        ("one\rtwo", "a  one\\u000dtwo"),
    ],
)
def test_nothing_hides_in_a_value(value: Any, shown: str) -> None:
    assert shown in text_of({"a": value})


def test_nothing_hides_in_a_name() -> None:
    assert "a\\u202eb c  1" in text_of({"a\u202eb\nc": 1})
    hostile = approval(server="files\x1b]52;c;aGk=\x07", tool="x" * 500)
    assert call_name(hostile.request).startswith("files\\u001b]52;c;aGk=\\u0007.xxx")


@pytest.mark.parametrize("value", ["x" * 10_001, "x\n" * 5_001, ["x" * 10_000]])
def test_what_is_cut_is_said(value: Any) -> None:
    shown = text_of({"a": value, "b": 1})
    assert "more characters" in shown
    assert "b  1" in shown
    assert "more characters" not in text_of({"a": "x" * 10_000})


def test_a_change_is_shown_line_by_line() -> None:
    lines = text_of({}, changed=CHANGE).split("\n")
    assert "You always allow this tool, but it has changed since." in lines
    assert {"- Nothing else.", "+ And mails it.", "  Writes a file.", '+     "mail_to": {'} <= set(lines)
    assert not any(line.startswith(("---", "+++", "@@")) for line in lines)


def test_the_order_of_keys_is_no_change() -> None:
    turned = dict(reversed(WRITE_SCHEMA.items()))
    shown = text_of({}, changed=ToolChange("a", "b", WRITE_SCHEMA, turned))
    assert "- a\n+ b" in shown
    assert "Its arguments" not in shown
    assert "Its title or its annotations" in text_of({}, changed=ToolChange("", "", {}, {}))


async def test_a_request_of_any_size_scrolls_inside_the_inbox() -> None:
    many = {f"argument {number}": "word " * 1_900 for number in range(30)}
    app = InboxStage(approval(many))
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        assert app.inbox.outer_size.height <= 12
        await pilot.press("pagedown")
        await until(pilot, lambda: app.query_one(QuestionView).scroll_offset.y > 0)
        await until(pilot, lambda: app.query_one(QuestionView).max_scroll_y > 3_000)
        await pilot.press("end")
        await until(pilot, lambda: "What files says it does:" in text_on(app))
        assert "^s allow once" in text_on(app)


@pytest.mark.parametrize("size", [(120, 40), (100, 30), (74, 40), (60, 20), (40, 12)])
async def test_all_keys_are_in_sight(size: tuple[int, int]) -> None:
    app = InboxStage(approval({"text": "line\n" * 200}), approval())
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        shown = text_on(app)
        assert all(f"{key} " in shown for key in ("^s", "^t", "^a", "^e", "^n", "esc"))
        assert all(word in shown for word in ("once", "session", "always", "edit", "deny", "cancel"))
        assert "files.write_file" in shown
        assert app.inbox.outer_size.height <= size[1] // 2
        await pilot.press("ctrl+n")
        await until(pilot, lambda: "Tell the model:" in text_on(app) and "esc back" in text_on(app))
        assert app.inbox.outer_size.height <= size[1] // 2


@pytest.mark.parametrize("size", SIZES)
async def test_it_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = InboxStage(approval(), approval())
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        assert screen_matches(app)


async def test_denying_looks_as_it_should(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = InboxStage(approval())
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+n", *"no")
        await until(pilot, lambda: "esc back" in text_on(app))
        assert screen_matches(app)


async def test_a_changed_tool_looks_as_it_should(screen_matches: Callable[[App[Any]], bool]) -> None:
    app = InboxStage(approval({"path": "a"}, changed=CHANGE, lastings=("once", "always")))
    async with app.run_test(size=(120, 40)) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        assert screen_matches(app)
