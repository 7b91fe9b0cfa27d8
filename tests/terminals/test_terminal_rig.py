"""The rig shows what programs draw, passes keys on, and notices their end, in every terminal."""

from __future__ import annotations

import sys

import pytest

from tests.terminals.echoing import BLUE, RED
from tests.terminals.rig import TERMINALS, area, opened

pytestmark = pytest.mark.terminal


@pytest.mark.parametrize("name", TERMINALS)
def test_what_a_program_draws_is_seen_and_keys_reach_it(name: str) -> None:
    with opened(name, [sys.executable, "-m", "tests.terminals.echoing"]) as terminal:
        shown = terminal.wait_for_picture(lambda shown: area(shown, RED) is not None)
        left, upper, right, lower = area(shown, RED) or (0, 0, 0, 0)
        assert area(shown, BLUE) is None
        terminal.press("a", "Return")
        shown = terminal.wait_for_picture(lambda shown: area(shown, BLUE) is not None)
        below = area(shown, BLUE) or (0, 0, 0, 0)
        # Six cells wide each, two rows apart; a window may have moved meanwhile.
        assert (below[2] - below[0], below[3] - below[1]) == (right - left, lower - upper)
        assert (right - left) % 6 == 0
        terminal.press("Return")
        terminal.wait_ended()
