"""Text drawn by lines: where it breaks, how it follows, what a search finds."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App

from services.events import LogLine
from tests.support.screens import until
from widgets.servers.log import ServerLog
from widgets.views.line import Line, break_points, plain_lines
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult


def rows(text: str, width: int, indent: int = 0) -> list[str]:
    ends = [0, *break_points(text, width, indent), len(text)]
    return [text[start:end].rstrip() for start, end in pairwise(ends)]


def test_lines_break_between_words() -> None:
    assert rows("the quick brown fox", 10) == ["the quick", "brown fox"]
    assert rows("the quick brown fox", 10, 4) == ["the quick", "brown", "fox"]
    assert rows("fits", 4) == ["fits"]
    assert rows("", 4) == [""]


def test_words_that_are_too_long_break_inside() -> None:
    assert rows("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert rows("数据库服务器", 5) == ["数据", "库服", "务器"]


@given(st.text("ab  é界 wordy", max_size=80), st.integers(min_value=2, max_value=30), st.integers(0, 1))
def test_every_row_fits_and_nothing_is_lost(text: str, width: int, indent: int) -> None:
    points = break_points(text, width, indent)
    ends = [0, *points, len(text)]

    assert points == sorted(set(points))

    for number, (start, end) in enumerate(pairwise(ends)):
        room = width - (indent if number else 0)
        assert cell_len(text[start:end].rstrip()) <= room or len(text[start:end].rstrip()) == 1


class ViewApp(App[None]):
    """One view over the whole screen."""

    def __init__(self, view: LineView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


def shown(view: LineView) -> list[str]:
    return [view.render_line(y).text.rstrip() for y in range(view.size.height)]


async def test_lines_wrap_to_the_width_with_their_indent() -> None:
    view = LineView([Line.of("12:00  ", ("the quick brown fox " * 3, "bold"), indent=7)])

    async with ViewApp(view).run_test(size=(61, 5)) as pilot:
        assert shown(view)[:2] == [
            "12:00  the quick brown fox the quick brown fox the quick",
            "       brown fox",
        ]
        await pilot.resize_terminal(25, 5)
        await until(pilot, lambda: shown(view)[:2] == ["12:00  the quick brown", "   fox the quick brown"])


@pytest.mark.parametrize(
    ("keys", "top"),
    [
        (("down",), 1),
        (("down", "down", "up"), 1),
        (("pagedown",), 10),
        (("space", "space", "pageup"), 10),
        (("end",), 90),
        (("end", "home"), 0),
    ],
)
async def test_keys_scroll_by_lines_and_pages(keys: tuple[str, ...], top: int) -> None:
    view = LineView(plain_lines("\n".join(f"line {n}" for n in range(100))))

    async with ViewApp(view).run_test(size=(40, 10)) as pilot:
        view.focus()
        await pilot.press(*keys)
        await until(pilot, lambda: view.scroll_offset.y == top)


async def test_a_search_goes_round_and_says_where_it_is() -> None:
    view = LineView(plain_lines("\n".join(f"line {n} of many" for n in range(100))))

    async with ViewApp(view).run_test(size=(40, 10)) as pilot:
        assert view.find("LINE 7") == (1, 11)
        assert view.find("LINE 7") == (2, 11)
        await until(pilot, lambda: any("line 70" in row for row in shown(view)))
        assert view.find("line 7", -1) == (1, 11)
        assert view.find("line 7", -1) == (11, 11)
        assert view.find("line 7", 0) == (11, 11)
        assert view.find("[/x]") == (0, 0)
        assert view.find("") == (0, 0)


async def test_large_texts_are_measured_bit_by_bit() -> None:
    view = LineView()

    async with ViewApp(view).run_test(size=(40, 10)) as pilot:
        view.show(Line("word " * 100) for _ in range(5_000))
        await until(pilot, lambda: view.virtual_size.height == 5_000 * 13)
        await pilot.press("end")
        await until(pilot, lambda: view.scroll_offset.y == 5_000 * 13 - 10)


def log_line(number: int, text: str = "") -> LogLine:
    return LogLine("one", text or f"line {number}", "stderr", at=number)


async def test_a_log_follows_its_newest_line_until_somebody_scrolls_up() -> None:
    log = ServerLog(local_time=lambda at: f"{at:08.0f}")

    async with ViewApp(log).run_test(size=(60, 5)) as pilot:
        log.load(log_line(n) for n in range(50))
        await until(pilot, lambda: "line 49" in shown(log)[-1])
        log.append(log_line(50))
        await until(pilot, lambda: "line 50" in shown(log)[-1])
        await pilot.press("home")
        await until(pilot, lambda: "line 0" in shown(log)[0])
        log.append(log_line(51))
        await pilot.pause()
        assert shown(log)[0] == "00000000  stderr  line 0"
        await pilot.press("end")
        await until(pilot, lambda: "line 51" in shown(log)[-1])
        log.append(log_line(52))
        await until(pilot, lambda: "line 52" in shown(log)[-1])


async def test_a_log_keeps_a_bounded_number_of_lines() -> None:
    log = ServerLog(local_time=lambda _at: "")

    async with ViewApp(log).run_test(size=(60, 5)) as pilot:
        for start in range(0, 20_000, 1_000):
            log.append(*(log_line(n) for n in range(start, start + 1_000)))

        await until(pilot, lambda: "line 19999" in shown(log)[-1])
        assert len(log.lines) <= 5_000


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (300, 80)])
async def test_no_size_breaks_a_view(size: tuple[int, int]) -> None:
    view = LineView([Line.of("界 wide and long " * 20, indent=30), Line()])

    async with ViewApp(view).run_test(size=size) as pilot:
        await pilot.press("end", "pageup", "down")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: view.virtual_size.height > 2)
