"""Pictures of results: decoded once with limits, shrunk for drawing.

A picture is decoded in a thread, to a thumbnail from which every size that a terminal can show is
made in a millisecond or two. The bytes come from strangers: refused by their number, by what `bombs`
sees, then by the number of pixels before any is decoded; one is decoded at a time, to save memory.
"""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Final, NamedTuple

from services.errors import JackfieldError
from services.results.bombs import first_frame, too_costly
from services.results.endings import is_over
from services.results.kinds import DRAWN, kind_of
from services.results.moving import is_animated
from services.results.png_chunks import without_side_notes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

__all__ = ("DAMAGE", "Picture", "PictureRefused", "Pixels", "decode", "decoding", "opaque", "shrunk")

DAMAGE: Final = (
    *(OSError, RuntimeError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError),
    *(struct.error, zlib.error),
)
"""Pillow's many ways of saying that bytes make no sense."""

MAX_BYTES: Final = 32 << 20
MAX_PIXELS: Final = 40_000_000
_SLOW: Final = {"AVIF": 16_000_000, "BMP": 16_000_000, "TIFF": 16_000_000, "ICO": 1_100_000}
"""Pixels of formats whose decoders take longer, or more memory, for the same size."""

_one_at_a_time: Final = threading.Lock()
_PATIENCE: Final = 0.1

_THUMBNAIL: Final = (512, 384)
_TINY: Final = 16  # pixels that smaller pictures are enlarged to: one would be a speck
_BACKGROUND: Final = (128, 128, 128)
"""Behind transparent parts: both black and white drawings show on it."""
_ORIENTATION: Final = 0x0112


class PictureRefused(JackfieldError):
    """Bytes that are no picture, a damaged one, or one that is too large."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture in a size to draw: rows of RGB triples from the top, `height` always even."""

    width: int
    height: int
    rgb: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was decoded, with its original bytes for saving."""

    block_index: int
    """Its place in the content list."""
    format: str
    """One of `kinds.DRAWN`."""
    width: int
    """Pixels, turned as the EXIF orientation says; so is `height`."""
    height: int
    byte_size: int
    mime_type: str
    data: bytes = field(repr=False)
    thumbnail: Pixels = field(repr=False)
    """The picture within 512×384 pixels; here the height may be odd."""
    moves: bool = False
    """Whether it has more than one frame; the first is shown, `animation` goes through all."""

    def pixels(self, columns: int, rows: int) -> Pixels | None:
        """The picture fitted into so many cells, each one pixel wide and two high; None for no cells."""
        if columns < 1 or rows < 1:
            return None
        from PIL import Image

        width, height = _fitted(self.thumbnail, columns, rows * 2)
        image = Image.frombytes("RGB", (self.thumbnail.width, self.thumbnail.height), self.thumbnail.rgb)
        larger = width > image.width or height > image.height
        resized = image.resize((width, height), Image.Resampling.NEAREST if larger else Image.Resampling.BOX)
        return Pixels(width, height, resized.tobytes())

    def part_pixels(self, crop: tuple[int, int, int, int], columns: int, rows: int) -> Pixels:
        """The part with this left, top, width and height, in its own pixels, over exactly so many cells."""
        from PIL import Image

        image = Image.frombytes("RGB", (self.thumbnail.width, self.thumbnail.height), self.thumbnail.rgb)
        left, top, width, height = crop
        across, down = image.width / self.width, image.height / self.height
        box = left * across, top * down, (left + width) * across, (top + height) * down
        size = columns, rows * 2
        return Pixels(*size, image.resize(size, Image.Resampling.BILINEAR, box).tobytes())


def decode(data: bytes, block_index: int = 0, mime_type: str = "") -> Picture:
    """The picture in these bytes; raises PictureRefused. Up to 0.3 s: not on the event loop."""
    kind = kind_of(data)
    if kind is None:
        raise PictureRefused("not an image" if data else "not an image: no bytes")
    if kind.name not in DRAWN:
        raise PictureRefused(f"unsupported format: {kind.name}")
    if len(data) > MAX_BYTES:
        raise PictureRefused(f"too many bytes: {len(data) / (1 << 20):.0f} MiB, at most {MAX_BYTES >> 20}")
    if why := too_costly(data, kind.name):
        raise PictureRefused(why)
    with decoding():
        small, width, height = _decoded(data, kind.name, _Wanted(_THUMBNAIL, _BACKGROUND))
    thumbnail = Pixels(small.width, small.height, small.tobytes())
    return Picture(
        block_index,
        kind.name,
        width,
        height,
        len(data),
        mime_type or kind.mime_type,
        data,
        thumbnail,
        is_animated(data, kind.name),
    )


def shrunk(data: bytes, name: str, within: tuple[int, int], ground: tuple[int, int, int] | None) -> Image:
    """The picture of a format within so many pixels, on a ground; not enlarged. Raises PictureRefused.

    Without a ground transparent parts stay as they are (`opaque`), in any mode that can be made RGB.
    For bytes that `decode` has accepted. Up to 0.4 s: not on the event loop.
    """
    with decoding():
        return _decoded(data, name, _Wanted(within, ground))[0]


class _Wanted(NamedTuple):
    """What a picture is decoded for."""

    within: tuple[int, int]
    ground: tuple[int, int, int] | None
    """The colour behind transparent parts; None leaves them."""


@contextmanager
def decoding() -> Iterator[None]:
    """Wait for one's turn to decode, for as long as somebody wants it; one is decoded at a time."""
    while not _one_at_a_time.acquire(timeout=_PATIENCE):
        if is_over():
            raise PictureRefused("it is no longer wanted")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _decoded(data: bytes, name: str, wanted: _Wanted) -> tuple[Image, int, int]:
    """The picture as wanted, and its own width and height."""
    data = first_frame(data) if name == "GIF" else data
    try:
        return _read(data, name, wanted)
    except PictureRefused:
        # A wrong checksum in a colour profile must not cost the picture.
        plain = without_side_notes(data)
        if plain is None:
            raise
        return _read(plain, name, wanted)


