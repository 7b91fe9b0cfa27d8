"""Pictures that move: one frame after the other, each a picture of its own, within limits.

Nothing is decoded ahead and nothing kept, so an hour of it takes as much memory as a second.
"""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from services.results.bombs import gif_images
from services.results.pictures import DAMAGE, PictureRefused, decode, decoding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.ImageFile import ImageFile

    from services.results.pictures import Picture

__all__ = ("MAX_FRAMES", "Frame", "Frames")

MAX_FRAMES: Final = 1_000
"""Frames of a picture that are shown; then it begins anew."""
MAX_BYTES: Final = 16 << 20
MAX_PIXELS: Final = 2_500_000
"""Of one frame: more is not decoded and encoded several times a second."""
MAX_SHOWN: Final = 20_000
"""Frames that are shown in one go, about half an hour: then nobody is looking any more."""
_SHORTEST, _USUAL, _LONGEST = 0.02, 0.1, 10.0
"""Seconds of a frame. What says less than the shortest means nothing by it: browsers take the usual."""


class Frame(NamedTuple):
    """One picture of a picture that moves."""

    picture: Picture
    seconds: float
    """How long it is to be seen."""


class Frames:
    """Goes through a picture from its beginning, as often as its file says. For threads, one at a time."""

    def __init__(self, picture: Picture) -> None:
        self.refused = ""
        """Why no more is shown, where that is not the end of it."""
        self._picture = picture
        self._image: ImageFile | None = None
        self._place = -1
        self._shown = self._rounds = 0

    def next(self) -> Frame | None:
        """The next frame; None after the last, and where no more can be shown. Not on the event loop."""
        if self.refused or self._shown >= MAX_SHOWN:
            return None
        try:
            return self._next()
        except PictureRefused as refused:
            self.refused = str(refused)
            return None

    def _next(self) -> Frame | None:
        if self._image is None and (why := _too_large(self._picture)):
            raise PictureRefused(why)
        with decoding(), _refusing():
            image = self._image = self._image or _opened(self._picture)
            if not self._advance(image):
                return None
            self._shown += 1
            data, seconds = _png(image), _seconds(image)
        return Frame(decode(data, self._picture.block_index), seconds)

    def _advance(self, image: ImageFile) -> bool:
        """Go to the next frame, or from the last to the first; False where it is over."""
        if self._place + 1 < MAX_FRAMES and self._seek(image, self._place + 1):
            return True
        self._rounds += 1
        most = image.info.get("loop", 1)
        return self._place > 0 and (not most or self._rounds < most) and self._seek(image, 0)

    def _seek(self, image: ImageFile, place: int) -> bool:
        try:
            image.seek(place)
        except EOFError:
            return False
        self._place = place
        return True


def _too_large(picture: Picture) -> str:
    if len(picture.data) > MAX_BYTES:
        return f"too many bytes to play: at most {MAX_BYTES >> 20} MiB"
    sizes = islice(gif_images(picture.data), MAX_FRAMES) if picture.format == "GIF" else ()
    if any(width * height > MAX_PIXELS for width, height in ((picture.width, picture.height), *sizes)):
        return f"too many pixels to play: at most {MAX_PIXELS / 1e6:.1f} million"
    return ""


def _opened(picture: Picture) -> ImageFile:
    from PIL import Image

    return Image.open(BytesIO(picture.data), formats=(picture.format,))


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (*DAMAGE, MemoryError) as error:
        raise PictureRefused("a later frame is truncated or damaged") from error


def _seconds(image: ImageFile) -> float:
    told = image.info.get("duration", 0)
    seconds = told / 1_000 if isinstance(told, int | float) else 0.0
    return min(seconds, _LONGEST) if seconds >= _SHORTEST else _USUAL


def _png(image: ImageFile) -> bytes:
    file = BytesIO()
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    exif = image.info.get("exif")  # says how it lies: frames lie as the picture does
    plain.save(file, "PNG", compress_level=1, exif=exif if isinstance(exif, bytes) else b"")
    return file.getvalue()
