"""A picture looked at nearer, at its edges and in windows of few cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image
from textual.app import App

from services.results.pictures import decode
from tests.services.results.images import encoded
from tests.support.screens import until
from widgets.picture_view import PictureView

if TYPE_CHECKING:
    from textual.app import ComposeResult

GREY = (90, 90, 90)


class Looking(App[None]):
    def compose(self) -> ComposeResult:
        yield PictureView(decode(encoded(Image.new("RGB", (400, 300), GREY))))


@pytest.mark.parametrize("size", [(40, 3), (40, 2), (7, 20), (1, 1)])
@pytest.mark.parametrize("cell", [None, (10, 20)])
async def test_any_window_shows_the_edges(size: tuple[int, int], cell: tuple[int, int] | None) -> None:
    app = Looking()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(PictureView)
        view.take_cell_size(cell)
        for _ in range(20):
            view.action_zoom(1)
        for step in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            for _ in range(400):
                view.action_pan(*step)
        await pilot.pause()


async def test_keys_before_there_is_room_are_not_lost() -> None:
    app = Looking()
    async with app.run_test(size=(60, 24)) as pilot:
        early, late = (PictureView(decode(encoded(Image.new("RGB", (400, 300), GREY)))) for _ in range(2))
        app.query_one(PictureView).display = False
        await app.mount(late)
        await until(pilot, lambda: late.content_size)
        for view in (early, late):
            view.action_zoom(1)
            view.action_zoom(1)
            view.action_pan(1, 0)
        assert not early.content_size
        seen = late._sight, late._window
        late.display = False
        await app.mount(early)
        await until(pilot, lambda: (early._sight, early._window) == seen)


async def test_what_would_be_smaller_than_all_of_it_fits_the_room_again() -> None:
    app = Looking()
    async with app.run_test(size=(20, 10)) as pilot:
        view = app.query_one(PictureView)
        view.action_zoom(1)
        assert "%" in view.about
        await pilot.resize_terminal(200, 100)
        await until(pilot, lambda: "%" not in view.about)
