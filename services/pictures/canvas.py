"""Pictures in exactly the pixels that they are shown in, on the colour of the ground."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import TYPE_CHECKING, Final

from services.results.pictures import opaque, shrunk

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ("Canvas", "png")

MAX_PNG: Final = 2 << 20
"""Bytes of a picture that is sent to a terminal; above, it is sent with fewer colours, then smaller."""
_REST_OF_CELL: Final = 40
"""Pixels that may be left over at an edge, since cells are whole."""
_ANY_SIZE: Final = (1 << 16, 1 << 16)
_STRIP: Final = 1 << 20
"""Pixels that are put on the ground at a time; doing so takes three times their memory."""

_Size = tuple[int, int]
_Rgb = tuple[int, int, int]


class Canvas:
    """One picture; keeps it decoded as long as parts of it are looked at. For threads."""

    def __init__(self, data: bytes, name: str) -> None:
        """Takes bytes of a format of `kinds.DRAWN` that were decoded before."""
        self._data, self._name = data, name
        self._whole: Image | None = None
        self._lock = threading.Lock()

    def fitted(self, size: _Size, ground: _Rgb) -> Image:
        """The whole picture as large as it fits, at the top left; raises PictureRefused."""
        return _spread(shrunk(self._data, self._name, size, ground), size, ground)

    def cropped(self, crop: tuple[int, int, int, int], size: _Size, ground: _Rgb) -> Image:
        """The part with this left, top, width and height over all of it; raises PictureRefused.

        Stretched by less than a cell where that is needed, but not at a whole scale: there it is clear.
        """
        with self._lock:
            if self._whole is None:
                self._whole = shrunk(self._data, self._name, _ANY_SIZE, None)
            whole = self._whole
        part = _cut(whole, crop, ground)
        return _spread(part, size, ground) if _is_clear(part, whole, size) else _resized(part, size)


def _cut(whole: Image, crop: tuple[int, int, int, int], ground: _Rgb) -> Image:
    """A part of a picture, on the ground."""
    from PIL import Image as images

    left, top, width, height = crop
    part, rows = images.new("RGB", (width, height)), max(1, _STRIP // width)
    for done in range(0, height, rows):
        strip = whole.crop((left, top + done, left + width, top + min(done + rows, height)))
        part.paste(opaque(strip, ground), (0, done))
    return part


def _is_clear(part: Image, whole: Image, size: _Size) -> bool:
    """Whether a whole scale fills the size, but for the rest of a cell where the picture itself ends."""
    scale = round(min(size[0] / part.width, size[1] / part.height))
    return scale > 0 and all(
        room == own * scale or (own == most and 0 < room - own * scale < _REST_OF_CELL)
        for room, own, most in zip(size, part.size, whole.size, strict=True)
    )


def _resized(image: Image, size: _Size) -> Image:
    from PIL import Image as images

    if size == image.size:
        return image
    how = images.Resampling.NEAREST if size[0] >= image.width * 2 else images.Resampling.BICUBIC
    return image.resize(size, how, reducing_gap=2.0)


def _spread(image: Image, size: _Size, ground: _Rgb) -> Image:
    from PIL import Image as images

    scale = _whole(min(size[0] / image.width, size[1] / image.height), max(image.size))
    image = _resized(image, (max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    if image.size == size:
        return image
    canvas = images.new("RGB", size, ground)
    canvas.paste(image, (0, 0))
    return canvas


def _whole(scale: float, length: int) -> float:
    """The scale; a whole number where only the rest of a cell is missing from that, for a clear picture."""
    whole = round(scale)
    return whole if whole and 0 < (scale - whole) * length < _REST_OF_CELL else scale


def png(image: Image) -> tuple[bytes, _Size]:
    """An image as PNG of a bounded size, and the pixels that it has there; 40 ms for 800×600."""
    data = _saved(image)
    if len(data) > MAX_PNG:
        data = _saved(image.quantize(256))
    while len(data) > MAX_PNG:
        image = image.reduce(2)
        data = _saved(image)
    return data, image.size


def _saved(image: Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()
