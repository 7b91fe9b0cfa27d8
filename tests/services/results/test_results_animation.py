"""Pictures that move, frame by frame, and those that are not played."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from services.results import animation
from services.results.pictures import decode
from tests.services.results.images import COLOURS, moving


def _middle(picture: Any) -> Any:
    return Image.open(BytesIO(picture.data)).convert("RGB").getpixel((20, 15))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_frames_come_in_their_order_for_their_time(kind: str) -> None:
    how: dict[str, Any] = {"lossless": True} if kind == "WEBP" else {}
    picture = decode(moving(kind, **how))
    assert picture.moves
    frames = animation.Frames(picture)
    seen: list[animation.Frame] = []
    while len(seen) < 9 and (frame := frames.next()) is not None:
        seen.append(frame)
    assert [_middle(frame.picture) for frame in seen][:3] == COLOURS
    assert [frame.seconds for frame in seen][:3] == [0.04, 0.1, 0.3], "0 ms are as in browsers"
    assert {(frame.picture.width, frame.picture.height) for frame in seen} == {(40, 30)}
    assert len(seen) in (3, 6), "as often as the file says"
    assert not frames.refused


def test_what_plays_for_ever_ends_after_a_long_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animation, "MAX_SHOWN", 8)
    frames = animation.Frames(decode(moving("GIF", loop=0)))
    seen = [frame for _ in range(20) if (frame := frames.next()) is not None]
    assert [_middle(frame.picture) for frame in seen] == (COLOURS * 3)[:8]


def test_frames_above_the_limit_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(animation, "MAX_FRAMES", 2)
    frames = animation.Frames(decode(moving("GIF", loop=0)))
    seen = [_middle(frame.picture) for _ in range(4) if (frame := frames.next()) is not None]
    assert seen == COLOURS[:2] * 2


def _with_a_giant_frame(data: bytes) -> bytes:
    """The last image of a GIF made larger than the picture."""
    start = data.rindex(b"\x2c\0\0\0\0")
    return data[: start + 5] + b"\xff\xff\xff\x7f" + data[start + 9 :]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (moving("GIF", size=(2_000, 1_600), frames=2, duration=50), "too many pixels"),
        (moving("GIF") + bytes(17 << 20), "too many bytes"),
        (_with_a_giant_frame(moving("GIF", frames=2, duration=50)), "too many pixels"),
    ],
    ids=["pixels", "bytes", "pixels of a later frame"],
)
def test_what_is_too_large_is_named(data: bytes, why: str) -> None:
    frames = animation.Frames(decode(data))
    assert frames.next() is None
    assert why in frames.refused


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_a_damaged_frame_ends_it(kind: str) -> None:
    data = moving(kind, size=(90, 70), duration=50)
    frames = animation.Frames(decode(data[: len(data) * 2 // 3]))
    assert len([frame for _ in range(9) if (frame := frames.next()) is not None]) < 9


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "JPEG", "BMP"])
def test_a_still_picture_does_not_move(kind: str) -> None:
    file = BytesIO()
    Image.new("RGB", (40, 30), COLOURS[0]).save(file, kind)
    assert not decode(file.getvalue()).moves


def test_frames_lie_as_the_picture_does() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(moving("WEBP", exif=exif))
    frame = animation.Frames(picture).next()
    assert frame is not None
    assert (frame.picture.width, frame.picture.height) == (picture.width, picture.height) == (30, 40)
