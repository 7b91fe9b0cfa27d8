"""Pictures in real terminals: drawn, scrolled, cut, covered and gone."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.terminals.rig import area, opened
from tests.terminals.showing import HEIGHT, SPECK, SPECK_AT, SPECK_SIZE, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

pytestmark = pytest.mark.terminal

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
DRAWS = {"xterm": "sixel", "mlterm": "sixel", "foot": "sixel", "kitty": "kitty", "konsole": "kitty"}


def _box(shown: Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    found = area(shown, colour, 8)
    assert found is not None
    return found


def _in_pixels(shown: Image) -> bool:
    """Whether the speck is there, which half blocks cannot show, and the whole of a quadrant."""
    speck, green = area(shown, SPECK, 8), area(shown, GREEN, 8)
    return (
        speck is not None
        and green is not None
        and (speck[2] - speck[0], speck[3] - speck[1]) == (SPECK_SIZE, SPECK_SIZE)
        and green[2] - green[0] == WIDTH // 2
    )


def _is_at(top: int, shown: Image) -> bool:
    return _in_pixels(shown) and _box(shown, GREEN)[1] == top


def _colours(shown: Image) -> set[tuple[int, int, int]]:
    return {colour for colour in (RED, GREEN, BLUE, SPECK) if area(shown, colour, 8) is not None}


@pytest.mark.parametrize("name", DRAWS)
def test_a_picture_is_where_the_history_has_it_and_nowhere_else(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.terminals.showing", DRAWS[name], str(tmp_path / "cell")]
    with opened(name, command) as terminal:
        shown = terminal.wait_for_picture(_in_pixels)
        down = int((tmp_path / "cell").read_text().split()[1])
        red, green, blue, speck = (_box(shown, each) for each in (RED, GREEN, BLUE, SPECK))
        assert green[3] - green[1] == HEIGHT // 2 == blue[3] - blue[1]
        assert (red[0], red[2]) == (blue[0], blue[2]) == (green[0] - WIDTH // 2, green[0])
        assert (speck[0] - red[0], speck[1] - red[1]) == SPECK_AT

        for step, key in ((-1, "d"), (-2, "d"), (-1, "u")):
            terminal.press(key)
            place = green[1] + step * down
            shown = terminal.wait_for_picture(partial(_is_at, place))
            assert _box(shown, BLUE)[3] == blue[3] + step * down

        terminal.press("g")
        left = HEIGHT // 2 - 3 * down
        shown = terminal.wait_for_picture(
            lambda shown: area(shown, BLUE, 8) is not None and _box(shown, BLUE)[3] < blue[3] - 3 * down
        )
        shown = terminal.wait_for_picture(lambda shown: _colours(shown) >= {GREEN, BLUE})
        assert _box(shown, GREEN)[3] - _box(shown, GREEN)[1] == left
        assert _box(shown, BLUE)[3] - _box(shown, BLUE)[1] == HEIGHT // 2

        terminal.press("m")
        terminal.wait_for_picture(lambda shown: not _colours(shown))
        terminal.press("m")
        terminal.wait_for_picture(lambda shown: _colours(shown) >= {GREEN, BLUE})
        terminal.press("q")
        shown = terminal.wait_for_picture(lambda shown: not _colours(shown))
        terminal.press("Return")
        terminal.wait_ended()
