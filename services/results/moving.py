"""Whether a picture moves, told from its bytes without decoding any."""

from __future__ import annotations

from itertools import islice

from services.results.bombs import gif_images

__all__ = ("is_animated",)

_VP8X, _ANIMATION = b"VP8X", 0x02


def is_animated(data: bytes, name: str) -> bool:
    """Whether a GIF, WebP or PNG has more than one frame to show."""
    match name:
        case "GIF":
            return sum(1 for _ in islice(gif_images(data), 2)) > 1
        case "WEBP":  # RFC 9649, 2.7
            return data[12:16] == _VP8X and len(data) > 20 and bool(data[20] & _ANIMATION)
        case "PNG":  # APNG: the chunk acTL before the first IDAT
            return 0 < data.find(b"acTL", 8, 4_096) < data.find(b"IDAT", 8)
        case _:
            return False
