"""Where a server is, for people: its command line or URL with secrets masked."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from services.text import one_line

if TYPE_CHECKING:
    from services.settings import ServerSettings

__all__ = ("MASK", "masked_address")

MASK: Final = "*****"

_SECRET: Final = re.compile(
    r"(?i)((?:api[-_]?key|token|secret|password|passwd|authorization)[^=\s]{0,20}[=:])(.+)"
)


def masked_address(settings: ServerSettings) -> str:
    """The command line or the URL in one printable line; what looks like a secret is masked."""
    if settings.transport == "stdio":
        words = (settings.command, *settings.args)
        return one_line(shlex.join(_SECRET.sub(rf"\1{MASK}", word) for word in words if word), 300)
    parts = urlsplit(settings.url)
    host = parts.netloc.rpartition("@")[2]
    query = re.sub(r"=[^&]*", f"={MASK}", parts.query)
    return one_line(urlunsplit((parts.scheme, host, parts.path, query, "")), 300)
