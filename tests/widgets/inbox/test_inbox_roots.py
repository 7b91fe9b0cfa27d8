"""The question whether a server may be told of a directory, and what follows it in the inbox."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.inbox.questions import RootsQuestion
from services.roots import Root
from tests.support.screens import until
from tests.widgets.inbox.stage import InboxStage, details, text_on
from widgets.inbox.answer_keys import KeyButton


def roots() -> RootsQuestion:
    return RootsQuestion(server="files", message="", roots=(Root(Path("/home/ann/work")),))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_its_keys_are_in_sight_and_the_next_question_is_drawn(size: tuple[int, int]) -> None:
    app = InboxStage(roots(), details())
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.inbox.in_sight)
        app.inbox.take_focus()
        await until(pilot, lambda: app.inbox.has_focus_within and app.query_one(".inbox--answer").display)
        assert "/home/ann/work" in text_on(app)
        keys = [one for one in app.query(KeyButton) if one.action != "take_focus"]
        assert len(keys) == 4
        assert all(one.region.right <= size[0] and one.region.height == 1 for one in keys)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: app.inbox.question is not None and app.inbox.question.server != "files")
        await until(pilot, lambda: "Please fill in your details" in text_on(app))
        assert app.answers[0] == ("files", "decline", None)
