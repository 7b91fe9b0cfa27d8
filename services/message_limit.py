"""How large one message may be, and how its refusal is worded."""

from __future__ import annotations

from typing import Final

__all__ = ("MAX_MESSAGE", "over_limit")

MAX_MESSAGE: Final = 64 << 20
"""Bytes of one message from a server, on every transport."""


def over_limit(size: str = "") -> str:
    """That a message was refused; `size` is a phrase that stands behind it, such as `of 90 MiB`."""
    return f"message {size + ' ' if size else ''}refused: over the limit of {MAX_MESSAGE >> 20} MiB"
