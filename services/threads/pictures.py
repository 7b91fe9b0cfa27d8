"""Pictures that a driver says something with."""

from __future__ import annotations

import base64
import binascii

from services.errors import InvalidArguments
from services.model.answers import IMAGE_TYPES, Image
from services.results.kinds import kind_of

__all__ = ("picture", "picture_in")


def picture(url: str) -> Image:
    """The picture of a `data:` URL. Raises InvalidArguments."""
    head, comma, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64") or not comma:
        raise InvalidArguments("a picture is given as a data: URL in base64")
    return picture_in(data)


def picture_in(data: str) -> Image:
    """The picture that a text in base64 is. Raises InvalidArguments."""
    try:
        found = base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidArguments("the picture is not base64") from error
    kind = kind_of(found)
    if kind is None or kind.mime_type not in IMAGE_TYPES:
        raise InvalidArguments("not a picture that a model accepts", hint="PNG, JPEG, GIF and WebP are.")
    return Image(kind.mime_type, found)
