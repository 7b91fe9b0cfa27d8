"""Where a server is, for people: its command line or URL with secrets masked."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from services.secrecy.secrets import masked_arguments
from services.secrecy.urls import masked_url
from services.text import one_line

if TYPE_CHECKING:
    from services.settings import ServerSettings

__all__ = ("masked_address",)


def masked_address(settings: ServerSettings) -> str:
    """The command line or the URL in one printable line; what looks like a secret is masked."""
    if settings.transport == "stdio":
        words = (settings.command, *masked_arguments(settings.args))
        return one_line(shlex.join(word for word in words if word), 300)
    return one_line(masked_url(settings.url, all_values=True), 300)
