"""Servers that ask a model, in the session: by the model after a yes, by hand, for the session, declined."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from services.settings import ModelSettings
from tests.app.conftest import Session, session
from tests.servers.web import Web
from tests.services.connections.session.test_eras_revisions import at, said
from tests.services.model.stage import engines
from widgets.holding import HoldingArea
from widgets.inbox.approval_view import RequestLines
from widgets.inbox.sampling_view import SamplingQuestionView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MODEL = ModelSettings("", "ollama", "teller", context_window=100_000)
HELLO = {
    "messages": [{"role": "user", "content": {"type": "text", "text": "Say hello"}}],
    "maxTokens": 50,
    "systemPrompt": "Be short.",
}


class Asking:
    """A session whose server asks a model, and what a test does with that."""

    def __init__(self, s: Session) -> None:
        self.s = s
        self.go = asyncio.Event()
        self.go.set()
        self.fails = False
        self.asked = 0
        self.seen: list[str] = []
        """The last text of each request to the model."""

    async def stream(self, messages: Any, _info: Any) -> AsyncIterator[Any]:
        self.asked += 1
        self.seen.append(str(messages[-1].parts[-1].content))
        yield "Hello "
        await self.go.wait()
        if self.fails:
            raise ConnectionError("away")
        yield "there"

    def call(self) -> asyncio.Task[Any]:
        assert self.s.app.manager is not None
        return asyncio.create_task(self.s.app.manager.call_tool("web", "sample", HELLO))

    async def shown(self) -> SamplingQuestionView:
        """Wait until the question can be answered, and go to it."""
        inbox = self.s.app.session.inbox
        await self.s.until(lambda: inbox.in_sight)
        if not inbox.has_focus_within:
            await self.s.pilot.press("ctrl+o")
        inbox.uninvited = False
        assert isinstance(inbox._view, SamplingQuestionView)
        return inbox._view

    async def editor(self) -> HoldingArea:
        """Wait for an answer that can be edited."""
        inbox = self.s.app.session.inbox
        await self.s.until(lambda: inbox.has_class("-asking") and inbox.takes_letters and inbox.in_sight)
        return inbox.query_one(HoldingArea)

    async def answer(self, call: asyncio.Task[Any]) -> Any:
        await self.s.until(call.done)
        return json.loads(said(call.result()))


@asynccontextmanager
async def asking(*models: ModelSettings) -> AsyncIterator[Asking]:
    asked: list[Asking] = []

    def stream(messages: Any, info: Any) -> Any:
        return asked[0].stream(messages, info)

    async with (
        Web(("2025-11-25",)) as web,
        session(at(web), models=models, open_engine=engines(stream)) as s,
    ):
        asked.append(Asking(s))
        yield asked[0]


async def test_the_models_answer_is_edited_before_it_goes() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        view = await a.shown()
        text = "\n".join(str(line.text) for line in view.query(RequestLines).first().lines)
        assert "at most 50 tokens" in text
        assert "Be short." in text
        assert "Say hello" in text
        assert a.asked == 0
        await a.s.pilot.press("ctrl+s")
        editor = await a.editor()
        assert editor.text == "Hello there"
        assert not call.done()
        await a.s.pilot.press("end", *"!")
        await a.s.pilot.press("ctrl+s")
        answer = await a.answer(call)
        assert answer["content"]["text"] == "Hello there!"
        assert answer["model"] == "teller"
        await a.s.sees("web: its request to a model was answered")


async def test_without_a_model_it_is_answered_by_hand() -> None:
    async with asking() as a:
        call = a.call()
        view = await a.shown()
        assert not view.takes("accept")
        assert not view.takes("allow_session")
        await a.s.pilot.press("ctrl+e")
        await a.editor()
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: "empty answer" in str(view._said.content))
        await a.s.pilot.press(*"two", "enter", *"lines", "ctrl+s")
        answer = await a.answer(call)
        assert answer["content"]["text"] == "two\nlines"
        assert answer["model"] == "human"


async def test_a_yes_for_the_session_asks_no_more() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        await a.shown()
        await a.s.pilot.press("ctrl+t")
        assert (await a.answer(call))["content"]["text"] == "Hello there"
        assert (await a.answer(a.call()))["content"]["text"] == "Hello there"
        await a.s.sees("1 without a question this session")
        assert a.s.app.session.inbox.question is None


async def test_a_no_reaches_the_server() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        await a.shown()
        await a.s.pilot.press("ctrl+n", "ctrl+n")
        assert (await a.answer(call))["code"] == -1
        assert a.asked == 0
        await a.s.sees("web: its request to a model was declined")


async def test_waiting_for_the_model_can_be_left() -> None:
    async with asking(MODEL) as a:
        a.go.clear()
        call = a.call()
        view = await a.shown()
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: a.asked == 1)
        await a.s.pilot.press("ctrl+s")  # means nothing now
        await a.s.pilot.press("escape")
        await a.s.until(lambda: view.takes("edit_arguments"))
        assert not call.done()
        a.go.set()
        await a.s.pilot.press("ctrl+e")
        assert (await a.editor()).text == ""
        await a.s.pilot.press("escape", "escape")
        assert (await a.answer(call))["code"] == -1
        assert a.asked == 1


async def test_why_the_model_does_not_answer_is_said_and_the_question_stays() -> None:
    async with asking(MODEL) as a:
        a.fails = True
        call = a.call()
        view = await a.shown()
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: view.has_class("-said") and view.takes("allow_session"))
        assert not call.done()
        await a.s.pilot.press("ctrl+n", "ctrl+n")
        assert (await a.answer(call))["code"] == -1


async def test_a_call_that_ends_takes_the_question_with_it() -> None:
    async with asking(MODEL) as a:
        a.go.clear()
        call = a.call()
        await a.shown()
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: a.asked == 1)
        call.cancel()
        await a.s.until(lambda: a.s.app.session.inbox.question is None)
        await a.s.sees("withdrew its question")


async def test_what_was_written_is_not_lost_to_the_model_unasked() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        view = await a.shown()
        await a.s.pilot.press("ctrl+e")
        await a.editor()
        await a.s.pilot.press(*"mine", "escape")
        await a.s.until(lambda: view.takes("edit_arguments"))
        await a.s.until(lambda: a.s.app.session.inbox.in_sight)
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: "replaces what you wrote" in str(view._said.content))
        assert a.asked == 0
        await a.s.pilot.press("ctrl+s")
        assert (await a.editor()).text == "Hello there"
        await a.s.pilot.press("ctrl+n", "ctrl+n")
        assert (await a.answer(call))["code"] == -1


async def test_the_request_is_edited_before_the_model_is_asked() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        view = await a.shown()
        await a.s.pilot.press("ctrl+r")
        editor = view._json
        await a.s.until(lambda: editor.has_focus and a.s.app.session.inbox.in_sight)
        assert '"Say hello"' in editor.text
        good = editor.text.replace("Say hello", "Say goodbye").replace('"maxTokens": 50', '"maxTokens": 20')
        editor.text = good.replace("20", "51")
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: "from 1 to 50" in str(view._said.content))
        editor.text = good
        await a.s.pilot.press("ctrl+s")
        await a.s.until(lambda: view.takes("allow_session") and a.s.app.session.inbox.in_sight)
        text = "\n".join(str(line.text) for line in view.query(RequestLines).first().lines)
        assert "at most 20 tokens" in text
        assert "Say goodbye" in text
        assert a.asked == 0
        await a.s.pilot.press("ctrl+s")
        await a.editor()
        assert "Say goodbye" in a.seen[0]
        await a.s.pilot.press("ctrl+s")
        assert (await a.answer(call))["content"]["text"] == "Hello there"


async def test_an_edited_request_is_dropped_by_a_second_escape_only() -> None:
    async with asking(MODEL) as a:
        call = a.call()
        view = await a.shown()
        await a.s.pilot.press("ctrl+r")
        await a.s.until(lambda: view._json.has_focus and a.s.app.session.inbox.in_sight)
        await a.s.pilot.press(*"x", "escape")
        await a.s.until(lambda: "Esc again" in str(view._said.content))
        assert view.has_class("-editing")
        await a.s.pilot.press("escape")
        await a.s.until(lambda: view.takes("allow_session") and a.s.app.session.inbox.in_sight)
        assert view._request == view._asks.request
        await a.s.pilot.press("ctrl+n", "ctrl+n")
        assert (await a.answer(call))["code"] == -1
