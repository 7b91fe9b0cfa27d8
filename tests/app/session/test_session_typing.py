"""Where keys go: none is lost, none acts on what is not seen, none is taken by a server's question."""

from __future__ import annotations

import pytest

from app.session.screens.form import FormScreen
from services.inbox.questions import FormQuestion
from tests.app.conftest import session
from tests.support.screens import type_at_once
from tests.support.servers import demo, quick
from widgets.composer.completion_list import CompletionList


@pytest.mark.parametrize("way_in", ["tab", "f2"])
async def test_keys_that_arrive_in_one_read_follow_the_slash(way_in: str) -> None:
    async with session(quick()) as s:
        screen = s.app.session
        await s.pilot.press(way_in)
        await s.until(lambda: not screen.composer.has_focus_within)
        await type_at_once(s.pilot, *"/call quick echo text=cjr")
        await s.until(lambda: screen.composer.text == "/call quick echo text=cjr")


async def test_a_slash_leads_to_a_line_that_is_already_there() -> None:
    async with session(quick()) as s:
        screen = s.app.session
        screen.composer.fill("/tools")
        await s.pilot.press("f2")
        await s.until(lambda: not screen.composer.has_focus_within)
        await type_at_once(s.pilot, *"/ quick")
        await s.until(lambda: screen.composer.text == "/tools quick")


async def test_what_is_typed_as_a_question_comes_stays_in_the_composer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.session.screens.open_questions._PAUSE", 5.0)  # slow machines type slowly
    async with session(quick()) as s:
        screen = s.app.session
        await s.enter("/call quick ask")
        await s.until(lambda: len(screen.inbox.questions) == 1)
        await type_at_once(s.pilot, *"/call bank login password=hunter2")
        await s.until(lambda: screen.composer.text == "/call bank login password=hunter2")
        monkeypatch.setattr("app.session.screens.open_questions._PAUSE", 0.1)
        screen.questions.let_in()
        await s.pilot.pause(0.2)
        assert not screen.inbox.has_focus_within
        assert screen.composer.text == "/call bank login password=hunter2"
        await s.pilot.press("ctrl+o")
        await s.until(lambda: screen.inbox.has_focus_within)


async def test_submitting_shows_the_newest_cell_and_tab_goes_to_it() -> None:
    async with session(quick()) as s:
        history = s.app.session.history
        for number in range(60):
            s.app.session.transcript.notice(f"note {number}")
        await s.pilot.press("tab", "home")
        await s.until(lambda: history.scroll_offset.y == 0)
        await s.pilot.press("escape")
        await s.enter("/tools quick")
        await s.until(lambda: history.scroll_offset.y == history.max_scroll_y > 0)
        history.scroll_to(y=0, animate=False)
        await s.until(lambda: history.scroll_offset.y == 0)
        await s.pilot.press("tab")
        await s.until(lambda: history.scroll_offset.y == history.max_scroll_y)
        assert history.selected == s.ids[-1]


async def test_pages_of_the_history_are_turned_from_the_composer() -> None:
    async with session(quick()) as s:
        screen, history = s.app.session, s.app.session.history
        for number in range(60):
            screen.transcript.notice(f"note {number}")
        await s.until(lambda: history.scroll_offset.y == history.max_scroll_y > 0)
        await s.pilot.press("a", "pageup")
        await s.until(lambda: history.scroll_offset.y < history.max_scroll_y)
        await s.pilot.press("b", "pagedown")
        await s.until(lambda: history.scroll_offset.y == history.max_scroll_y)
        assert screen.composer.text == "ab"


async def test_letters_at_a_question_without_fields_go_to_the_composer() -> None:
    question = FormQuestion(server="quick", message="Go on?", schema={"type": "object", "properties": {}})
    async with session(quick()) as s:
        screen = s.app.session
        screen.inbox.questions = (question,)
        await s.until(lambda: screen.inbox.question is question)
        screen.inbox.take_focus()
        await s.until(lambda: screen.inbox.has_focus_within)
        await type_at_once(s.pilot, *"hello")
        await s.until(lambda: screen.composer.text == "hello")


async def test_a_mention_is_completed_in_a_text_and_the_text_is_sent_as_typed() -> None:
    async with session(demo()) as s:
        await s.pilot.press(*"ask @dem")
        await s.until(lambda: s.app.session.query(CompletionList))  # mounted when it is first needed
        listed = s.app.session.query_one(CompletionList)
        await s.until(lambda: [each.label for each in listed.candidates] == ["@demo"])
        await s.pilot.press("tab", *":cables")
        await s.until(lambda: "demo://cables.json" in [each.label for each in listed.candidates])
        await s.pilot.press("tab", *", please", "enter")
        await s.sees("ask @demo:demo://cables.json, please")


async def test_a_form_that_comes_late_takes_no_keys_from_somebody_who_types(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.session.screens.open_questions._PAUSE", 0.1)
    async with session(quick("slow", "--slow-start", "2", "--strict"), wait=False) as s:
        composer, manager = s.app.session.composer, s.app.manager
        await type_at_once(s.pilot, *"/call slow echo", "space", "enter", *"/call bank login")
        assert manager is not None
        await s.until(lambda: manager.ready == ("slow",))
        await s.pilot.pause(0.5)
        assert not isinstance(s.app.screen, FormScreen)
        assert composer.text == "/call bank login"
        composer.fill("")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))


async def test_nobody_who_waits_for_a_form_waits_longer_than_for_its_server() -> None:
    async with session(quick("slow", "--slow-start", "1", "--strict"), wait=False) as s:
        pause = "app.session.screens.open_questions._PAUSE"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pause, 1_000.0)
            await s.enter("/call slow echo")
            await s.until(lambda: isinstance(s.app.screen, FormScreen))
