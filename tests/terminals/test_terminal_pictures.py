"""Pictures in real terminals: drawn, scrolled, cut, covered and gone."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.terminals.looking import BLUE, DRAWS, GREEN, RED, box, colours, in_pixels
from tests.terminals.rig import area, opened
from tests.terminals.showing import HEIGHT, SPECK, SPECK_AT, WIDTH

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.Image import Image

pytestmark = pytest.mark.terminal


def _is_at(top: int, shown: Image) -> bool:
    return in_pixels(shown) and box(shown, GREEN)[1] == top


@pytest.mark.parametrize("name", DRAWS)
def test_a_picture_is_where_the_history_has_it_and_nowhere_else(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.terminals.showing", DRAWS[name], str(tmp_path / "cell")]
    with opened(name, command, pixels=True) as terminal:
        shown = terminal.wait_for_picture(in_pixels)
        down = int((tmp_path / "cell").read_text().split()[1])
        lost = 5 if name == "tmux in xterm" else 0  # tmux has whole bands of six rows of pixels
        red, green, blue, speck = (box(shown, each) for each in (RED, GREEN, BLUE, SPECK))
        assert green[3] - green[1] == HEIGHT // 2
        assert HEIGHT // 2 - lost <= blue[3] - blue[1] <= HEIGHT // 2
        assert (red[0], red[2]) == (blue[0], blue[2]) == (green[0] - WIDTH // 2, green[0])
        assert (speck[0] - red[0], speck[1] - red[1]) == SPECK_AT

        for step, key in ((-1, "d"), (-2, "d"), (-1, "u")):
            terminal.press(key)
            place = green[1] + step * down
            shown = terminal.wait_for_picture(partial(_is_at, place))
            assert box(shown, BLUE)[3] == blue[3] + step * down

        terminal.press("g")
        left = HEIGHT // 2 - 3 * down
        shown = terminal.wait_for_picture(
            lambda shown: area(shown, BLUE, 8) is not None and box(shown, BLUE)[3] < blue[3] - 3 * down
        )
        shown = terminal.wait_for_picture(lambda shown: colours(shown) >= {GREEN, BLUE})
        assert left - lost <= box(shown, GREEN)[3] - box(shown, GREEN)[1] <= left
        assert HEIGHT // 2 - lost <= box(shown, BLUE)[3] - box(shown, BLUE)[1] <= HEIGHT // 2

        terminal.press("m")
        terminal.wait_for_picture(lambda shown: not colours(shown))
        terminal.press("m")
        terminal.wait_for_picture(lambda shown: colours(shown) >= {GREEN, BLUE})
        terminal.press("q")
        shown = terminal.wait_for_picture(lambda shown: not colours(shown))
        terminal.press("Return")
        terminal.wait_ended()
