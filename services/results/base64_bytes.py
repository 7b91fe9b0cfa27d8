"""Base64, a piece at a time so that a thread decoding 50 MB gives the GIL back in between.

What servers send in its place is read too, and said: the alphabet of URLs (RFC 4648, section 5), a
`data:` URL (RFC 2397).
"""

from __future__ import annotations

import binascii
import re
from io import BytesIO
from typing import Final, NamedTuple

__all__ = ("MAX_BYTES", "BrokenBase64", "Decoded", "decode_base64", "read_base64")

MAX_BYTES: Final = 64 << 20
_PIECE: Final = 1 << 18
_SPACE: Final = b" \t\r\n"
_DATA_URL: Final = re.compile(r"data:([^;,]{0,200})(?:;[^;,]{1,200}){0,8}?;base64,", re.IGNORECASE)
_URL_SAFE: Final = bytes.maketrans(b"-_", b"+/")


class BrokenBase64(ValueError):
    """Text that is not base64 (RFC 4648, section 4, padded); says why in one plain line."""


class Decoded(NamedTuple):
    """Bytes that were base64."""

    data: bytes
    mime_type: str = ""
    """The type that a `data:` URL names."""
    remark: str = ""
    """How the text departs from base64, where it was read all the same."""


def read_base64(text: str) -> Decoded:
    """The bytes of base64, and of what servers send in its place. Raises BrokenBase64."""
    if url := _DATA_URL.match(text):
        return Decoded(_bytes(text, url.end()), url[1].strip(), "a data: URL instead of its content")
    if "-" in text or "_" in text:
        return Decoded(_bytes(text, 0, _URL_SAFE), remark="base64url instead of base64")
    return Decoded(decode_base64(text))


def decode_base64(text: str) -> bytes:
    """The bytes; line breaks and spaces are passed over. Raises BrokenBase64."""
    if text.startswith("data:"):
        raise BrokenBase64("broken base64: a data: URL without base64")
    return _bytes(text, 0)


def _bytes(text: str, begin: int, alphabet: bytes | None = None) -> bytes:
    """What stands from `begin` on; in the other alphabet the padding may be left out."""
    decoded = BytesIO()
    rest, padded = b"", False
    for start in range(begin, len(text), _PIECE):
        piece = _ascii(text[start : start + _PIECE]).translate(alphabet, _SPACE)
        if padded and piece:
            raise BrokenBase64("broken base64: data after the padding")
        rest += piece
        whole = len(rest) // 4 * 4
        decoded.write(_decoded(rest[:whole]))
        padded = padded or rest[:whole].endswith(b"=")
        rest = rest[whole:]
        if decoded.tell() > MAX_BYTES:
            raise BrokenBase64(f"refused: more than {MAX_BYTES >> 20} MiB")
    if rest and alphabet is not None and not padded:
        decoded.write(_decoded(rest + b"=" * (-len(rest) % 4)))
    elif rest:
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
