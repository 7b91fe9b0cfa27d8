"""Calling tools: by a form, with progress, cancelled, failing, crashing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.journeys.conftest import to_history

if TYPE_CHECKING:
    from tests.journeys.terminal import Terminal


def test_text_and_structured_content_stand_side_by_side(demo: Terminal) -> None:
    demo.type("/call demo add a=2 b=3").press("Enter")
    demo.wait_for("2 + 3 = 5")
    demo.wait_for("structured content")
    demo.wait_for('"sum": 5')


def test_a_call_without_arguments_opens_a_form(demo: Terminal) -> None:
    demo.type("/call demo add").press("Enter")
    demo.wait_for("the second number")
    demo.type("20").press("Tab").type("2x")
    demo.wait_for("must be a number")
    demo.press("Backspace").type("2")
    demo.wait_gone("must be a number")
    demo.press("Ctrl+S")
    demo.wait_for("20 + 22 = 42")


def test_progress_is_seen_and_esc_cancels_at_the_server(demo: Terminal) -> None:
    demo.type("/call demo countdown seconds=30").press("Enter")
    demo.wait_for("step 2 of 30")
    to_history(demo)
    demo.press("Esc")
    screen = demo.wait_for("cancelled")
    assert "Lift-off" not in screen
    demo.press("Esc")
    demo.wait_gone("c copy")
    demo.type("/log demo").press("Enter")
    demo.wait_for("countdown: cancelled")


def test_what_runs_does_not_hold_up_what_comes_after(demo: Terminal) -> None:
    demo.type("/call demo countdown seconds=30").press("Enter")
    demo.wait_for("step 1 of 30")
    demo.type("/call demo echo text=meanwhile").press("Enter")
    demo.wait_for("✓ demo.echo")


def test_a_tool_that_fails_says_so(demo: Terminal) -> None:
    demo.type('/call demo fail message="the line is dead"').press("Enter")
    demo.wait_for(lambda screen: "✗ demo.fail" in screen and "the line is dead" in screen)


def test_a_server_that_crashes_is_told_with_its_cause_and_comes_back(demo: Terminal) -> None:
    demo.type("/call demo crash").press("Enter")
    cause = 'exit status 3: "crash: the operator pulled the plug"'
    seen = "demo is connected again.", "✗ demo.crash", cause, "Retrying automatically", "1 ready"
    demo.wait_for(lambda screen: all(text in screen for text in seen))
    demo.type("/call demo echo text=again").press("Enter")
    demo.wait_for("✓ demo.echo")


def test_a_tool_that_grows_is_announced(demo: Terminal) -> None:
    demo.type("/call demo grow").press("Enter")
    demo.wait_for("added grown_1")
    demo.type("/call demo grown_1").press("Enter")
    demo.wait_for("grown while you watched")


def test_a_wrong_line_is_explained_and_nothing_happens(demo: Terminal) -> None:
    demo.type("/call nobody echo text=x").press("Enter")
    demo.wait_for('There is no server "nobody".')
    demo.type("/cal demo").press("Enter")
    demo.wait_for("Did you mean /call?")
    demo.type("hello model").press("Enter")
    demo.wait_for("no model is configured")


def test_resources_prompts_and_lists(demo: Terminal) -> None:
    demo.type("/read demo demo://welcome").press("Enter")
    demo.wait_for("✓ demo")
    demo.type("/resources demo").press("Enter")
    demo.wait_for("demo://sockets/")
    demo.type("/prompt demo tour").press("Enter")
    demo.wait_for("Show me around this server.")
    demo.type("/tools demo count").press("Enter")
    demo.wait_for("◇ Tools")
