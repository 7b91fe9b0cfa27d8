"""A picture that moves, in the viewer, drawn in half blocks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from services.results.pictures import decode
from tests.app.session.test_viewer import ViewerApp
from tests.services.results.images import COLOURS, RED, moving, png
from tests.support.screens import screen_text, until
from widgets.picture_view import PictureView

if TYPE_CHECKING:
    from textual.pilot import Pilot


def _colour(app: ViewerApp) -> Any:
    """What the middle of the picture is drawn in."""
    view = app.viewer.query_one(PictureView)
    middle = view.render_line(view.size.height // 2).crop(view.size.width // 2)
    style = next(iter(middle)).style
    return tuple(style.color.triplet) if style and style.color and style.color.triplet else None


def _has(app: ViewerApp, colour: Any) -> bool:
    return bool(_colour(app) == colour)


async def _seen(pilot: Pilot[None], app: ViewerApp, *colours: Any) -> None:
    for colour in colours:
        await until(pilot, partial(_has, app, colour))


def _plays(app: ViewerApp) -> bool:
    return any(worker.group == "playing" and worker.is_running for worker in app.workers)


async def _is_still(pilot: Pilot[None], app: ViewerApp) -> bool:
    await until(pilot, lambda: not _plays(app))
    before = _colour(app)
    await pilot.pause(0.2)
    return _has(app, before)


async def test_it_plays_on_a_key_and_stops_when_it_is_not_seen() -> None:
    app = ViewerApp("spinner", decode(moving("GIF", duration=30, loop=0)))
    async with app.run_test(size=(80, 24)) as pilot:
        await _seen(pilot, app, RED)
        assert "moves" in screen_text(app) and "play" in screen_text(app)
        assert await _is_still(pilot, app)
        await pilot.press("space")
        await _seen(pilot, app, *COLOURS, *COLOURS)
        assert "playing" in screen_text(app)
        await pilot.press("space")
        assert await _is_still(pilot, app)
        for stop in (lambda: app.app_suspend_signal.publish(app), lambda: app.push_screen(Screen())):
            await pilot.press("space")
            await _seen(pilot, app, *COLOURS)
            stop()
            assert await _is_still(pilot, app)
        app.pop_screen()
        await pilot.press("space")
        await _seen(pilot, app, *COLOURS)
        await pilot.press("q")
        await until(pilot, lambda: app.closed)
        await until(pilot, lambda: not _plays(app))


async def test_another_picture_begins_at_its_first_frame() -> None:
    pictures = [("one", decode(moving("GIF", duration=30, loop=0))), ("two", decode(png(40, 30, (9, 9, 9))))]
    app = ViewerApp("one", pictures[0][1], pictures)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        await _seen(pilot, app, *COLOURS)
        await pilot.press("n")
        await _seen(pilot, app, (9, 9, 9))
        assert await _is_still(pilot, app)
        assert "moves" not in screen_text(app) and "play" not in screen_text(app)
        await pilot.press("n")
        assert _colour(app) == RED
        assert await _is_still(pilot, app)


async def test_the_last_frame_stays_and_a_key_begins_anew() -> None:
    app = ViewerApp("once", decode(moving("GIF", duration=400, loop=None)))
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(2):
            await pilot.press("space")
            await _seen(pilot, app, *COLOURS)
            assert await _is_still(pilot, app)


async def test_one_too_large_says_so() -> None:
    app = ViewerApp("giant", decode(moving("GIF", (2_000, 1_600), frames=2, duration=50)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: "too many pixels to play" in screen_text(app))
