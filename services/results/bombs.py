"""Pictures whose decoding would take minutes or never end, told before any of it is decoded.

Cost of a picture is bounded by its bytes and its pixels only where each is looked at once. A JPEG may
go over all pixels again in each of its scans (ISO/IEC 10918-1, B.2.1); a PNG, a GIF or a TIFF may
consist of millions of pieces, each a turn of Python's. Walking over them is a matter of milliseconds.
"""

from __future__ import annotations

import re
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("first_frame", "gif_images", "too_costly")

MOST_SCANS: Final = 64
"""Of a JPEG: what encoders make has twelve at most, a small one costs 4 ms at 40 million pixels."""
MOST_PIECES: Final = 20_000
"""Chunks of a PNG, segments of a JPEG, tiles of a TIFF, images of an ICO."""

_MARKER: Final = re.compile(rb"\xff+([^\x00\xff])")
_ALONE: Final = frozenset((0x01, *range(0xD0, 0xD9)))
"""Markers of a JPEG that nothing belongs to."""
_SCAN: Final = 0xDA
_END: Final = 0xD9
_PNG: Final = re.compile(rb"\x89PNG\r\n\x1a\n")
_MOST_ICONS: Final = 256
_LARGEST_ICON: Final = 1_024
_TILES: Final = (273, 324)
"""`StripOffsets` and `TileOffsets` of a TIFF."""


def too_costly(data: bytes, kind: str) -> str:
    """Why these bytes are not decoded, or nothing."""
    walk = _WALKS.get(kind)
    return walk(data) if walk is not None else ""


def first_frame(data: bytes) -> bytes:
    """A GIF with its first image alone, and what that needs; the same bytes for what is no proper GIF."""
    try:
        return _first_frame(data)
    except (IndexError, struct.error):
        return data


def _jpeg(data: bytes) -> str:
    position = pieces = scans = 0
    while marker := _MARKER.search(data, position):
        position, code = marker.end(), marker[1][0]
        if code == _END:
            break
        if code in _ALONE:
            continue
        pieces += 1
        scans += code == _SCAN
        if scans > MOST_SCANS:
            return f"too many scans: over {MOST_SCANS}"
        if pieces > MOST_PIECES:
            return _too_many("segments")
        position += int.from_bytes(data[position : position + 2], "big")
    return ""


def _png(data: bytes) -> str:
    position, pieces = 8, 0
    while position + 8 <= len(data):
        pieces += 1
        if pieces > MOST_PIECES:
            return _too_many("chunks")
        position += 12 + int.from_bytes(data[position : position + 4], "big")
    return ""


def _tiff(data: bytes) -> str:
    order = "<" if data[:1] == b"I" else ">"
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (entries,) = struct.unpack_from(f"{order}H", data, start)
        for entry in range(entries):
            tag, _, count = struct.unpack_from(f"{order}HHI", data, start + 2 + entry * 12)
            if tag in _TILES and count > MOST_PIECES:
                return _too_many("tiles")
    except struct.error:
        return ""  # whoever decodes it will say so
    return ""


def _ico(data: bytes) -> str:
    """A PNG in it says its own size, up to 256×256 in a proper one."""
    if int.from_bytes(data[4:6], "little") > _MOST_ICONS:
        return f"too many images: over {_MOST_ICONS}"
    for start in _PNG.finditer(data):
        width, height = data[start.end() + 8 : start.end() + 12], data[start.end() + 12 : start.end() + 16]
        if max(int.from_bytes(width, "big"), int.from_bytes(height, "big")) > _LARGEST_ICON:
            return f"too many pixels: an icon above {_LARGEST_ICON}×{_LARGEST_ICON}"
    return ""


_WALKS: Final[dict[str, Callable[[bytes], str]]] = {"JPEG": _jpeg, "PNG": _png, "TIFF": _tiff, "ICO": _ico}


def _too_many(pieces: str) -> str:
    return f"too many {pieces}: over {MOST_PIECES:,}"


def gif_images(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each image of a GIF ends to the right and below; it may lie outside of the picture."""
    with suppress(IndexError, struct.error):
        position = 13 + _colours(data[10])
        while True:
            position, _ = _behind_extensions(data, position)
            if data[position] != 0x2C:
                return
            left, top, width, height = struct.unpack_from("<4H", data, position + 1)
            yield left + width, top + height
            position = _image_end(data, position)


def _first_frame(data: bytes) -> bytes:
    head = 13 + _colours(data[10])
    position, control = _behind_extensions(data, head)
    if data[position] != 0x2C:
        return data[:head] + b";"
    return b"".join((data[:head], control, data[position : _image_end(data, position)], b";"))


def _behind_extensions(data: bytes, position: int) -> tuple[int, bytes]:
    """Where the next image begins, and the graphic control extension before it."""
    control = b""
    while data[position] == 0x21:
        end = _blocks_end(data, position + 2)
        if data[position + 1] == 0xF9:
            control = data[position:end]
        position = end
    return position, control


def _image_end(data: bytes, position: int) -> int:
    return _blocks_end(data, position + 11 + _colours(data[position + 9]))


def _colours(flags: int) -> int:
    """Bytes of a table of colours, where the flags say that there is one."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks_end(data: bytes, position: int) -> int:
    """Where a row of blocks is over, each behind its length; at the end of the bytes at the latest."""
    while position < len(data) and (length := data[position]):
        position += length + 1
    return min(position + 1, len(data))
