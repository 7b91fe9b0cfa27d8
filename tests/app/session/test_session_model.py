"""A model at the table: text, thinking, calls, pictures, stopping, queueing, what is taken back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from pydantic_ai.messages import ModelMessage, ModelRequest, ToolReturnPart, UserPromptPart
from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall

from app.session.turn_cells import TurnCells
from services.errors import ModelFailed
from services.model.events import Retrying, TextDelta
from services.settings import ModelSettings
from services.transcript.folder import sessions
from services.transcript.keeping import Keeping
from tests.app.conftest import session
from tests.services.model.stage import engines
from tests.support.servers import demo
from widgets.history.cells import MarkdownPart, PicturePart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import pytest

    from tests.app.conftest import Session

MODEL = ModelSettings("", "ollama", "teller", context_window=100_000)
OTHER = ModelSettings("other", "ollama", "second-teller", context_window=100_000)


def asked(messages: list[ModelMessage]) -> str:
    """What the person said last."""
    parts = [part for message in messages if isinstance(message, ModelRequest) for part in message.parts]
    said = [part.content for part in parts if isinstance(part, UserPromptPart)]
    return said[-1] if isinstance(said[-1], str) else str(said[-1])


def returned(messages: list[ModelMessage]) -> list[ToolReturnPart]:
    """What calls brought back after the person spoke last."""
    last = messages[-1]
    return [part for part in last.parts if isinstance(part, ToolReturnPart)]


class Teller:
    """A model: `wait: …` waits for `go`, `call TOOL {…}` calls, everything else is answered in Markdown."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.heard: list[str] = []

    async def stream(self, messages: list[ModelMessage], _info: Any) -> AsyncIterator[Any]:
        text = asked(messages)
        self.heard.append(text)
        if back := returned(messages):
            yield f"It said: {str(back[-1].content)[:200]}"
        elif text.startswith("call "):
            _, tool, arguments = text.split(" ", 2)
            yield {0: DeltaToolCall(name=f"mcp__demo__{tool}", json_args=arguments)}
        elif text.startswith("wait"):
            yield "Beginning, "
            await self.go.wait()
            yield "end."
        elif text.startswith("think"):
            yield {0: DeltaThinkingPart(content="first\nthen\nlast\nand more\nand more")}
            yield "Thought **about** it."
        else:
            yield f"# You said\n\n*{text}* and `code`\n\n- one\n- two\n"


def talking(
    *servers: Any, models: tuple[ModelSettings, ...] = (MODEL,), **options: Any
) -> tuple[Teller, Any]:
    teller = Teller()
    return teller, session(*servers, models=models, open_engine=engines(teller.stream), **options)


def kinds(s: Session) -> list[str]:
    return [s.app.session.history.cell(cell).kind for cell in s.ids]


async def send(s: Session, line: str) -> None:
    """Send a line without the Esc that `enter` begins with, which stops the model."""
    s.app.session.composer.fill(line)
    await s.pilot.pause()
    await s.pilot.press("enter")


async def quiet(s: Session) -> None:
    await s.until(lambda: not s.app.dispatcher.talk.busy)


async def test_text_goes_to_the_model_and_its_answer_is_drawn_as_markdown() -> None:
    _, running = talking()
    async with running as s:
        await s.enter("hello there")
        await s.sees("You said")
        await quiet(s)
        assert kinds(s)[-2:] == ["entry", "answer"]
        cell = s.app.session.history.cell(s.ids[-1])
        assert isinstance(cell.parts[0], MarkdownPart)
        assert cell.parts[0].text.startswith("# You said\n\n*hello there*")


async def test_thinking_is_folded_and_apart() -> None:
    _, running = talking()
    async with running as s:
        await s.enter("think about it")
        await s.sees("Thought **about** it.")
        await quiet(s)
        assert kinds(s)[-3:] == ["entry", "thinking", "answer"]
        assert s.app.session.history._store.layout(s.ids[-2]).foldable


