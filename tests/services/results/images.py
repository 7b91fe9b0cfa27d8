"""Pictures made on the spot, for the tests of results."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from PIL import Image

__all__ = ("RED", "encoded", "image_block", "png")

RED = (255, 0, 0)


def encoded(image: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    """The image as a file."""
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def png(width: int = 4, height: int = 4, color: Any = RED, mode: str = "RGB") -> bytes:
    """A PNG of one colour."""
    return encoded(Image.new(mode, (width, height), color))


def image_block(data: bytes, mime_type: str = "image/png") -> dict[str, str]:
    """A content block as it stands on the wire."""
    return {"type": "image", "data": base64.b64encode(data).decode(), "mimeType": mime_type}
