"""The kitty protocol, read back by a strict parser, and pictures made ready for it."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image

from services.pictures import canvas as canvas_module
from services.pictures import kitty
from services.pictures.canvas import MAX_PNG, Canvas, png
from tests.services.pictures.decoders import KittyTerminal, quadrants
from tests.services.results.images import encoded

GROUND = (18, 21, 26)


def _sequences(text: str) -> list[str]:
    found = re.findall(r"\x1b_G[^\x1b]*\x1b\\", text)
    assert "".join(found) == text
    return list(found)


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (300, 200)])
def test_a_picture_is_sent_in_chunks_and_arrives_whole(size: tuple[int, int]) -> None:
    image, terminal = Image.effect_noise(size, 90).convert("RGB"), KittyTerminal()
    sequences = _sequences(kitty.transmit(7, encoded(image)))
    for sequence in sequences:
        terminal.take(sequence)
    assert terminal.images[7].tobytes() == image.tobytes()
    assert (len(sequences) > 1) == (size == (300, 200))


def test_a_part_is_placed_moved_removed_and_the_picture_forgotten() -> None:
    terminal, image = KittyTerminal(), quadrants(80, 60)
    for sequence in _sequences(kitty.transmit(7, encoded(image))):
        terminal.take(sequence)
    terminal.take(kitty.place(7, 1, kitty.Part(0, 30, 40, 30), 4, 2), x=5, y=6)
    placed = terminal.placed[7, 1]
    assert (placed.x, placed.y, placed.columns, placed.rows) == (5, 6, 4, 2)
    assert placed.part.tobytes() == image.crop((0, 30, 40, 60)).tobytes()
    terminal.take(kitty.place(7, 1, kitty.Part(0, 0, 80, 60), 8, 4), x=0, y=1)
    assert len(terminal.placed) == 1
    terminal.take(kitty.remove(7, 1))
    assert terminal.placed == {} and 7 in terminal.images
    terminal.take(kitty.delete(7))
    assert terminal.images == {}


def test_a_picture_fills_its_cells_on_the_ground() -> None:
    canvas = Canvas(encoded(quadrants(400, 200)), "PNG")
    image = canvas.fitted((100, 60), GROUND)
    assert image.size == (100, 60)
    assert [image.getpixel(place) for place in ((5, 5), (95, 5), (5, 45), (95, 45), (50, 55))] == [
        (255, 0, 0),
        (0, 255, 0),
        (0, 0, 255),
        (255, 255, 255),
        GROUND,
    ]


def test_a_part_is_enlarged_without_its_neighbours() -> None:
    canvas = Canvas(encoded(quadrants(400, 200)), "PNG")
    image = canvas.cropped((300, 0, 50, 50), (200, 200), GROUND)
    assert image.getcolors() == [(200 * 200, (0, 255, 0))]


@pytest.mark.parametrize(
    ("crop", "size"),
    [((300, 0, 53, 40), (600, 460)), ((250, 5, 77, 81), (80, 84)), ((201, 1, 199, 90), (300, 140))],
)
def test_a_part_leaves_no_ground_at_its_edges(crop: tuple[int, int, int, int], size: tuple[int, int]) -> None:
    image = Canvas(encoded(quadrants(400, 200)), "PNG").cropped(crop, size, GROUND)
    assert image.getcolors() == [(size[0] * size[1], (0, 255, 0))]


def test_at_its_own_size_a_part_is_as_it_is() -> None:
    """The ground shows in the rest of a cell below it, where the picture itself ends."""
    noise = Image.effect_noise((300, 90), 60).convert("RGB")
    image = Canvas(encoded(noise), "PNG").cropped((40, 0, 200, 90), (200, 100), GROUND)
    assert image.crop((0, 0, 200, 90)).tobytes() == noise.crop((40, 0, 240, 90)).tobytes()
    assert image.crop((0, 90, 200, 100)).getcolors() == [(2_000, GROUND)]


def test_transparent_parts_show_the_ground() -> None:
    drawing = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    drawing.paste((255, 0, 0, 255), (0, 0, 20, 40))
    for image in (
        Canvas(encoded(drawing), "PNG").fitted((40, 40), GROUND),
        Canvas(encoded(drawing), "PNG").cropped((0, 0, 40, 40), (40, 40), GROUND),
    ):
        assert (image.getpixel((5, 5)), image.getpixel((35, 5))) == ((255, 0, 0), GROUND)


def test_only_a_part_is_put_on_the_ground(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole is decoded once, and takes no more memory than that."""
    monkeypatch.setattr(canvas_module, "_STRIP", 300)
    drawing = Image.linear_gradient("L").resize((90, 70)).convert("RGB")
    drawing.putalpha(Image.radial_gradient("L").resize((90, 70)))
    sizes: list[tuple[int, int]] = []

    def composite(under: Image.Image, over: Image.Image) -> Image.Image:
        sizes.append(over.size)
        return composed(under, over)

    composed = Image.alpha_composite
    monkeypatch.setattr(Image, "alpha_composite", composite)
    canvas = Canvas(encoded(drawing), "PNG")
    for ground in (GROUND, (250, 240, 230)):
        part = canvas.cropped((10, 20, 60, 43), (60, 43), ground)
        expected = composed(Image.new("RGBA", drawing.size, (*ground, 255)), drawing).convert("RGB")
        assert part.tobytes() == expected.crop((10, 20, 70, 63)).tobytes()
    assert max(width * height for width, height in sizes) <= 300


def test_what_is_sent_is_bounded() -> None:
    data, size = png(Image.effect_noise((2400, 1600), 90).convert("RGB"))
    assert len(data) <= MAX_PNG
    assert Image.open(BytesIO(data)).size == size
