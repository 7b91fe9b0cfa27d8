"""The session as a person uses it: calls, results, pictures, progress, cancelling."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from app.session.screens.ask import SaveScreen
from app.session.screens.form import FormScreen
from app.slash.table import walk
from tests.app.conftest import Session, session
from tests.support.screens import screen_text
from tests.support.servers import demo, quick
from widgets.history.cells import JsonPart, PicturePart, TextPart

if TYPE_CHECKING:
    from pathlib import Path

SCENARIOS = (
    "image_only",
    "text_then_image",
    "invalid_base64_then_image",
    "invalid_image_bytes_then_image",
    "multiple_valid_images",
    "image_then_text",
)


def finished(s: Session, place: int) -> bool:
    return s.app.session.history.cell(s.ids[place]).kind == "done"


async def test_every_command_of_the_table_is_carried_out() -> None:
    async with session() as s:
        known = {" ".join(command.name for command in path) for path in walk()}
        assert known | {"say prompt"} == set(s.app.dispatcher.handlers)


async def test_text_and_structured_content_stand_side_by_side() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo add a=2 b=3")
        await s.sees("structured content")
        cell = s.app.session.history.cell(s.ids[-1])
        assert cell.kind == "done"
        assert cell.name == "demo.add"
        assert any(isinstance(part, TextPart) and "5" in part.text for part in cell.parts)
        assert any(isinstance(part, JsonPart) and 5 in json.loads(part.text).values() for part in cell.parts)


async def test_the_first_picture_is_drawn_wherever_it_stands() -> None:
    async with session(demo()) as s:
        for scenario in SCENARIOS:
            await s.enter(f"/call demo image_scenario scenario={scenario}")
            last = len(s.ids) - 1
            await s.until(partial(finished, s, last))
            cell = s.app.session.history.cell(s.ids[last])
            pictures = [part for part in cell.parts if isinstance(part, PicturePart)]
            assert pictures[0].drawn, scenario
            assert pictures[0].heading == "tool result (image output)"
            assert not any(part.drawn for part in pictures[1:])
        await s.enter("/call demo image_scenario scenario=text_only")
        await s.until(lambda: "text_only" in s.history and not s.app.session.transcript.running)
        assert not s.app.session.history.cell(s.ids[-1]).targets


async def test_a_form_asks_for_what_is_missing() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo add")
        await s.until(lambda: type(s.app.screen).__name__ == "FormScreen")
        await s.pilot.press(*"20", "enter", *"22", "ctrl+s")
        await s.sees("42")


async def test_a_template_is_filled_in_by_its_form() -> None:
    async with session(demo()) as s:
        await s.enter("/read demo demo://sockets/{row}/{number}")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press("A", "enter", "3", "ctrl+s")
        await s.sees("Socket A3 is free.")


async def test_so_it_is_from_the_servers_screen() -> None:
    async with session(demo()) as s:
        s.app.dispatcher.servers.open("demo", "templates")
        await s.until(lambda: type(s.app.screen).__name__ == "ServerScreen")
        await s.pilot.press("3", "enter")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/read demo demo://sockets/{row", "is not a URI template"),
        ("/follow demo demo://sockets/{row}/{number}", "row, number are missing"),
    ],
)
async def test_braces_are_never_sent(line: str, told: str) -> None:
    async with session(demo()) as s:
        await s.enter(line)
        await s.sees(told)


async def test_progress_shows_and_escape_cancels_at_once() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo countdown seconds=60")
        history = s.app.session.history
        await s.until(lambda: history.cell(s.ids[-1]).progress is not None)
        await s.pilot.press("escape")
        await s.until(lambda: history.cell(s.ids[-1]).kind == "cancelled", 3)
        await s.enter("/call demo echo text=alive")
        await s.sees("alive")


async def test_a_crash_is_told_with_its_cause_and_c_connects_again() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo crash")
        await s.sees("exit status 3")
        await s.sees("/mcp reconnect demo")
        await s.pilot.press("f2", "c")
        await s.ready("demo")


async def test_a_result_that_is_not_valid_says_what_is_wrong() -> None:
    async with session(quick()) as s:
        await s.enter("/call quick bad_result kind=unknown")
        await s.sees("hologram")
        await s.enter("/call quick bad_result kind=list")
        await s.sees("not valid JSON-RPC")


async def test_text_that_is_no_command_says_how_to_go_on() -> None:
    async with session() as s:
        await s.enter("hello there")
        await s.sees("no model is configured")
        await s.sees("Write [model]")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/cal demo add", "Did you mean"),
        ("/call dmo add", 'There is no server "dmo"'),
        ("/call demo ad", "Did you mean"),
        ("/call demo add a=x b=1", "number"),
        ("/tools demo nothing-like-it", "no tool matches"),
        ("/read demo demo://missing", "Unknown resource: demo://missing"),
    ],
)
async def test_mistakes_are_answered_in_plain_words(line: str, says: str) -> None:
    async with session(demo()) as s:
        await s.answers(line, says)


async def test_lists_resources_and_prompts() -> None:
    async with session(demo()) as s:
        for line, says in (
            ("/mcp", "● demo"),
            ("/mcp demo", "18 tools · 3 resources"),
            ("/tools", "image_scenario"),
            ("/resources", "demo://welcome"),
            ("/read demo demo://cables.json", "{"),
            ("/prompts", "tour"),
            ("/prompt demo tour", "user"),
        ):
            await s.answers(line, says)


async def test_the_keys_of_a_cell() -> None:
    async with session(demo()) as s:
        await s.enter("/call demo echo text=hello")
        await s.sees("hello")
        await s.until(lambda: not s.app.session.transcript.running)
        s.app.session.history.focus()
        await s.pilot.press("end", "up", "down", "c")
        await s.until(lambda: s.app.clipboard == "hello")
        await s.pilot.press("x")
        await s.until(lambda: s.app.clipboard.startswith("jackfield call echo --args"))
        await s.pilot.press("j")
        await s.until(lambda: type(s.app.screen).__name__ == "Viewer")
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        await s.pilot.press("C")
        await s.until(lambda: s.app.clipboard.startswith("✓  demo.echo"))
        await s.pilot.press("r")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press(*"hello you", "ctrl+s")
        await s.sees("hello you")
        await s.until(lambda: not s.app.session.transcript.running)
        s.app.session.history.focus()
        cells = len(s.ids)
        await s.pilot.press("end", "R")
        await s.until(lambda: len(s.ids) == cells + 2 and s.history.count("hello you") >= 5)
        s.app.session.history.focus()
        await s.pilot.press("end", "d", "home", "down", "d")
        await s.until(lambda: type(s.app.screen).__name__ == "DifferenceScreen")
        assert "+ hello you" in screen_text(s.app)


async def test_a_call_typed_ahead_waits_for_its_server() -> None:
    async with session(demo(), wait=False) as s:
        await s.enter("/call demo add a=40 b=2")
        await s.sees("42")


async def test_saving_a_cell_and_what_the_viewer_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with session(demo()) as s:
        await s.enter("/call demo image_scenario scenario=text_then_image")
        await s.until(lambda: "image output" in s.history or s.app.session.history.cell(s.ids[-1]).targets)
        s.app.session.history.focus()
        await s.pilot.press("end", "up", "down", "s")
        await s.until(lambda: isinstance(s.app.screen, SaveScreen))
        await s.pilot.press(*"new", "enter")
        await s.sees("Saved")
        assert any(path.suffix == ".png" for path in (tmp_path / "new").iterdir())
        before = len(list(tmp_path.iterdir()))
        await s.pilot.press("enter")
        await s.until(lambda: type(s.app.screen).__name__ == "Viewer")
        await s.pilot.press("s")
        await s.until(lambda: isinstance(s.app.screen, SaveScreen))
        await s.pilot.press("ctrl+u", *"shot.png", "enter")
        await s.until(lambda: len(list(tmp_path.iterdir())) == before + 1)
        assert (tmp_path / "shot.png").read_bytes().startswith(b"\x89PNG")


async def test_what_no_terminal_takes_is_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    async with session() as s:
        monkeypatch.setattr(s.app, "copy_to_clipboard", copied.append)
        said: list[str] = []
        monkeypatch.setattr(s.app, "notify", lambda text, **_: said.append(text))
        s.app.cell_actions.copy("x" * 10_000_000, "the result")
        s.app.cell_actions.copy("short", "the result")
        assert copied == ["short"]
        assert said == [
            "Not copied: 10.0 MB is more than terminals take. Save it instead.",
            "Copied the result.",
        ]


async def test_a_prompt_goes_to_the_model_after_its_form(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, str, dict[str, str]]] = []
    async with session(demo()) as s:
        monkeypatch.setattr(s.app.context.talk, "say_prompt", lambda *given: said.append(given))
        await s.enter("/demo:explain_tool tool=add audience='a child'")
        await s.until(lambda: said == [("demo", "explain_tool", {"tool": "add", "audience": "a child"})])
        await s.enter("/demo:explain_tool")
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press(*"echo", "ctrl+s")
        await s.until(lambda: said[1:] == [("demo", "explain_tool", {"tool": "echo"})])
        await s.enter("/demo:explain_tol")
        await s.sees('Did you mean "explain_tool"?')