async def test_a_call_has_its_cell_with_the_picture_drawn() -> None:
    _, running = talking(demo())
    async with running as s:
        await s.enter('call image_scenario {"scenario": "invalid_image_bytes_then_image"}')
        await s.sees("It said:")
        await quiet(s)
        cell = s.app.session.history.cell(s.ids[-2])
        assert (cell.kind, cell.name) == ("done", "demo.image_scenario")
        assert any(isinstance(part, PicturePart) and part.drawn for part in cell.parts)


async def test_a_call_whose_arguments_do_not_fit_says_why() -> None:
    _, running = talking(demo())
    async with running as s:
        await s.enter('call add {"a": "x"}')
        await s.sees("do not fit")
        await quiet(s)
        assert "failed" in kinds(s)


async def test_escape_stops_the_answer_and_what_came_stays() -> None:
    teller, running = talking()
    async with running as s:
        await s.enter("wait for me")
        await s.sees("Beginning,")
        await s.pilot.press("escape")
        await s.sees("Stopped.")
        await quiet(s)
        assert "Beginning," in s.history
        teller.go.set()
        await s.enter("go on")
        await s.sees("*go on*")


async def test_escape_cancels_a_call_at_its_server() -> None:
    _, running = talking(demo())
    async with running as s:
        await s.enter('call countdown {"seconds": 60}')
        await s.until(lambda: any(c.progress for c in map(s.app.session.history.cell, s.ids)))
        await s.pilot.press("escape")
        await s.until(lambda: "cancelled" in kinds(s), 3)
        await quiet(s)
        await s.until(lambda: "notifications/cancelled" in trace(s), 3)


def trace(s: Session) -> str:
    assert s.app.manager is not None
    return "\n".join(s.app.manager.trace("demo").lines())


async def test_what_is_sent_meanwhile_waits_and_goes_next() -> None:
    teller, running = talking()
    async with running as s:
        await s.enter("wait a moment")
        await s.sees("Beginning,")
        await send(s, "second")
        await send(s, "third")
        await s.until(lambda: s.app.session.talk_line.state.queued == ("second", "third"))
        assert "second" not in s.history
        teller.go.set()
        await s.sees("*third*")
        await quiet(s)
        assert teller.heard == ["wait a moment", "second", "third"]
        assert s.app.session.talk_line.state.queued == ()


async def test_what_waits_comes_back_into_the_composer_when_the_model_is_stopped() -> None:
    teller, running = talking()
    async with running as s:
        await s.enter("wait a moment")
        await s.sees("Beginning,")
        await send(s, "second")
        await s.pilot.press("h", "i", "escape")
        await s.sees("Stopped.")
        await quiet(s)
        assert s.app.session.composer.text == "second\nhi"
        assert teller.heard == ["wait a moment"]


async def test_undo_retry_and_clear() -> None:
    teller, running = talking()
    async with running as s:
        await s.enter("/undo")
        await s.sees("There is no turn to remove.")
        await s.enter("first")
        await s.sees("*first*")
        await quiet(s)
        await s.enter("/retry")
        await s.until(lambda: teller.heard == ["first", "first"])
        await quiet(s)
        await s.enter("/undo")
        await s.sees("The last turn was removed")
        assert s.app.session.composer.text == "first"
        await s.enter("/clear")
        await s.until(lambda: "was removed" not in s.history)
        await s.enter("anew")
        await s.sees("*anew*")


async def test_clear_in_the_middle_of_an_answer_stops_it_first() -> None:
    _, running = talking()
    async with running as s:
        await s.enter("wait for me")
        await s.sees("Beginning,")
        await s.enter("/clear")
        await s.until(lambda: not s.app.dispatcher.talk.busy and "Beginning" not in s.history)
        assert s.app.dispatcher.talk.conversation.turns == 0


async def test_another_model_answers_in_the_middle_of_a_conversation() -> None:
    _, running = talking(models=(MODEL, OTHER))
    async with running as s:
        await s.enter("hello")
        await s.sees("*hello*")
        await quiet(s)
        await s.enter("/model")
        await s.sees("› model")
        await s.enter("/model other")
        await s.sees("other (second-teller, ollama) answers from now on.")
        await s.enter("hello again")
        await s.sees("*hello again*")
        assert s.app.dispatcher.talk.conversation.model == OTHER
        await s.enter("/model othr")
        await s.sees('There is no model "othr".')


