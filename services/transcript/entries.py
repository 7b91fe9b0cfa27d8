"""What is said of one entry of the history, without anything of how it is drawn.

All text in these values is printable, but for `again`, `shell` and `raw`, which are what was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("CALLS", "Entry", "Heading", "Part", "ResultKind", "Scalar")

Scalar = str | int | float | bool | None
ResultKind = Literal["", "tool", "resource", "prompt"]

CALLS = frozenset({"running", "done", "failed", "cancelled", "denied", "interrupted"})
"""The kinds of entries that stand for one tool invocation."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of what an entry shows: `text`, `json`, `markdown`, `picture`, `link`, `note` or another."""

    kind: str
    text: str = ""
    style: str = ""
    more: Mapping[str, Scalar] = field(default_factory=dict)
    """What else there is to it, by the names that its kind has: `uri`, `width`, …"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the history: what was entered, called, answered or told."""

    number: int
    """Its place in the session, from 0; an entry that changes keeps it."""
    at: float
    """When it began, in seconds since 1970."""
    kind: str
    """`entry`, `running`, `done`, `answer`, … as the history has them."""
    name: str = ""
    """`server.tool`, or the title of a text."""
    detail: str = ""
    """The arguments in one line."""
    took: str = ""
    """How long it took, as shown."""
    parts: tuple[Part, ...] = ()
    server: str = ""
    again: str = ""
    """The slash command that does it again; of what was entered, the line itself."""
    shell: str = ""
    """The same as a command for a shell."""
    stem: str = ""
    """What saved files are called."""
    copied: str = ""
    """What copying it copies, where that is not its text."""
    result: ResultKind = ""
    """What `raw` is the answer to."""
    raw: Mapping[str, Any] | None = field(default=None, repr=False)
    """The answer as it stood on the wire; None where there was none, or too much of it."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands at the top of a session's file."""

    at: float
    """When it began, in seconds since 1970."""
    directory: str = ""
    """The working directory."""
    way: tuple[str, ...] = ()
    """How it was opened: nothing for the configured servers, `demo`, or `run` and what it was given."""
    version: str = ""
