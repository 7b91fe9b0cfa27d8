"""The head of a running cell: what is left where there is little room."""

from __future__ import annotations

import pytest

from services.connections.calls import Progress
from widgets.history.cells import Cell
from widgets.history.head import head


@pytest.mark.parametrize("width", [36, 40, 48, 120])
def test_how_far_a_call_is_outranks_its_arguments(width: int) -> None:
    cell = Cell(
        *("running", "demo.countdown", "seconds=10 and many more arguments than there is room for"),
        started=0.0,
        progress=Progress(5, 10, "half way"),
    )
    row = head(cell, width, now=1.0)
    assert "▰▰▰▰▰▱▱▱▱▱" in row.text
    assert len(row.text) <= width