async def test_compact_goes_on_from_a_summary() -> None:
    teller, running = talking()
    async with running as s:
        await s.enter("/compact")
        await s.sees("there is nothing to summarize yet")
        await s.enter("hello")
        await s.sees("*hello*")
        await quiet(s)
        await s.enter("/compact")
        await s.sees("From here on the model knows only this summary:")
        await quiet(s)
        assert s.app.dispatcher.talk.conversation.turns == 0
        assert "Sum up this conversation" in teller.heard[-1]


async def test_the_trace_of_the_model_opens() -> None:
    _, running = talking()
    async with running as s:
        await s.enter("hello")
        await s.sees("*hello*")
        await s.enter("/trace model")
        await s.until(lambda: type(s.app.screen).__name__ == "TraceScreen")


async def test_a_text_that_is_typed_at_once_waits_for_the_servers() -> None:
    _, running = talking(demo(), wait=False)
    async with running as s:
        await s.enter('call add {"a": 2, "b": 3}')
        await s.sees("It said:")
        assert "demo.add" in s.history


async def test_leaving_in_the_middle_of_an_answer_leaves_nothing() -> None:
    _, running = talking(demo())
    async with running as s:
        await s.enter('call countdown {"seconds": 60}')
        await s.until(lambda: any(c.progress for c in map(s.app.session.history.cell, s.ids)))
        await s.pilot.press("ctrl+q")
        await s.until(lambda: not s.app.is_running)


async def test_json_that_the_person_would_send_is_the_call_again() -> None:
    _, running = talking(demo())
    async with running as s:
        await s.enter('call add {"a": 2, "b": 3}')
        await s.sees("It said:")
        await quiet(s)
        source = s.app.session.transcript.sources[s.ids[-2]]
        assert source.again.startswith("/call demo add")
        assert json.loads(source.again.removeprefix("/call demo add ").strip("'")) == {"a": 2, "b": 3}


async def test_a_key_is_kept_and_forgotten_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    keyed = ModelSettings("keyed", "openai", "gpt-5.2")
    _, running = talking(models=(keyed,))
    async with running as s:
        await s.enter("/model login")
        await s.until(lambda: type(s.app.screen).__name__ == "PasteScreen")
        await s.pilot.press(*"sk-1234567890", "enter")
        await s.sees("Stored the key for keyed")
        await s.enter("/model")
        await s.sees("key kept")
        await s.enter("/model logout keyed")
        await s.sees("Deleted the key for keyed")
        assert "sk-1234567890" not in s.history


async def test_a_request_that_is_made_again_and_again_is_one_cell() -> None:
    async with session() as s:
        cells = TurnCells(s.app.session.transcript, lambda _: False)
        error = ModelFailed("cannot connect", reason="network")
        for seconds in (0.5, 2.0, 8.0):
            await cells.hear(Retrying(error, 1, seconds))
        await cells.hear(TextDelta("At last."))
        await cells.hear(Retrying(error, 1, 0.5))
        assert [s.app.session.history.cell_text(cell) for cell in s.ids][-3:] == [
            "cannot connect; asking again in 8.0 s",
            "At last.",
            "cannot connect; asking again in 500 ms",
        ]


async def test_a_conversation_goes_on_in_a_reopened_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    _, running = talking(keeping=Keeping())
    async with running as s:
        await s.enter("the first thing")
        await s.sees("You said")
        await quiet(s)
    [kept] = sessions(tmp_path / "history")
    teller, running = talking(keeping=Keeping((), kept.id))
    async with running as s:
        await s.sees("Reopened the session of")
        await send(s, "the second thing")
        await s.until(lambda: s.history.count("You said") == 2)
        await quiet(s)
        conversation = s.app.dispatcher.talk.conversation
        assert b"the first thing" in conversation.dump() and teller.heard == ["the second thing"]
    (
        kept.path.parent / sessions(tmp_path / "history")[0].path.name.replace(".jsonl", ".model.json")
    ).write_text("[")
    _, running = talking(keeping=Keeping((), kept.id))
    async with running as s:
        await s.sees("Reopened the session of")
        await send(s, "the third thing")
        await s.sees("The model knows nothing of what stands above")
