"""The rows of a trace: following, filtering, forgetting, and ten thousand of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from textual.app import App

from services.trace.frames import Frame
from widgets.trace import view
from widgets.trace.text import exact_time, frame_line, matches
from widgets.trace.view import TraceView

if TYPE_CHECKING:
    from textual.app import ComposeResult

EVIL = "[/x][@click=app.quit]x[/]"


def frame(number: int, **changes: Any) -> Frame:
    asks = number % 2 == 1
    common: dict[str, Any] = {
        "number": number,
        "at": 1_000_000.25 + number,
        "moment": float(number),
        "connection": 1,
        "kind": "request" if asks else "answer",
        "direction": "out" if asks else "in",
        "method": "tools/call",
        "about": "echo",
        "id": str((number + 1) // 2),
        "size": 120,
        "latency": 0.012,
        "status": "ok",
        "peer": number + 1 if asks else number - 1,
    }
    return Frame(**(common | changes))


class Stage(App[None]):
    """Nothing but the rows."""

    CSS = "TraceView { height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.view = TraceView(local_time=lambda at: f"t{at:.0f}")

    def compose(self) -> ComposeResult:
        yield self.view


async def test_it_stays_at_the_newest_until_the_person_goes_up() -> None:
    app = Stage()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.focus()
        app.view.feed([frame(number) for number in range(1, 51)], 1)
        await pilot.pause()
        assert app.view.selected == frame(50)
        assert app.view.scroll_offset.y == 40
        await pilot.press("up", "up")
        app.view.feed([frame(number) for number in range(51, 81)], 1)
        await pilot.pause()
        assert app.view.selected == frame(48)
        assert app.view.scroll_offset.y == 40
        await pilot.press("end")
        app.view.feed([frame(81)], 1)
        await pilot.pause()
        assert app.view.selected == frame(81)
        assert app.view.scroll_offset.y == 71


async def test_the_wheel_stops_it_as_well() -> None:
    app = Stage()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.feed([frame(number) for number in range(1, 51)], 1)
        await pilot.pause()
        app.view.scroll_to(y=5, animate=False)
        await pilot.pause()
        app.view.feed([frame(51)], 1)
        await pilot.pause()
        assert app.view.scroll_offset.y == 5
        assert app.view.selected == frame(50)


async def test_what_the_trace_forgot_goes_and_the_view_stands_still() -> None:
    app = Stage()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.focus()
        app.view.feed([frame(number) for number in range(1, 101)], 1)
        await pilot.pause()
        app.view.select(60)
        await pilot.pause()
        row = app.view.cursor - app.view.scroll_offset.y
        app.view.feed([frame(101)], 31)
        await pilot.pause()
        assert app.view.total == 71
        assert app.view.selected == frame(60)
        assert app.view.cursor - app.view.scroll_offset.y == row
        app.view.feed([frame(500)], 500)
        await pilot.pause()
        assert list(app.view.shown) == [frame(500)]


async def test_an_answer_changes_the_row_of_its_request() -> None:
    app = Stage()
    async with app.run_test(size=(80, 10)) as pilot:
        app.view.feed([frame(1, latency=None, status="", peer=0)], 1)
        app.view.filter("error")
        await pilot.pause()
        assert list(app.view.shown) == []
        failed = frame(1, status="-32000 no", error=True)
        app.view.feed([frame(2, status="-32000 no", error=True), failed], 1)
        await pilot.pause()
        assert [shown.number for shown in app.view.shown] == [1, 2]
        app.view.filter("")
        assert app.view.total == 2


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("echo", [1, 2]),
        ("ECHO out", [1]),
        ("in", [2]),
        ("method:list", [3]),
        ("error", [4]),
        ("#2", [3]),
        ("tools echo in ok", [2]),
        ("nothing", []),
    ],
)
def test_a_filter(text: str, numbers: list[int]) -> None:
    frames = [
        frame(1),
        frame(2),
        frame(3, method="tools/list", about="", direction=""),
        frame(4, kind="http", method="POST", about="http://there", status="503", error=True, id=""),
    ]
    words = tuple(text.casefold().split())
    assert [each.number for each in frames if matches(each, words)] == numbers


@pytest.mark.parametrize("width", [20, 40, 57, 64, 76, 80, 110, 200])
@pytest.mark.parametrize(
    "shown",
    [
        frame(1),
        frame(2, error=True, status="-32601 Method not found: " + EVIL, about=EVIL),
        frame(3, kind="note", method="ready", about="x" * 300, direction="", id=""),
        frame(4, about="日本語のツール名" * 10, status="ok"),
        frame(5, status="", latency=None, id='"a-very-long-identifier-of-a-request"'),
    ],
)
def test_every_line_fits_its_width_and_markup_is_only_text(shown: Frame, width: int) -> None:
    line = frame_line(shown, width)
    assert cell_len(line.plain) <= width
    assert "\n" not in line.plain
    if width == 200 and shown.error:
        assert EVIL in line.plain


def test_times_are_to_the_millisecond() -> None:
    assert exact_time(1_000_000.0625).endswith(".062")


def count(monkeypatch: pytest.MonkeyPatch, name: str) -> list[Frame]:
    """The frames that a function of the view is called with, as they come."""
    seen: list[Frame] = []
    real = getattr(view, name)

    def counted(shown: Frame, *args: Any, **options: Any) -> Any:
        seen.append(shown)
        return real(shown, *args, **options)

    monkeypatch.setattr(view, name, counted)
    return seen


async def test_ten_thousand_rows_cost_no_more_than_the_rows_in_view(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn, looked_at = count(monkeypatch, "frame_line"), count(monkeypatch, "matches")
    app, height = Stage(), 40
    frames = [frame(number) for number in range(1, 10_001)]
    async with app.run_test(size=(120, height)) as pilot:
        app.view.focus()
        app.view.feed(frames, 1)
        await pilot.pause()
        assert 0 < len(drawn) <= 3 * height
        assert len(looked_at) == len(frames)
        drawn.clear()
        keys = ("home", "pagedown", "pagedown", "end", "pageup")
        await pilot.press(*keys)
        assert 0 < len(drawn) <= 3 * height * len(keys)
        assert len(looked_at) == len(frames)
        drawn.clear()
        looked_at.clear()
        app.view.feed([replace(frames[-1], number=10_001)], 2)
        await pilot.pause()
        assert len(drawn) <= 3 * height
        assert len(looked_at) == 1
