"""A server's request to a model as the person sees it: whole, harmless, with its keys at every size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.inbox.questions import SamplingQuestion, SamplingRefusal
from services.sampling import (
    SampledText,
    SamplingMedia,
    SamplingMessage,
    SamplingReply,
    SamplingRequest,
    SamplingTool,
    ToolOutput,
    ToolUse,
)
from tests.support.screens import until
from tests.widgets.inbox.stage import HOSTILE, InboxStage, text_on
from tests.widgets.inbox.test_inbox_approval import SIZES, entered
from widgets.inbox.answer_keys import KeyButton
from widgets.inbox.request_inbox import RequestInbox
from widgets.inbox.sampling_text import sampling_lines
from widgets.inbox.sampling_view import SamplingQuestionView

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App, ComposeResult

PICTURE = SamplingMedia("image", "image/png", b"x" * 2048)
REQUEST = SamplingRequest(
    (
        SamplingMessage(
            "user", (SampledText("Add these."), SamplingMedia("image", "image/png", b"x" * 2048))
        ),
        SamplingMessage("assistant", (ToolUse("1", "add", {"a": 1, "b": 2}),)),
        SamplingMessage("user", (ToolOutput("1", "3"),)),
    ),
    200,
    system_prompt="Be short.",
    temperature=0.2,
    stop_sequences=("\n\n",),
    tools=(SamplingTool("add", "Adds numbers."),),
    tool_choice="required",
    hints=("claude",),
)


def asks(request: SamplingRequest = REQUEST, server: str = "sums") -> SamplingQuestion:
    return SamplingQuestion(server=server, message="", request=request)


class ModelStage(InboxStage):
    """A stage that a model may answer on."""

    def compose(self) -> ComposeResult:
        for widget in super().compose():
            if isinstance(widget, RequestInbox):
                widget.model = "teller"
            yield widget


def test_the_whole_request_is_told() -> None:
    text = "\n".join(line.text for line in sampling_lines(REQUEST))
    for said in (
        "at most 200 tokens · temperature 0.2 · ends at '\\n\\n' · would like claude",
        "system prompt\n  Be short.",
        "user says\n  Add these.\n  picture: image/png, 2.0 kB",
        'wants the call add\n  {\n    "a": 1,\n    "b": 2\n  }',
        "the tool brought:\n  3",
        "tools it may have called, one must be called\n  add  Adds numbers.",
    ):
        assert said in text


def test_what_is_left_out_of_a_long_text_is_counted() -> None:
    long = replace(REQUEST, system_prompt="x" * 50_007)
    assert "… and 7 more characters" in "\n".join(line.text for line in sampling_lines(long))


async def test_nothing_of_a_server_is_taken_for_markup_or_escapes() -> None:
    said = SampledText(HOSTILE)
    use = ToolUse(HOSTILE, HOSTILE, {HOSTILE: HOSTILE})
    request = SamplingRequest(
        (SamplingMessage("user", (said,)), SamplingMessage("assistant", (said, use))),
        1,
        system_prompt=HOSTILE,
        stop_sequences=(HOSTILE,),
        tools=(SamplingTool(HOSTILE, HOSTILE),),
        hints=(HOSTILE,),
    )
    app = InboxStage(asks(request, server=HOSTILE))
    async with app.run_test(size=(120, 60)) as pilot:
        await entered(app, pilot)
        assert "[/x][@click=app.quit]x[/]" in text_on(app)
        assert not {"\x1b", "\x07", "\u202e"} & set(text_on(app))


@pytest.mark.parametrize("size", SIZES)
async def test_its_keys_are_all_in_sight(size: tuple[int, int]) -> None:
    app = ModelStage(asks())
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        keys = [one for one in app.query(KeyButton) if one.action != "take_focus"]
        assert len(keys) == 6
        assert any("sums" in one.label for one in keys)
        assert all(one.region.right <= size[0] and one.region.height == 1 for one in keys)


@pytest.mark.parametrize("size", SIZES)
async def test_it_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    app = ModelStage(asks())
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        await pilot.pause()
        assert screen_matches(app)


@pytest.mark.parametrize("size", SIZES)
async def test_an_answer_looks_as_it_should(
    size: tuple[int, int], screen_matches: Callable[[App[Any]], bool]
) -> None:
    question = asks()
    app = ModelStage(question)
    async with app.run_test(size=size) as pilot:
        await entered(app, pilot)
        view = app.query_one(SamplingQuestionView)
        view.accepted()
        uses = (ToolUse("2", "add", {"a": 3}),)
        app.inbox.show_draft(question, SamplingReply("The sum is 3.", "teller", uses, "toolUse", 321))
        await until(pilot, lambda: view.has_fields and app.inbox.in_sight and app.inbox.takes_letters)
        await until(pilot, lambda: "send" in text_on(app))
        await pilot.pause()
        assert screen_matches(app)


async def test_a_no_takes_words_for_the_server_and_esc_goes_back() -> None:
    app = _RefusedStage(asks())
    async with app.run_test(size=(80, 24)) as pilot:
        await entered(app, pilot)
        await pilot.press("ctrl+e", *"draft", "ctrl+n")
        await until(pilot, lambda: "Tell the server:" in text_on(app))
        await pilot.press("escape")
        await until(pilot, lambda: "Tell the server:" not in text_on(app))
        assert "draft" in text_on(app)
        await pilot.press("ctrl+n", *"no thanks", "enter")
        await until(pilot, lambda: bool(app.answers))
        assert app.answers == [("sums", "decline", None)]
        assert app.said == [SamplingRefusal("decline", words="no thanks")]


class _RefusedStage(ModelStage):
    """A stage that keeps what was said whole."""

    def on_request_inbox_answered(self, event: RequestInbox.Answered) -> None:
        self.said = [event.answer]
