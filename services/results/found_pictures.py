"""Which blocks of a result hold a picture, and how many of those are decoded."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from services.results.content import EmbeddedResource, ImageBlock
from services.results.endings import is_over
from services.results.kinds import DRAWN, kind_of
from services.results.pictures import PictureRefused, decode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.results.content import Block
    from services.results.pictures import Picture

__all__ = ("decode_all",)

MAX_PICTURES: Final = 16
"""Pictures decoded of one result; the first always, the others within the next two limits too."""
MAX_TOTAL_BYTES: Final = 64 << 20
MAX_TOTAL_PIXELS: Final = 60_000_000
MAX_SECONDS: Final = 3.0
"""Of the processor, with those that are refused: after them no further one is begun."""


def decode_all(blocks: Sequence[Block]) -> tuple[tuple[Picture, ...], dict[int, str]]:
    """Every picture among the blocks, in order, and why the others are none, by their places.

    What does not decode is passed over. Beyond 16 pictures, 64 MiB, 60 megapixels or 3 s nothing more
    is decoded, nor when nobody waits any more: the blocks are there to be saved.
    """
    pictures: list[Picture] = []
    refused: dict[int, str] = {}
    spent_bytes = spent_pixels = 0
    begun = time.thread_time()
    for index, data, mime_type in _candidates(blocks):
        if is_over() or time.thread_time() - begun > MAX_SECONDS:
            break
        if pictures and (spent_bytes + len(data) > MAX_TOTAL_BYTES or spent_pixels > MAX_TOTAL_PIXELS):
            break
        try:
            picture = decode(data, index, mime_type)
        except PictureRefused as error:
            if _says_image(blocks[index]):
                refused[index] = error.message
            continue
        pictures.append(picture)
        spent_bytes += len(data)
        spent_pixels += picture.width * picture.height
        if len(pictures) == MAX_PICTURES:
            break
    return tuple(pictures), refused


def _candidates(blocks: Sequence[Block]) -> list[tuple[int, bytes, str]]:
    return [
        (index, block.data, block.mime_type)
        for index, block in enumerate(blocks)
        if isinstance(block, ImageBlock | EmbeddedResource) and block.data and _may_be_image(block)
    ]


def _may_be_image(block: ImageBlock | EmbeddedResource) -> bool:
    """Whether its type says so, or its first bytes do."""
    if _says_image(block):
        return True
    kind = kind_of(block.data or b"")
    return kind is not None and kind.name in DRAWN


def _says_image(block: Block) -> bool:
    return isinstance(block, ImageBlock) or (
        isinstance(block, EmbeddedResource) and block.mime_type.lower().startswith("image/")
    )
