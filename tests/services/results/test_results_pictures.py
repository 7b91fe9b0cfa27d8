"""Pictures: what decodes, what is refused and why, and what is drawn of them."""

from __future__ import annotations

import subprocess
import sys
import zlib
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.errors import JackfieldError
from services.results import found_pictures as module
from services.results.content import AudioBlock, EmbeddedResource, ImageBlock, TextBlock
from services.results.found_pictures import decode_all
from services.results.pictures import Picture, PictureRefused, decode
from tests.services.results.images import RED, encoded, first_pictures, png
from tests.support.places import ROOT
from tests.support.waiting import turning
from tests.support.work import memory

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from services.results.content import Block

GREEN, BLUE, WHITE, BLACK, GREY = (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (128, 128, 128)


def colour(picture: Picture, x: float = 0.5, y: float = 0.5) -> tuple[int, ...]:
    """The colour at a place given in fractions of the drawn picture."""
    pixels = picture.pixels(20, 10)
    assert pixels is not None
    at = (int(y * (pixels.height - 1)) * pixels.width + int(x * (pixels.width - 1))) * 3
    return tuple(pixels.rgb[at : at + 3])


def close(one: tuple[int, ...], other: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def halves(mode: str, left: object, right: object, size: tuple[int, int] = (40, 20)) -> Image.Image:
    image = Image.new(mode, size, left)  # type: ignore[arg-type]
    image.paste(right, (size[0] // 2, 0, *size))  # type: ignore[arg-type]
    return image


def large(width: int, height: int, format: str = "PNG") -> bytes:
    """A black picture that takes up to a second to draw: for its test to make, not for every run."""
    return encoded(Image.new("1", (width, height)), format)


# What decodes.


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF"])
def test_the_formats(format: str) -> None:
    data = encoded(halves("RGB", RED, BLUE), format)
    picture = decode(data, 3)
    assert (picture.format, picture.width, picture.height, picture.byte_size) == (format, 40, 20, len(data))
    assert picture.block_index == 3
    assert picture.mime_type == f"image/{format.lower()}"
    assert picture.data is data
    assert close(colour(picture, 0.1), RED, 40)
    assert close(colour(picture, 0.9), BLUE, 40)
    assert "data" not in repr(picture)


@pytest.mark.parametrize(
    ("image", "left", "right"),
    [
        (halves("L", 0, 255), BLACK, WHITE),
        (halves("1", 0, 1), BLACK, WHITE),
        (halves("RGB", RED, GREEN).quantize(4), RED, GREEN),
        (halves("I;16", 0, 65535), BLACK, WHITE),
        (Image.frombytes("I;16", (2, 1), b"\0\x40\0\xc0"), (64, 64, 64), (192, 192, 192)),
        (halves("RGBA", (255, 0, 0, 255), (0, 0, 0, 0)), RED, GREY),
        (halves("LA", (255, 255), (0, 0)), WHITE, GREY),
    ],
    ids=["grey", "1 bit", "palette", "16 bit", "16 bit middle", "alpha", "grey alpha"],
)
def test_every_mode_of_png(image: Image.Image, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    picture = decode(encoded(image))
    assert close(colour(picture, 0.1), left)
    assert close(colour(picture, 0.9), right)


def test_transparency_by_palette_and_by_colour() -> None:
    palette = halves("P", 0, 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    assert close(colour(decode(encoded(palette, transparency=1)), 0.9), GREY)
    assert close(colour(decode(encoded(halves("RGB", RED, BLUE), transparency=BLUE)), 0.9), GREY)
    assert close(colour(decode(encoded(halves("RGB", RED, BLUE), transparency=BLUE)), 0.1), RED)


@pytest.mark.parametrize("alpha", [255, 100])
def test_a_large_picture_with_alpha(alpha: int) -> None:
    picture = decode(encoded(halves("RGBA", (*RED, alpha), (*BLUE, alpha), (3_100, 2_050))))
    assert (picture.width, picture.height) == (3_100, 2_050)
    assert max(picture.thumbnail.width, picture.thumbnail.height) <= 512
    mixed = [round(c * alpha / 255 + 128 * (1 - alpha / 255)) for c in RED]
    assert close(colour(picture, 0.1), tuple(mixed))


def test_cmyk_jpeg() -> None:
    picture = decode(encoded(halves("RGB", RED, WHITE, (64, 32)).convert("CMYK"), "JPEG", quality=95))
    assert close(colour(picture, 0.1), RED, 60)
    assert close(colour(picture, 0.9), WHITE, 30)


def test_the_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), c) for c in (RED, GREEN, BLUE)]
    for format in ("GIF", "WEBP", "PNG"):
        data = encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100)
        assert close(colour(decode(data)), RED, 30), format


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_exif_orientation_is_honoured(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = halves("RGB", RED, BLUE, (64, 32))
    picture = decode(encoded(upright, "JPEG", exif=exif, quality=95))
    turned = orientation > 4
    assert (picture.width, picture.height) == ((32, 64) if turned else (64, 32))
    places = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    x, y = places[orientation]
    assert close(colour(picture, 0.05 + 0.9 * x, 0.05 + 0.9 * y), RED, 40)


# What is refused.


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not an image"),
        (b"hello, world", "not an image"),
        (b"\x00" * 1_000, "not an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported format: SVG"),
        (b"<?xml version='1.0'?>\n<svg/>", "unsupported format: SVG"),
        (b"%PDF-1.7", "unsupported format: PDF"),
        (b"8BPS\x00\x01", "unsupported format: PSD"),
        (encoded(Image.new("RGB", (300, 300)), "BMP")[:5_000], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50), "TIFF")[:5_000], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50), "AVIF")[:5_000], "truncated"),
        (partial(large, 8_000, 2_001, "BMP"), "too many pixels: 8000×2001, at most 16 million"),
        (b"\x89PNG\r\n\x1a\n", "truncated"),
        (b"\xff\xd8\xff", "truncated"),
        (b"GIF89a", "truncated"),
        (b"RIFF\x00\x00\x00\x00WEBP", "truncated"),
        (png(300, 300, mode="L", color=7)[:-40], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50))[:5_000], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50), "JPEG")[:5_000], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50), "WEBP")[:5_000], "truncated"),
        (encoded(Image.effect_noise((300, 300), 50), "GIF")[:5_000], "truncated"),
        (partial(large, 8_000, 5_001), "too many pixels: 8000×5001, at most 40 million"),
        (partial(large, 12_000, 12_000), "too many pixels"),
        (partial(large, 30_000, 30_000), "too many pixels"),
    ],
)
def test_what_is_refused_is_refused_with_one_plain_reason(
    data: bytes | Callable[[], bytes], reason: str
) -> None:
    given = data if isinstance(data, bytes) else data()
    with pytest.raises(PictureRefused) as caught:
        decode(given)
    assert caught.value.message.startswith(reason)
    assert "\n" not in caught.value.message
    assert isinstance(caught.value, JackfieldError)