def _read(data: bytes, name: str, wanted: _Wanted) -> tuple[Image, int, int]:
    from PIL import Image, UnidentifiedImageError

    # Pillow warns of odd files; a warning would end up on the person's terminal.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        with Image.open(BytesIO(data), formats=(name,)) as image:
            most = _SLOW.get(name, MAX_PIXELS)
            if image.width * image.height > most:
                raise _too_many_pixels(f"{image.width}×{image.height}", most)
            size = image.size
            small, turned = _shrunk(image, wanted)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels("over 89 million") from error
    except UnidentifiedImageError as error:
        raise PictureRefused(f"truncated or damaged: no readable {name} header") from error
    except MemoryError as error:
        raise _too_many_pixels("more than the memory holds") from error
    except DAMAGE as error:
        what = "truncated" if "truncated" in str(error) else "truncated or damaged"
        raise PictureRefused(f"{what} {name} data") from error
    return small, *(size[::-1] if turned else size)


def _too_many_pixels(how_many: str, most: int = MAX_PIXELS) -> PictureRefused:
    return PictureRefused(f"too many pixels: {how_many}, at most {most // 1_000_000} million")


def _shrunk(image: ImageFile, wanted: _Wanted) -> tuple[Image, bool]:
    """The picture made small, and whether it lies on its side as against the file."""
    image.draft("RGB", wanted.within)  # JPEG only: decodes at a half, a quarter or an eighth of the size
    image.load()
    orientation = _orientation(image)
    small = _plain(image, wanted.within)
    small.thumbnail(wanted.within[::-1] if orientation > 4 else wanted.within, reducing_gap=2.0)
    small = small if wanted.ground is None else opaque(small, wanted.ground)
    return _turned(small, orientation), orientation > 4


def _orientation(image: ImageFile) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, LookupError, TypeError, ArithmeticError, struct.error):
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _plain(image: Image, within: tuple[int, int]) -> Image:
    """The picture in a mode that can be shrunk: 8 bits a channel and no palette."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode == "RGBA":
        return _reduced(image, within)
    if image.mode in ("L", "RGB", "RGBA", "CMYK") and "transparency" not in image.info:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _reduced(image: Image, within: tuple[int, int]) -> Image:
    """A large RGBA picture at a fraction of its size, strip by strip.

    Shrinking with alpha costs ten times as much as without, and most screenshots have an alpha
    channel that says nothing. Looking at it whole would hold the GIL.
    """
    from PIL import Image as images

    factor = min(image.width // within[0], image.height // within[1]) // 2
    if factor < 2:
        return image
    rows = max(1, (1 << 20) // (image.width * factor)) * factor
    reduced = images.new("RGBA", (-(-image.width // factor), -(-image.height // factor)))
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        if strip.getchannel("A").getextrema() == (255, 255):
            strip = strip.convert("RGB")
        reduced.paste(strip.reduce(factor), (0, top // factor))
    return reduced


def opaque(image: Image, ground: tuple[int, int, int]) -> Image:
    """The image as RGB, on a ground where it is transparent."""
    from PIL import Image as images

    if image.mode != "RGBA":
        return image.convert("RGB")
    background = images.new("RGBA", image.size, (*ground, 255))
    return images.alpha_composite(background, image).convert("RGB")


def _turned(image: Image, orientation: int) -> Image:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _fitted(original: Pixels, width: int, height: int) -> tuple[int, int]:
    """The largest size of the same shape within the box, but not larger than life; height even."""
    scale = min(width / original.width, height / original.height)
    if scale > 1:
        scale = max(1, min(int(scale), _TINY // max(original.width, original.height)))
    fitted = min(height, max(2, round(original.height * scale / 2) * 2))
    return min(width, max(1, round(original.width * scale))), fitted
