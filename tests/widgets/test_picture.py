"""Pixels become half blocks."""

from __future__ import annotations

import pytest
from rich.style import Style

from services.amounts import byte_size
from tests.widgets.history.examples import Grid, Sunset
from widgets.picture import describe, fit, pixel_row

RED, BLUE, WHITE = bytes((255, 0, 0)), bytes((0, 0, 255)), bytes((255, 255, 255))
GROUND = Style.parse("on black")


def test_two_pixels_share_a_cell() -> None:
    (segment,) = pixel_row(Grid(1, 2, RED + BLUE), 0, GROUND)
    assert segment.text == "▀"
    assert segment.style is not None
    assert (segment.style.color.name, segment.style.bgcolor.name) == ("#ff0000", "#0000ff")  # type: ignore[union-attr]


def test_equal_neighbours_are_one_segment() -> None:
    row = pixel_row(Grid(4, 2, RED * 3 + BLUE + WHITE * 4), 0, GROUND)
    assert [segment.text for segment in row] == ["▀▀▀", "▀"]


def test_below_an_odd_height_the_ground_shows() -> None:
    (segment,) = pixel_row(Grid(1, 3, RED * 3), 1, GROUND)
    assert segment.style is not None
    assert segment.style.bgcolor == GROUND.bgcolor


def test_below_the_picture_there_is_nothing() -> None:
    assert pixel_row(Grid(1, 2, RED * 2), 5, GROUND) == []


@pytest.mark.parametrize(
    ("picture", "room", "size"),
    [
        ((1280, 800), (80, 20), (64, 20)),
        ((1280, 800), (40, 20), (40, 12)),
        ((3, 4), (80, 20), (12, 8)),
        ((16, 16), (80, 20), (16, 8)),
        ((10_000, 1), (80, 20), (80, 1)),
        ((1, 10_000), (80, 20), (1, 20)),
        ((0, 5), (80, 20), (0, 0)),
    ],
)
def test_a_picture_keeps_its_shape_and_is_not_larger_than_life(
    picture: tuple[int, int], room: tuple[int, int], size: tuple[int, int]
) -> None:
    assert fit(*picture, *room) == size


def test_a_picture_in_words() -> None:
    assert describe(Sunset()) == "PNG 1280×800 · 214 kB"
    assert [byte_size(count) for count in (7, 1_200, 214_000, 3_460_000)] == [
        "7 B",
        "1.2 kB",
        "214 kB",
        "3.5 MB",
    ]
