"""How a session is kept, as the command line says it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ("Keeping",)


class Keeping(NamedTuple):
    """How a session was opened, and which earlier one it goes on with."""

    way: tuple[str, ...] = ()
    """Nothing for the configured servers, `demo`, or `run` and what it was given."""
    resume: str | None = None
    """The name of a session; empty to choose one; None for a new one."""
