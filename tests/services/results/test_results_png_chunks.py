"""A PNG with damaged side notes is still a picture; one with damaged pixels is not."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from services.results.pictures import PictureRefused, decode


def png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (20, 10), (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


def with_chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    """The picture with one more chunk behind the header."""
    data = png()
    chunk = struct.pack(">I", len(body)) + kind + body
    chunk += struct.pack(">I", zlib.crc32(kind + body) if checksum is None else checksum)
    return data[:33] + chunk + data[33:]


def test_a_wrong_checksum_in_a_colour_profile_does_not_cost_the_picture() -> None:
    picture = decode(with_chunk(b"iCCP", b"profile\0\0junk", checksum=1))
    assert (picture.width, picture.height) == (20, 10)
    pixels = picture.pixels(20, 10)
    assert pixels is not None
    assert tuple(pixels.rgb[:3]) == (200, 30, 30)


def test_damaged_pixels_are_refused() -> None:
    data = bytearray(png())
    data[-30] ^= 0xFF
    with pytest.raises(PictureRefused):
        decode(bytes(data))
