"""A model's calls in the session: approved, edited in a form, taken back, never by a letter."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from app.session.screens.form import FormScreen
from services.approval import Allow, ApprovalRequest, Deny, ToolCall, Withdrawn
from services.inbox.approving import InboxApprover
from tests.app.conftest import Session, session
from tests.support.servers import demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.approval import Decision

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "number"}, "b": {"type": "number"}, "note": {"type": "string"}},
    "required": ["a", "b", "note"],
}
LONG = "x" * 30_000


class Asked:
    """A session that a model's call waits in."""

    def __init__(self, s: Session, **arguments: Any) -> None:
        self.s = s
        self.arguments = {"a": 1, "b": 2, **arguments}
        assert s.app.manager is not None
        call = ToolCall("1", "mcp__demo__add", "demo", "add", self.arguments)
        request = ApprovalRequest(call, "Adds.", ("only reads",), ("once", "session"), schema=SCHEMA)
        self.task = asyncio.create_task(InboxApprover(s.app.manager.inbox).approve(request))

    async def shown(self) -> None:
        """Wait until the question can be answered, and go to it."""
        await self.s.until(lambda: self.s.app.session.inbox.in_sight)
        if not self.s.app.session.inbox.has_focus_within:
            await self.s.pilot.press("ctrl+o")
        self.s.app.session.inbox.uninvited = False

    async def form(self) -> FormScreen:
        await self.s.pilot.press("ctrl+e")
        await self.s.until(
            lambda: isinstance(self.s.app.screen, FormScreen) and self.s.app.focused is not None
        )
        screen = self.s.app.screen
        assert isinstance(screen, FormScreen)
        return screen

    async def decision(self) -> Decision:
        await self.s.until(self.task.done)
        return self.task.result()


@asynccontextmanager
async def asked(**arguments: Any) -> AsyncIterator[Asked]:
    async with session(demo()) as s:
        call = Asked(s, **arguments)
        try:
            await call.shown()
            yield call
        finally:
            call.task.cancel()


async def test_allowed_with_the_keys_back_in_the_composer() -> None:
    async with asked() as call:
        await call.s.pilot.press("ctrl+t")
        assert await call.decision() == Allow("session")
        await call.s.until(lambda: call.s.app.session.composer.has_focus_within)
        assert not call.s.app.session.inbox.display


async def test_letters_go_to_the_composer_and_answer_nothing() -> None:
    async with asked() as call:
        await call.s.pilot.press("y", "s", "enter")
        await call.s.until(lambda: "ys" in call.s.history)
        assert not call.task.done()


async def test_denied_with_words() -> None:
    async with asked() as call:
        await call.s.pilot.press("ctrl+n", *"no/", "enter")
        assert await call.decision() == Deny("no/")


async def test_edited_arguments_are_allowed_and_what_a_form_cannot_show_goes_along() -> None:
    async with asked(note=LONG, more={"x": None}) as call:
        form = await call.form()
        assert [one.name for one in form.form.form.fields] == ["a", "b"]
        await call.s.pilot.press("end", "5", "ctrl+s")
        assert await call.decision() == Allow(arguments={"a": 15, "b": 2, "note": LONG, "more": {"x": None}})
        await call.s.until(lambda: call.s.app.session.composer.has_focus_within)


async def test_a_form_that_is_left_leaves_the_question_open_and_is_there_again() -> None:
    async with asked(note="") as call:
        await call.form()
        await call.s.pilot.press("end", "5", "escape")
        await call.s.until(lambda: call.s.app.screen is call.s.app.session)
        assert not call.task.done()
        assert call.s.app.session.inbox.has_focus_within
        form = await call.form()
        assert form.form.entries["a"] in ("15", 15)
        await call.s.pilot.press("ctrl+s")
        assert await call.decision() == Allow(arguments={"a": 15, "b": 2, "note": ""})


async def test_a_cancelled_turn_closes_the_form_and_says_nothing_of_the_server() -> None:
    async with asked(note="") as call:
        await call.form()
        call.task.cancel()
        await call.s.until(lambda: call.s.app.screen is call.s.app.session)
        await call.s.until(lambda: not call.s.app.session.inbox.questions)
        assert "withdrew" not in call.s.history
        assert "the call no longer waits" in call.s.history


async def test_a_server_that_goes_leaves_nobody_to_decide_and_is_not_said_to_have_asked() -> None:
    async with asked() as call:
        await call.s.enter("/mcp disable demo")
        assert await call.decision() == Withdrawn()
        assert "withdrew" not in call.s.history


async def test_uninvited_it_takes_two_keys() -> None:
    async with session(demo()) as s:
        call = Asked(s)
        try:
            await s.until(lambda: s.app.session.inbox.has_focus_within)
            assert s.app.session.inbox.uninvited
            await s.pilot.press("ctrl+s")
            await s.pilot.pause()
            assert not call.task.done()
            await s.pilot.press("ctrl+s")
            assert await call.decision() == Allow()
        finally:
            call.task.cancel()
