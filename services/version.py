"""Which Jackfield this is, and how it names itself to others."""

from __future__ import annotations

TYPE_CHECKING = False  # the module typing alone would cost 5 ms
if TYPE_CHECKING:
    from typing import Final

__all__ = ("USER_AGENT", "VERSION")

VERSION: Final = "0.1.0"
USER_AGENT: Final = f"jackfield/{VERSION}"
"""The `User-Agent` of every request, logins included, where the configuration names none."""
