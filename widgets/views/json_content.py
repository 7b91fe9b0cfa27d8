"""A JSON value as something to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ("JsonContent",)


@dataclass(frozen=True, slots=True)
class JsonContent:
    """A JSON value, not a text."""

    value: Any
