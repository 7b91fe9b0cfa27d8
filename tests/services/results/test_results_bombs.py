"""Pictures that would keep a decoder busy for ever are refused before it sees them, or are cut."""

from __future__ import annotations

import asyncio
import struct
import threading
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from services.results import found_pictures as found
from services.results import pictures as module
from services.results.bombs import first_frame, too_costly
from services.results.content import ImageBlock
from services.results.pictures import PictureRefused, decode
from tests.services.results.images import RED, encoded, first_pictures

if TYPE_CHECKING:
    from typing import Any

NOISE = Image.effect_noise((64, 64), 50).convert("RGB")
PROGRESSIVE = encoded(NOISE, "JPEG", progressive=True)


def repeated(data: bytes, times: int) -> bytes:
    """A progressive JPEG whose second scan comes so many times more."""
    first = data.index(b"\xff\xda")
    start = data.index(b"\xff\xda", first + 2)
    end = start + 2 + int.from_bytes(data[start + 2 : start + 4], "big")
    return data[:-2] + data[start:end] * times + data[-2:]


def chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_a_jpeg_of_many_scans_is_refused_and_a_usual_one_is_not() -> None:
    assert too_costly(PROGRESSIVE, "JPEG") == ""
    assert decode(PROGRESSIVE).format == "JPEG"
    with pytest.raises(PictureRefused, match="too many scans: over 64"):
        decode(repeated(PROGRESSIVE, 100_000))


def test_markers_in_a_thumbnail_or_behind_the_end_are_no_scans() -> None:
    hidden = b"\xff\xda" * 200
    app = b"\xff\xe2" + (len(hidden) + 2).to_bytes(2, "big") + hidden
    data = PROGRESSIVE[:2] + app + PROGRESSIVE[2:] + hidden
    assert too_costly(data, "JPEG") == ""
    assert decode(data).width == 64


def test_scans_behind_garbage_and_filled_markers_count() -> None:
    scan = b"\xff\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00garbage\xff\x00\xff\xd0"
    assert too_costly(PROGRESSIVE[:-2] + scan * 65, "JPEG")


def test_too_many_pieces_are_refused() -> None:
    png = encoded(NOISE)
    assert "chunks" in too_costly(png[:33] + chunk(b"aaAa", b"") * 30_000 + png[33:], "PNG")
    assert "segments" in too_costly(b"\xff\xd8" + b"\xff\xe1\x00\x02" * 30_000, "JPEG")
    tags = struct.pack("<H", 1) + struct.pack("<HHII", 324, 4, 4_000_000, 8)
    assert "tiles" in too_costly(b"II*\x00" + struct.pack("<I", 8) + tags, "TIFF")
    assert "images" in too_costly(b"\x00\x00\x01\x00\xff\xff", "ICO")


@pytest.mark.parametrize("format", ["GIF", "PNG"])
def test_of_an_animation_only_the_first_image_is_read(format: str) -> None:
    images = [Image.new("RGB", (8, 8), (number % 256, 99, number // 256)) for number in range(3_000)]
    images[0] = Image.new("RGB", (8, 8), RED)
    data = encoded(images[0], format, save_all=True, append_images=images[1:], duration=10)
    assert len(data) > 100_000
    picture = decode(data)
    assert picture.data == data
    assert picture.thumbnail.rgb[:3] == bytes(RED)
    if format == "GIF":
        assert len(first_frame(data)) < 2_000


def test_a_comment_of_megabytes_goes_with_the_other_frames() -> None:
    data = encoded(NOISE.quantize(16), "GIF", transparency=3)
    head = data.index(b"\x21")
    comment = b"\x21\xfe" + (b"\xff" + b"x" * 255) * 8_000 + b"\x00"
    bloated = data[:head] + comment + data[head:]
    assert len(first_frame(bloated)) <= len(data)
    assert decode(bloated).thumbnail == decode(data).thumbnail


@pytest.mark.parametrize("cut", range(0, 900, 7))
def test_a_gif_cut_anywhere_is_drawn_or_refused(cut: int) -> None:
    data = encoded(Image.effect_noise((30, 30), 50).quantize(16), "GIF")[:cut]
    assert isinstance(first_frame(data), bytes)
    try:
        decode(data)
    except PictureRefused as error:
        assert error.message


def test_an_icon_is_drawn_and_one_with_a_huge_picture_is_not() -> None:
    assert decode(encoded(Image.new("RGB", (64, 64), RED), "ICO")).width == 64
    png = encoded(Image.new("1", (9_000, 9_000)))
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(png), 22)
    with pytest.raises(PictureRefused, match="too many pixels"):
        decode(struct.pack("<HHH", 0, 1, 1) + entry + png)


async def test_one_picture_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    together = [0, 0]
    decoded = module._decoded

    def counting(*arguments: Any) -> Any:
        together[0] += 1
        together[1] = max(together)
        try:
            return decoded(*arguments)
        finally:
            together[0] -= 1

    monkeypatch.setattr(module, "_decoded", counting)
    block = ImageBlock("image/png", encoded(Image.effect_noise((600, 600), 50)))
    found = await asyncio.gather(*(first_pictures([block]) for _ in range(6)))
    assert all(found)
    assert together[1] == 1


async def test_a_cancelled_wait_ends_the_decoding_after_the_picture_at_hand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    tried: list[int] = []
    read = module._read

    def slow(data: bytes, *arguments: Any) -> Any:
        tried.append(len(data))
        begun.set()
        go_on.wait(20)
        return read(data, *arguments)

    monkeypatch.setattr(module, "_read", slow)
    block = ImageBlock("image/png", encoded(NOISE))
    first = asyncio.create_task(first_pictures([block] * 10))
    second = asyncio.create_task(first_pictures([block] * 10))
    await asyncio.to_thread(begun.wait, 20)
    for task in (first, second):
        task.cancel()
    await asyncio.wait([first, second])
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.get_running_loop().shutdown_default_executor()  # as at the end of the program
    assert len(tried) <= 2  # the one at hand, and one of the other result that may have had its turn


async def test_damaged_pictures_cost_no_more_than_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000))
    monkeypatch.setattr("time.thread_time", lambda: next(clock))
    damaged = ImageBlock("image/png", encoded(Image.effect_noise((64, 64), 50))[:-200])
    pictures, refused = found.decode_all([damaged] * 50)
    assert pictures == ()
    assert len(refused) == 3
