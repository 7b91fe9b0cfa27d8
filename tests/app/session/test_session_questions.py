"""Servers' questions in the session: asked, answered, queued, withdrawn, never in the way."""

from __future__ import annotations

import pytest

from tests.app.conftest import Session, session
from tests.support.screens import screen_text
from tests.support.servers import demo, quick

ANSWERS = {"accept": "ctrl+s", "decline": "ctrl+n", "cancel": "escape"}


def asking(s: Session, count: int = 1) -> bool:
    return len(s.app.session.inbox.questions) == count


@pytest.mark.parametrize("answer", ["decline", "cancel"])
async def test_declined_and_cancelled_reach_the_server(answer: str) -> None:
    async with session(demo()) as s:
        await s.enter("/call demo ask form=short")
        await s.until(lambda: asking(s))
        await s.until(lambda: s.app.session.inbox.has_focus_within)
        await s.pilot.press(ANSWERS[answer])
        await s.until(lambda: not s.app.session.transcript.running)
        assert answer in s.history.rpartition("demo.ask")[2]
        assert asking(s, 0)
        assert s.app.session.composer.has_focus_within


async def test_accepted_with_what_was_typed() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo ask form=short")
        await s.until(lambda: asking(s) and s.app.session.inbox.has_focus_within)
        await s.pilot.press(*"Alice", "ctrl+s")
        await s.until(lambda: not s.app.session.transcript.running or not asking(s))
        await s.sees("Alice")


async def test_a_question_does_not_take_the_keys_from_somebody_who_types() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask")
        s.app.session.composer.fill("half a line")
        await s.until(lambda: asking(s))
        await s.pilot.press("!")
        assert s.app.session.composer.text == "half a line!"
        await s.pilot.press("ctrl+o")
        await s.until(lambda: s.app.session.inbox.has_focus_within)
        await s.pilot.press("ctrl+n")
        await s.sees("decline")
        assert s.app.session.composer.text == "half a line!"


async def test_ctrl_o_that_meets_a_question_as_it_takes_the_keys_leaves_them_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with session(quick()) as s:
        inbox = s.app.session.inbox
        await s.enter("/call quick ask")
        monkeypatch.setattr("widgets.inbox.shown_question._UNNOTICED", 1e6)
        await s.until(lambda: asking(s) and inbox.has_focus_within)
        assert inbox.just_came
        await s.pilot.press("ctrl+o")
        assert inbox.has_focus_within
        await s.pilot.press("ctrl+o")  # now they were asked for
        assert s.app.session.composer.has_focus_within


async def test_several_questions_queue() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask count=2")
        await s.until(lambda: asking(s, 2) and s.app.session.inbox.has_focus_within)
        await s.pilot.press("ctrl+n")
        await s.until(lambda: asking(s, 1))
        await s.pilot.press("ctrl+o", "ctrl+n") if not s.app.session.inbox.has_focus_within else None
        await s.pilot.press("ctrl+n") if asking(s, 1) else None
        await s.until(lambda: asking(s, 0))
        await s.sees("decline")


async def test_a_question_whose_server_dies_is_withdrawn_and_says_so() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask")
        await s.until(lambda: asking(s))
        s.app.run_slash("/call quick die status=3")
        await s.sees("withdrew its question")
        assert asking(s, 0)


async def test_what_was_typed_into_a_question_that_goes_stays_to_be_read() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask")
        await s.until(lambda: asking(s) and s.app.session.inbox.takes_letters)
        await s.pilot.press(*"Grace")
        await s.until(lambda: "Grace" in screen_text(s.app))
        s.app.run_slash("/call quick die status=3")
        await s.sees("What you typed for quick was not sent")
        await s.sees("Grace")


async def test_an_answer_that_is_sent_is_told_once() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick ask")
        await s.until(lambda: asking(s) and s.app.session.inbox.takes_letters)
        await s.pilot.press(*"Grace", "ctrl+s")
        await s.sees(": accepted")
        assert "was not sent" not in screen_text(s.app)


async def test_url_mode_opens_nothing_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    async def note(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr("services.web.browser.open_browser", note)
    async with session(demo()) as s:
        await s.enter("/call demo ask_url")
        await s.until(lambda: asking(s) and s.app.session.inbox.has_focus_within)
        assert opened == []
        await s.pilot.press("o")
        await s.until(lambda: len(opened) == 1)
        assert opened[0].startswith("http")
        await s.pilot.press("ctrl+s")
        await s.sees("accept")
