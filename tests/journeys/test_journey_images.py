"""The seven image scenarios of the demo server, typed and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import to_history

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

HEADING = "tool result (image output)"
CAPTION = "a caption of ours"


def drawn(screen: str) -> bool:
    """Whether a picture stands on the screen: many half blocks, in several rows."""
    return sum(line.count("▀") > 10 for line in screen.splitlines()) > 5


@pytest.mark.parametrize(
    ("scenario", "also"),
    [
        ("image_only", []),
        ("text_then_image", [CAPTION]),
        ("invalid_base64_then_image", ["cannot be shown"]),
        ("invalid_image_bytes_then_image", ["cannot be shown"]),
        ("image_then_text", [CAPTION]),
    ],
)
def test_the_first_picture_that_decodes_is_drawn(demo: Terminal, scenario: str, also: list[str]) -> None:
    demo.type(f'/call demo image_scenario scenario={scenario} caption="{CAPTION}"').press("Enter")
    seen = [HEADING, *also]
    screen = demo.wait_for(lambda screen: all(text in screen for text in seen) and drawn(screen))
    assert screen.count(HEADING) == 1


def test_of_several_pictures_the_first_is_drawn_and_the_others_open_on_a_key(demo: Terminal) -> None:
    demo.type("/call demo image_scenario scenario=multiple_valid_images").press("Enter")
    screen = demo.wait_for(lambda screen: screen.count("another picture") == 2 and drawn(screen))
    assert screen.count(HEADING) == 1
    to_history(demo)
    demo.press("Right", "Right", "Enter")
    demo.wait_for(lambda screen: drawn(screen) and HEADING not in screen)
    demo.press("Esc")
    demo.wait_for(HEADING)


def test_a_result_without_a_picture_is_text(demo: Terminal) -> None:
    demo.type(f'/call demo image_scenario scenario=text_only caption="{CAPTION}"').press("Enter")
    seen = f"   {CAPTION}", "✓ demo.image_scenario"
    screen = demo.wait_for(lambda screen: all(text in screen for text in seen))
    assert HEADING not in screen
    assert not drawn(screen)


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (40, 12)])
def test_a_small_terminal_draws_it_too(desk: Desk, columns: int, rows: int) -> None:
    terminal = desk.jackfield("demo", columns=columns, rows=rows)
    terminal.wait_for("›")
    terminal.type("/").wait_for("/call SERVER")
    terminal.press("Backspace").wait_gone("/call SERVER")
    terminal.press("F2").wait_for("ready")
    terminal.press("Esc")
    terminal.wait_gone("ready")
    terminal.type("/call demo image_scenario scenario=image_only").press("Enter")
    terminal.wait_for(lambda screen: any("▀▀▀" in line for line in screen.splitlines()))


def test_a_saved_picture_is_the_one_that_came(demo: Terminal, desk: Desk) -> None:
    demo.type("/call demo image_scenario scenario=image_only").press("Enter")
    demo.wait_for(HEADING)
    to_history(demo)
    demo.press("s")
    demo.wait_for("Save")
    demo.press("Enter")
    demo.wait_for("Saved")
    (saved,) = desk.work.glob("*.png")
    assert saved.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