def test_too_many_bytes_are_refused_before_anything_is_decoded() -> None:
    with pytest.raises(PictureRefused, match="too many bytes: 33 MiB, at most 32"):
        decode(png() + b"\x00" * (33 << 20))


def test_pixels_are_counted_before_they_take_memory() -> None:
    with pytest.raises(PictureRefused, match="too many pixels"), memory(1 << 20):
        decode(_forged_png(20_000, 8_900))


def test_a_decompression_bomb_in_a_text_chunk_is_not_inflated() -> None:
    text = b"Comment\x00\x00" + zlib.compress(b"x" * 70_000_000, 1)
    data = png()
    with memory(10 << 20):
        assert colour(decode(data[:33] + _chunk(b"zTXt", text) + data[33:])) == RED


MIXED = Image.effect_noise((40, 30), 80).convert("RGB")
VALID = [
    encoded(MIXED),
    encoded(MIXED.quantize(16), transparency=3),
    encoded(
        MIXED,
        "JPEG",
        exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00",
    ),
    encoded(MIXED, "GIF"),
    encoded(MIXED, "WEBP"),
    encoded(MIXED.convert("RGBA"), "WEBP", lossless=True),
]


@given(st.sampled_from(VALID), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_damaged_files_are_pictures_or_refused_and_nothing_else(data: bytes, chance: random.Random) -> None:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
    if chance.random() < 0.3:
        del damaged[chance.randrange(8, len(damaged)) :]
    try:
        decode(bytes(damaged))
    except PictureRefused as error:
        assert error.message


# Among blocks.


async def test_the_pictures_of_a_list_in_order_whatever_stands_before_them() -> None:
    blocks: list[Block] = [
        TextBlock("here it is"),
        ImageBlock("image/png", b"", "broken base64: only base64 data is allowed"),
        ImageBlock("image/png", b"not a picture"),
        ImageBlock("image/png", png(4, 4, GREEN)),
        AudioBlock("audio/wav", b"RIFF"),
        EmbeddedResource("file:///a.png", "image/png", data=png(4, 4, BLUE)),
        EmbeddedResource("file:///a.bin", "application/octet-stream", data=png(4, 4, BLUE)),
        ImageBlock("text/plain", png(4, 4, RED)),
    ]
    pictures = await first_pictures(blocks)
    assert [picture.block_index for picture in pictures] == [3, 5, 6, 7]
    assert [colour(picture) for picture in pictures] == [GREEN, BLUE, BLUE, RED]
    assert pictures[3].mime_type == "text/plain"
    assert decode_all(blocks)[1] == {2: "not an image"}
    assert await first_pictures([TextBlock("none")]) == ()


def test_the_pictures_of_one_result_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [ImageBlock("image/png", png(100, 100)) for _ in range(20)]
    assert len(decode_all(many)[0]) == 16
    monkeypatch.setattr(module, "MAX_TOTAL_PIXELS", 45_000)
    assert len(decode_all(many)[0]) == 5
    monkeypatch.setattr(module, "MAX_TOTAL_BYTES", 1)
    assert len(decode_all(many)[0]) == 1


async def test_the_event_loop_goes_on_while_a_large_picture_is_decoded() -> None:
    data = encoded(Image.linear_gradient("L").resize((3_000, 2_000)).convert("RGB"))
    async with turning() as turns:
        assert await first_pictures([ImageBlock("image/png", data)])
    assert turns.count > 5


# What is drawn.


@pytest.mark.parametrize(
    ("size", "cells", "drawn"),
    [
        ((4_000, 3_000), (100, 40), (100, 76)),
        ((100, 100), (80, 20), (40, 40)),
        ((1_280, 800), (80, 24), (77, 48)),
        ((20, 10), (100, 50), (20, 10)),
        ((1, 1), (100, 50), (16, 16)),
        ((3, 5), (100, 50), (9, 16)),
        ((2_000, 1), (80, 24), (80, 2)),
        ((1, 2_000), (80, 24), (1, 48)),
        ((17, 9), (100, 50), (17, 8)),
        ((100, 100), (1, 1), (1, 2)),
    ],
)
def test_the_shape_is_kept_and_the_height_is_even(
    size: tuple[int, int], cells: tuple[int, int], drawn: tuple[int, int]
) -> None:
    pixels = decode(png(*size, 0, "L")).pixels(*cells)
    assert pixels is not None
    assert (pixels.width, pixels.height) == drawn
    assert len(pixels.rgb) == pixels.width * pixels.height * 3


@given(st.integers(1, 300), st.integers(1, 300), st.integers(-1, 200), st.integers(-1, 100))
@settings(deadline=None, max_examples=60)
def test_every_size_fits_its_box(width: int, height: int, columns: int, rows: int) -> None:
    pixels = decode(png(width, height)).pixels(columns, rows)
    if columns < 1 or rows < 1:
        assert pixels is None
        return
    assert pixels is not None
    assert 1 <= pixels.width <= columns
    assert 2 <= pixels.height <= rows * 2
    assert pixels.height % 2 == 0
    assert set(pixels.rgb) <= {0, 255}


def test_pillow_is_not_imported_before_the_first_picture() -> None:
    code = (
        "import sys, services.results.pictures, services.results.reader, services.results.saving\n"
        "late = {'PIL', 'jsonschema', 'pydantic_core', 'pydantic', 'mcp'} & set(sys.modules)\n"
        "sys.exit(str(late) if late else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def _forged_png(width: int, height: int) -> bytes:
    """A PNG that claims so many pixels and holds none."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b""))
        + _chunk(b"IEND", b"")
    )
