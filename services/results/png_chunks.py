"""Making a PNG readable whose side notes are damaged: colour profiles, text, times.

Browsers draw such files; Pillow refuses them at the first wrong checksum. What a picture needs is
in its critical chunks and `tRNS`; everything else may go. Source: ISO/IEC 15948, 5.3 and 5.4.
"""

from __future__ import annotations

import struct

__all__ = ("without_side_notes",)

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NEEDED = (b"tRNS",)


def without_side_notes(data: bytes) -> bytes | None:
    """The picture with only the chunks it is drawn from; None when it is no PNG or nothing goes."""
    if not data.startswith(_SIGNATURE):
        return None
    kept = [_SIGNATURE]
    position = len(_SIGNATURE)
    dropped = False
    while position + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind = data[position + 4 : position + 8]
        end = position + 12 + length
        critical = not kind[0] & 0x20
        if critical or kind in _NEEDED:
            kept.append(data[position:end])
        else:
            dropped = True
        position = end
    return b"".join(kept) if dropped else None
