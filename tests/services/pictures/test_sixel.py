"""Sixel, read back by a decoder of ours and by libsixel's."""

from __future__ import annotations

import shutil
import subprocess
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from services.pictures import sixel
from services.pictures.sixel import Box, SixelPicture
from tests.services.pictures.decoders import quadrants, sixel_image


def _photograph(width: int, height: int) -> Image.Image:
    red = Image.effect_mandelbrot((width, height), (-2.0, -1.2, 1.0, 1.2), 60)
    green = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", (red, green, Image.linear_gradient("L").resize((width, height))))


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((40, 30), (0, 0, 40, 30)),
        ((40, 30), (0, 13, 40, 26)),
        ((40, 30), (7, 5, 31, 29)),
        ((41, 31), (20, 0, 41, 31)),
        ((6, 1), (0, 0, 6, 1)),
        ((300, 7), (299, 0, 300, 7)),
    ],
)
def test_any_part_is_that_part_of_the_picture(size: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    image = quadrants(*size)
    part = SixelPicture(image).part(Box(*box))
    assert sixel_image(part).tobytes() == image.crop(box).tobytes()


@pytest.mark.parametrize("image", [quadrants(40, 30), _photograph(60, 48)])
def test_the_ground_can_be_the_first_colour(image: Image.Image) -> None:
    part = SixelPicture(image, ground=(255, 0, 255)).part(Box(0, 0, *image.size))
    assert "#0;2;100;0;100#1;2;" in part and "#256" not in part
    plain = SixelPicture(image, 255).part(Box(0, 0, *image.size))
    assert sixel_image(part).tobytes() == sixel_image(plain).tobytes()


def test_a_part_is_the_same_the_second_time_and_known_to_be_ready() -> None:
    picture, box = SixelPicture(quadrants(60, 60)), Box(0, 20, 60, 55)
    assert picture.ready(box) is None
    first = picture.part(box)
    assert picture.ready(box) == picture.part(box) == first
    assert picture.ready(box._replace(top=21)) is None


def test_what_is_ready_is_never_encoded_anew_however_much_else_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sixel, "_KEPT_BANDS", 8)
    picture, boxes = SixelPicture(quadrants(30, 30)), [Box(0, top, 30, 30) for top in range(6)]
    parts = [picture.part(box) for box in boxes]
    monkeypatch.setattr(picture, "_encoded", None)
    ready = [picture.ready(box) for box in boxes]
    assert None in ready and ready[-1] == parts[-1]
    assert all(text in (None, part) for text, part in zip(ready, parts, strict=True))


def test_a_part_is_whole_though_another_is_made_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sixel, "_KEPT_BANDS", 2)
    picture, box = SixelPicture(quadrants(30, 30)), Box(0, 0, 30, 30)
    encoded = picture._encoded

    def interrupted(left: int, top: int, right: int, bottom: int) -> str:
        if (left, top) == (0, 24):
            picture.part(Box(5, 0, 25, 30))
        return encoded(left, top, right, bottom)

    whole = SixelPicture(quadrants(30, 30)).part(box)
    monkeypatch.setattr(picture, "_encoded", interrupted)
    assert picture.part(box) == whole


def test_many_colours_are_mixed_of_a_few() -> None:
    image = _photograph(200, 150)
    difference = ImageChops.difference(sixel_image(SixelPicture(image).part(Box(0, 0, 200, 150))), image)
    assert max(ImageStat.Stat(difference).mean) < 12


@pytest.mark.skipif(shutil.which("sixel2png") is None, reason="libsixel-bin is not there")
@pytest.mark.parametrize("box", [Box(0, 0, 200, 150), Box(0, 40, 200, 107), Box(33, 1, 150, 149)])
def test_libsixel_reads_the_same(box: Box) -> None:
    part = SixelPicture(_photograph(200, 150)).part(box)
    png = subprocess.run(["sixel2png"], input=part.encode(), stdout=subprocess.PIPE, check=True, timeout=20)
    theirs = Image.open(BytesIO(png.stdout)).convert("RGB")
    ours = sixel_image(part)
    assert theirs.size[0] == ours.size[0] and theirs.size[1] >= ours.size[1]
    difference = ImageChops.difference(theirs.crop((0, 0, *ours.size)), ours)
    assert max(high for _, high in difference.getextrema()) <= 3  # type: ignore[misc]
