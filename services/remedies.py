"""What a person can do about a failure, as values; each floor that shows one words it its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = ("Enable", "LengthenStart", "Reconnect", "Remedy")


@dataclass(frozen=True, slots=True)
class Enable:
    """Enable a server that is disabled."""

    server: str


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Connect a server again."""

    server: str


@dataclass(frozen=True, slots=True)
class LengthenStart:
    """Give a server more time to start: `startup_timeout_sec`."""

    server: str


Remedy: TypeAlias = Enable | Reconnect | LengthenStart
