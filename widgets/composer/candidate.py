"""One completion as a value: what the composer draws and what it does with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ("Candidate", "OnEnter")

OnEnter = Literal["send", "take", "run"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on with the line; its texts are printable."""

    insert: str
    """What takes the place of `text[start:end]`, quotes and the blank after it included."""
    start: int
    end: int
    label: str
    summary: str = ""
    final: bool = False
    """The line can be sent once this is taken: nothing required is missing then."""
    on_enter: OnEnter = "send"
    """What Enter means while this is highlighted and the arrows have not been used:
    `send` the line as typed, `take` this and go on typing, or take it and send (`run`)."""
