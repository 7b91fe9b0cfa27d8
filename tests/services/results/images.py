"""Pictures made on the spot, for the tests of results."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image

from services.results.endings import in_thread
from services.results.found_pictures import decode_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.results.content import Block
    from services.results.pictures import Picture

__all__ = ("COLOURS", "RED", "encoded", "first_pictures", "image_block", "moving", "png")

RED = (255, 0, 0)
COLOURS = [RED, (0, 255, 0), (0, 0, 255)]


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    """The image as a file."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png(width: int = 4, height: int = 4, color: Any = RED, mode: str = "RGB") -> bytes:
    """A PNG of one colour."""
    return encoded(Image.new(mode, (width, height), color))


def moving(kind: str, size: tuple[int, int] = (40, 30), frames: int = 3, **how: Any) -> bytes:
    """A picture that moves: frames of one colour each."""
    first, *rest = [Image.new("RGB", size, COLOURS[n % 3]) for n in range(frames)]
    told = {"duration": [40, 0, 300][:frames], "loop": 1, **how}
    return encoded(first, kind, save_all=True, append_images=rest, **told)


def image_block(data: bytes, mime_type: str = "image/png") -> dict[str, str]:
    """A content block as it stands on the wire."""
    return {"type": "image", "data": base64.b64encode(data).decode(), "mimeType": mime_type}


async def first_pictures(blocks: Sequence[Block]) -> tuple[Picture, ...]:
    """The pictures of some blocks, decoded in the thread of results."""
    pictures, _ = await in_thread(decode_all, blocks)
    return pictures
