"""Pictures in pixels: where the widgets want them, and nowhere else."""

from __future__ import annotations

import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import pytest
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Static

from app.terminal import drawings, tmux_drawings
from app.terminal.painting import PaintsPictures
from app.terminal.spots import spots, uncovered
from services.pictures.canvas import Canvas
from services.pictures.graphics import HALF_BLOCKS, Graphics
from services.pictures.placeholders import PLACEHOLDER
from services.results.animation import Frames
from services.results.pictures import decode
from tests.app.terminal.picture_terminal import PictureTerminal
from tests.services.pictures.decoders import quadrants
from tests.services.results.images import encoded, moving
from tests.support.screens import until
from widgets.history.cells import Cell, PicturePart, TextPart
from widgets.history.history import History
from widgets.picture_view import PictureView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from textual.app import ComposeResult
    from textual.pilot import Pilot

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
PICTURE = decode(encoded(quadrants(200, 160)))
"""20 columns and 8 rows."""
PROTOCOLS = pytest.mark.parametrize("protocol", ["kitty", "sixel", "kitty in tmux", "sixel in tmux"])
SOMEBODY, NOBODY = frozenset({"/dev/pts/1 1"}), frozenset[str]()


class Over(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Static("something to say")


class PaintedApp(PaintsPictures[None]):
    """A history with a picture in it, on a terminal that is a model."""

    CSS = """
    Screen { layers: base over; }
    #note { layer: over; offset: 8 4; width: 6; height: 3; display: none; }
    """
    is_headless = False

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol, _, tmux = protocol.partition(" in ")
        self._tmux = bool(tmux)
        self.terminal = self.another_terminal()
        self.onlookers: frozenset[str] | None = SOMEBODY
        self.looks = 0

    def another_terminal(self) -> PictureTerminal:
        return PictureTerminal(60, 24, tmux=self._tmux)

    async def look_at_onlookers(self) -> frozenset[str] | None:
        self.looks += 1
        return self.onlookers

    def compose(self) -> ComposeResult:
        yield History()
        yield Static("note", id="note")
        yield Static("foot", id="foot")

    def on_mount(self) -> None:
        self.attach()
        self.graphics = Graphics(self._protocol, cell=self.terminal.cell, through_tmux=self._tmux)
        history = self.query_one(History)
        history.append_many(Cell("entry", parts=(TextPart(f"before {n}"),)) for n in range(12))
        history.append(Cell("done", "demo.picture", parts=(PicturePart(PICTURE),)))
        history.append_many(Cell("entry", parts=(TextPart(f"after {n}"),)) for n in range(12))

    def attach(self) -> None:
        """Write to the terminal that there is now."""
        assert self._driver is not None
        vars(self._driver)["write"] = self.terminal.feed

    def detach(self) -> None:
        """What is written from now on does not reach the terminal."""
        assert self._driver is not None
        self.terminal.kitty.missed = True
        vars(self._driver)["write"] = lambda _: None

    def wanted(self) -> dict[tuple[int, int], tuple[int, int, int]]:
        """What the terminal is to show."""
        cells = {}
        for spot in spots(self.screen):
            for row in range(spot.region.height):
                for column in range(spot.region.width):
                    right, low = spot.left + column >= 10, spot.top + row >= 4
                    colour = ((RED, GREEN), (BLUE, WHITE))[low][right]
                    cells[spot.region.x + column, spot.region.y + row] = colour
        return cells


async def _shown(pilot: Pilot[None], app: PaintedApp, count: int) -> None:
    """Wait until the terminal shows what is wanted, which is so many cells of a picture."""
    await until(pilot, lambda: len(app.wanted()) == count and app.terminal.cells == app.wanted())


async def _settled(pilot: Pilot[None], app: PaintedApp) -> None:
    """Wait until the app takes everything that is wanted for shown."""
    drawing: Any = app._drawing

    def met() -> bool:
        shown = {spot[:4] for spot in drawing._shown.values()}
        return shown == {spot[:4] for spot in spots(app.screen)}

    await until(pilot, met)


async def _scroll(pilot: Pilot[None], app: PaintedApp, top: int) -> None:
    """So that so many rows of the view are above the picture."""
    history = app.query_one(History)
    await until(pilot, lambda: history.allow_vertical_scroll)  # else it would not hear of it
    history.following = False
    history.scroll_to(y=26 - top)


@asynccontextmanager
async def _painted(protocol: str) -> AsyncIterator[tuple[PaintedApp, Pilot[None]]]:
    """The whole of the picture is seen, three rows below the top."""
    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        await _scroll(pilot, app, 3)
        await _shown(pilot, app, 160)
        yield app, pilot


async def _look_at(app: PaintedApp, view: PictureView) -> None:
    """Have a picture in the place of the history, with the keys."""
    await app.screen.mount(view, before=0)
    app.query_one(History).display = False
    view.focus()


@PROTOCOLS
async def test_a_picture_is_drawn_scrolled_line_by_line_and_cut_at_both_edges(protocol: str) -> None:
    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        for top in (5, 4, 3, 0, -1, -2, -7):
            await _scroll(pilot, app, top)
            await _shown(pilot, app, 20 * (8 + min(top, 0)))
        await _scroll(pilot, app, -8)
        await _shown(pilot, app, 0)
        for top in (14, 15, 16, 22):
            await _scroll(pilot, app, top)
            await _shown(pilot, app, 20 * max(0, min(8, 23 - top)))


async def test_no_sixel_reaches_the_last_row_in_tmux() -> None:
    async with _painted("sixel in tmux") as (app, pilot):
        app.query_one("#foot").display = False
        await _scroll(pilot, app, 20)
        await until(pilot, lambda: len(app.wanted()) == 80)
        rows = {y for _, y in app.wanted()}
        assert max(rows) == 23
        await until(pilot, lambda: {y for _, y in app.terminal.cells} == rows - {23})


@pytest.mark.parametrize(("protocol", "is_one"), [("sixel", True), ("kitty", True), ("kitty in tmux", False)])
async def test_tmux_gets_no_synchronized_updates(protocol: str, is_one: bool) -> None:
    """It drops what it should hand on after one, and keeps sixels that are gone."""
    async with _painted(protocol) as (app, pilot):
        written: list[str] = []
        assert app._driver is not None
        app._sync_available = True
        vars(app._driver)["write"] = written.append
        app.query_one("#foot", Static).update("other")
        await until(pilot, lambda: any("other" in text for text in written))
        await pilot.pause()
        assert ("\x1b[?2026h" in "".join(written)) == ("\x1b[?2026l" in "".join(written)) == is_one


@PROTOCOLS
async def test_what_lies_over_a_picture_is_seen(protocol: str) -> None:
    async with _painted(protocol) as (app, pilot):
        app.query_one("#note").display = True
        await _shown(pilot, app, 160 - 18)
        app.query_one("#note").display = False
        await _shown(pilot, app, 160)
        app.push_screen(Over())
        await _shown(pilot, app, 0)
        app.pop_screen()
        await _shown(pilot, app, 160)


@PROTOCOLS
async def test_it_follows_another_size_and_another_theme(protocol: str) -> None:
    async with _painted(protocol) as (app, pilot):
        app.theme = "textual-light"
        await _shown(pilot, app, 160)
        await pilot.resize_terminal(60, 14)
        history = app.query_one(History)
        await until(pilot, lambda: {each.rows for each in history.placements} == {7})
        await until(pilot, lambda: app.terminal.cells.keys() == app.wanted().keys())
        assert set(app.terminal.cells.values()) >= {RED, GREEN, BLUE, WHITE}


@PROTOCOLS
async def test_nothing_is_left_when_the_terminal_is_lent_or_left(protocol: str) -> None:
    async with _painted(protocol) as (app, pilot):
        app.app_suspend_signal.publish(app)
        assert not app.terminal.kitty.images and not app.terminal.kitty.placed
        before = app.terminal.sent
        app.query_one(History).refresh()
        await pilot.pause()
        assert app.terminal.sent == before
        app.terminal = app.another_terminal()  # whoever had it cleared it
        app.attach()
        app.app_resume_signal.publish(app)
        await _shown(pilot, app, 160)
        app.exit()
        await until(pilot, lambda: not app.terminal.kitty.images and not app.terminal.kitty.placed)


async def test_a_fault_of_ours_leaves_nothing_either() -> None:
    with pytest.raises(ZeroDivisionError):
        async with _painted("kitty") as (app, pilot):
            app.call_later(partial(divmod, 1, 0))
            await until(pilot, lambda: not app.terminal.kitty.images)


@PROTOCOLS
async def test_half_blocks_alone_stay_where_the_terminal_says_so(protocol: str) -> None:
    async with _painted(protocol) as (app, pilot):
        app.graphics = HALF_BLOCKS
        await until(pilot, lambda: not app.terminal.cells)


@PROTOCOLS
async def test_a_picture_is_sent_no_more_than_needed(protocol: str) -> None:
    """Typing beside it costs nothing; the kitty protocol moves what the terminal has."""
    async with _painted(protocol) as (app, pilot):
        before = app.terminal.sent
        for number in range(5):
            app.query_one("#foot", Static).update(f"typed {number}")
            await pilot.pause()
        assert app.terminal.sent == before
        await _scroll(pilot, app, 2)
        await _shown(pilot, app, 160)
        if protocol != "sixel" and protocol != "sixel in tmux":
            assert app.terminal.sent - before < 200


@PROTOCOLS
@pytest.mark.skipif(sys.platform == "win32", reason="the driver of Unix")
async def test_what_did_not_reach_the_terminal_is_written_again(protocol: str) -> None:
    from app.terminal.driver import TerminalDriver

    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        for top, count in ((3, 160), (-8, 0), (4, 160), (0, 160)):
            app.detach()
            await _scroll(pilot, app, top)
            await until(pilot, lambda count=count: len(app.wanted()) == count)  # type: ignore[misc]
            await _settled(pilot, app)
            app.attach()
            TerminalDriver(app)._redraw()
            await _shown(pilot, app, count)


@PROTOCOLS
async def test_many_pictures_come_one_after_the_other(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "_MOST_AT_ONCE", 100)
    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        parts = PicturePart(PICTURE), PicturePart(decode(PICTURE.data))
        app.query_one(History).append(Cell("done", "demo.pictures", parts=parts))
        await _shown(pilot, app, 320)
        assert app._driver is not None
        in_each: list[int] = []

        def feed(text: str) -> None:
            in_each.append(text.count("\x1bP0;") + text.count("a=t,"))
            app.terminal.feed(text)

        vars(app._driver)["write"] = feed
        app.drawn_anew()
        await until(pilot, lambda: sum(in_each) == 2)
        assert max(in_each) == 1
        await _shown(pilot, app, 320)


@PROTOCOLS
async def test_a_picture_that_becomes_ready_in_a_batch_is_drawn_after_it(protocol: str) -> None:
    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        await _scroll(pilot, app, 3)
        await _shown(pilot, app, 160)
        app.terminal = app.another_terminal()
        app.attach()
        assert app._drawing is not None
        app._drawing.forget()
        with app.batch_update():
            app._paint_now()
            assert not app.terminal.cells
        await _shown(pilot, app, 160)


@PROTOCOLS
async def test_the_viewer_shows_the_part_that_is_looked_at(protocol: str) -> None:
    async with _painted(protocol) as (app, pilot):
        await _look_at(app, PictureView(PICTURE))
        await until(pilot, lambda: set(app.terminal.cells.values()) == {RED, GREEN, BLUE, WHITE})
        for _ in range(6):
            await pilot.press("plus")
        await pilot.press(*["right"] * 5, *["down"] * 5)
        await until(pilot, lambda: set(app.terminal.cells.values()) == {WHITE})
        await pilot.press(*["left"] * 10)
        await until(pilot, lambda: set(app.terminal.cells.values()) == {BLUE})
        await pilot.press("0")
        await until(pilot, lambda: set(app.terminal.cells.values()) == {RED, GREEN, BLUE, WHITE})


@PROTOCOLS
@pytest.mark.parametrize("over", ["fitted", "half blocks"])
async def test_decoded_pixels_are_let_go_when_nobody_looks_nearer(
    protocol: str, over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvases: list[ref[Canvas]] = []

    def canvas(data: bytes, name: str) -> Canvas:
        made = Canvas(data, name)
        canvases.append(ref(made))
        return made

    def are_decoded() -> bool:
        return any(made is not None and made._whole is not None for made in (each() for each in canvases))

    monkeypatch.setattr(drawings, "Canvas", canvas)
    app = PaintedApp(protocol)
    async with app.run_test(size=(60, 24)) as pilot:
        view = PictureView(PICTURE)
        await app.screen.mount(view, before=0)
        app.query_one(History).display = False
        view.focus()
        await until(pilot, lambda: set(app.terminal.cells.values()) == {RED, GREEN, BLUE, WHITE})
        assert not are_decoded()
        await pilot.press(*["plus"] * 6, *["right"] * 5, *["down"] * 5)
        await until(pilot, lambda: set(app.terminal.cells.values()) == {WHITE})
        assert are_decoded()
        if over == "fitted":
            await pilot.press("0")
            await until(pilot, lambda: set(app.terminal.cells.values()) == {RED, GREEN, BLUE, WHITE})
        else:
            app.graphics = HALF_BLOCKS
        await until(pilot, lambda: not are_decoded())


@PROTOCOLS
async def test_a_picture_that_moves_is_played_on_a_key(protocol: str) -> None:
    """Frame after frame, with nothing of the half blocks between them; and it stays where it is stopped."""
    async with _painted(protocol) as (app, pilot):
        view = PictureView(decode(moving("GIF", (100, 100), duration=40, loop=0)), frames_of=Frames)
        await _look_at(app, view)
        await until(pilot, lambda: set(app.terminal.cells.values()) == {RED})
        seen: list[set[Any]] = []
        app.terminal.watch = lambda: seen.append(set(app.terminal.cells.values()))
        await pilot.press("space")
        await until(pilot, lambda: all(seen.count({colour}) > 1 for colour in (RED, GREEN, BLUE)))
        assert all(len(colours) == 1 for colours in seen)
        await pilot.press("space")
        await until(pilot, lambda: not view.is_behind)
        seen.clear()
        await pilot.pause(0.2)
        assert not seen
        await pilot.press("space")
        await until(pilot, lambda: bool(seen))


async def test_what_nobody_sees_is_not_sent_and_what_somebody_missed_is_sent_again() -> None:
    app = PaintedApp("kitty in tmux")
    app.onlookers = NOBODY
    async with app.run_test(size=(60, 24)) as pilot:
        await _scroll(pilot, app, 3)
        await until(pilot, lambda: len(app.wanted()) == 160 and app.looks > 0)
        assert app.terminal.sent == 0 and not app.terminal.cells
        app.onlookers = SOMEBODY
        await _shown(pilot, app, 160)
        for others in (SOMEBODY | {"/dev/pts/2 2"}, frozenset({"/dev/pts/3 3"})):
            # One more has come, or another in its place: nothing of the pictures is there.
            app.terminal.kitty.images.clear()
            app.terminal.kitty.virtual.clear()
            app.onlookers = others
            await _shown(pilot, app, 160)
        before = app.terminal.sent
        app.onlookers = frozenset({"/dev/pts/3 3"})
        looks = app.looks
        await until(pilot, lambda: app.looks > looks + 1)
        assert app.terminal.sent == before


async def test_what_was_sent_while_they_left_is_sent_again_when_they_are_back() -> None:
    app = PaintedApp("kitty in tmux")
    async with app.run_test(size=(60, 24)) as pilot:
        app.terminal.hands_on = False  # they go when it has just been looked
        app.terminal.watch = lambda: setattr(app, "onlookers", NOBODY)
        await _scroll(pilot, app, 3)
        await until(pilot, lambda: app.terminal.sent > 0)
        looks = app.looks
        await until(pilot, lambda: app.looks > looks + 1)
        assert set(app.terminal.cells.values()) == {None}
        app.terminal.watch = bool
        app.terminal.hands_on, app.onlookers = True, SOMEBODY
        await _shown(pilot, app, 160)


async def test_over_ssh_nobody_tells_who_looks_and_it_is_drawn() -> None:
    app = PaintedApp("kitty in tmux")
    app.onlookers = None
    async with app.run_test(size=(60, 24)) as pilot:
        await _scroll(pilot, app, 3)
        await _shown(pilot, app, 160)


async def test_nobody_looks_for_onlookers_where_there_is_no_picture() -> None:
    async with _painted("kitty in tmux") as (app, pilot):
        await _scroll(pilot, app, -8)
        await _shown(pilot, app, 0)
        onlookers: Any = app._onlookers
        await until(pilot, lambda: not onlookers._is_running)
        looks = app.looks
        app.query_one("#foot", Static).update("typed")
        await pilot.pause(0.1)
        assert app.looks == looks
        await _scroll(pilot, app, 3)
        await _shown(pilot, app, 160)


async def test_a_picture_of_too_many_cells_stays_in_half_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tmux_drawings, "MOST_CELLS", 19)
    app = PaintedApp("kitty in tmux")
    async with app.run_test(size=(60, 24)) as pilot:
        await _scroll(pilot, app, 3)
        await until(pilot, lambda: len(app.wanted()) == 160)
        await _settled(pilot, app)
        assert app.terminal.sent == 0 and not app.query_one(History).is_behind


async def test_text_over_a_part_of_it_costs_no_more_than_its_rows() -> None:
    async with _painted("kitty in tmux") as (app, pilot):
        written: list[str] = []
        assert app._driver is not None
        app.query_one("#note").display = True
        await _shown(pilot, app, 160 - 18)

        def feed(text: str) -> None:
            written.append(text)
            app.terminal.feed(text)

        vars(app._driver)["write"] = feed
        app.query_one("#note", Static).update("other")
        await until(pilot, lambda: any("other" in text for text in written))
        await _shown(pilot, app, 160 - 18)
        assert "".join(written).count(PLACEHOLDER) <= 3 * 20


def test_what_is_uncovered_is_everything_but_the_covers() -> None:
    region = Region(2, 3, 10, 6)
    covers = [Region(0, 0, 4, 5), Region(6, 5, 2, 2), Region(11, 8, 5, 5), Region(50, 50, 2, 2)]
    pieces = uncovered(region, covers)
    cells = [(x, y) for piece in pieces for x in piece.column_range for y in piece.line_range]
    assert len(cells) == len(set(cells))
    assert set(cells) == {
        (x, y)
        for x in region.column_range
        for y in region.line_range
        if not any(cover.contains(x, y) for cover in covers)
    }
