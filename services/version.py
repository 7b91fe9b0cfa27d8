"""Which Jackfield this is, and how it names itself to others."""

from __future__ import annotations

from typing import Final

__all__ = ("USER_AGENT", "VERSION")

VERSION: Final = "0.1.0"
USER_AGENT: Final = f"jackfield/{VERSION}"
"""The `User-Agent` of every request, logins included, where the configuration names none."""
