"""Pictures in exactly the pixels that they are shown in, on the colour of the ground."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import TYPE_CHECKING, Final

from services.results.pictures import shrunk

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ("Canvas", "png")

MAX_PNG: Final = 2 << 20
"""Bytes of a picture that is sent to a terminal; above, it is sent with fewer colours, then smaller."""
_REST_OF_CELL: Final = 40
"""Pixels that may be left over at an edge, since cells are whole."""
_ANY_SIZE: Final = (1 << 16, 1 << 16)

_Size = tuple[int, int]
_Rgb = tuple[int, int, int]


class Canvas:
    """One picture; keeps it decoded as long as parts of it are looked at. For threads."""

    def __init__(self, data: bytes, name: str) -> None:
        """Takes bytes of a format of `kinds.DRAWN` that were decoded before."""
        self._data, self._name = data, name
        self._whole: tuple[_Rgb, Image] | None = None
        self._lock = threading.Lock()

    def fitted(self, size: _Size, ground: _Rgb) -> Image:
        """The whole picture as large as it fits, at the top left; raises PictureRefused."""
        return _spread(shrunk(self._data, self._name, size, ground), size, ground)

    def cropped(self, crop: tuple[int, int, int, int], size: _Size, ground: _Rgb) -> Image:
        """The part with this left, top, width and height as large as it fits; raises PictureRefused."""
        with self._lock:
            if self._whole is None or self._whole[0] != ground:
                self._whole = ground, shrunk(self._data, self._name, _ANY_SIZE, ground)
            whole = self._whole[1]
        left, top, width, height = crop
        return _spread(whole.crop((left, top, left + width, top + height)), size, ground)


def _spread(image: Image, size: _Size, ground: _Rgb) -> Image:
    from PIL import Image as images

    scale = _whole(min(size[0] / image.width, size[1] / image.height), max(image.size))
    spread = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    if spread != image.size:
        how = images.Resampling.NEAREST if scale >= 2 else images.Resampling.BICUBIC
        image = image.resize(spread, how, reducing_gap=2.0)
    if spread == size:
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
