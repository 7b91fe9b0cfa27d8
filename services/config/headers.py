"""The headers that a server's table may set: by name, and by what they hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.config.complaints import Complaint, Place

__all__ = ("bad_headers",)

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FRAMING = (
    *("connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer"),
    *("transfer-encoding", "upgrade"),
)
"""Headers that say where a message ends and whom it is for: a second one makes two messages of one."""
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


def bad_headers(
    headers: Mapping[str, str], place: Place, *, values: bool
) -> dict[tuple[str | int, ...], Complaint]:
    """The headers that cannot be sent, by table and name: they are left out with a warning."""
    bad = {}
    for name, value in headers.items():
        at = place.within(name)
        if not _HEADER_NAME.fullmatch(name):
            trouble = "is not a header name"
        elif name.lower() in _FRAMING:
            trouble = "is for HTTP itself to set"
        elif values and not _HEADER_VALUE.fullmatch(value):
            trouble = "holds characters that a header cannot carry"
        else:
            continue
        bad[at.path[at.depth :]] = at.complaint(f"{at.key} {trouble} and is not sent", "", "warning")
    return bad
