"""Strict base64, a piece at a time so that a thread decoding 50 MB gives the GIL back in between."""

from __future__ import annotations

import binascii
from io import BytesIO
from typing import Final

__all__ = ("MAX_BYTES", "BrokenBase64", "decode_base64")

MAX_BYTES: Final = 64 << 20
_PIECE: Final = 1 << 18
_SPACE: Final = b" \t\r\n"


class BrokenBase64(ValueError):
    """Text that is not base64 (RFC 4648, section 4, padded); says why in one plain line."""


def decode_base64(text: str) -> bytes:
    """The bytes; line breaks and spaces are passed over. Raises BrokenBase64."""
    if text.startswith("data:"):
        raise BrokenBase64("broken base64: a data: URL instead of its content")
    decoded = BytesIO()
    rest, padded = b"", False
    for start in range(0, len(text), _PIECE):
        piece = _ascii(text[start : start + _PIECE]).translate(None, _SPACE)
        if padded and piece:
            raise BrokenBase64("broken base64: data after the padding")
        rest += piece
        whole = len(rest) // 4 * 4
        decoded.write(_decoded(rest[:whole]))
        padded = padded or rest[:whole].endswith(b"=")
        rest = rest[whole:]
        if decoded.tell() > MAX_BYTES:
            raise BrokenBase64(f"refused: more than {MAX_BYTES >> 20} MiB")
    if rest:
        raise BrokenBase64("broken base64: it ends early or its padding is missing")
    return decoded.getvalue()


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise BrokenBase64("broken base64: characters outside ASCII") from error


def _decoded(data: bytes) -> bytes:
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error as error:
        raise BrokenBase64(f"broken base64: {str(error).lower()}") from error
