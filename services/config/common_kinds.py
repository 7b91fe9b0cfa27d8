"""The kinds of values that keys of several tables have."""

from __future__ import annotations

from services.config.kinds import Choice, Key, Kind, Listing, NoEffect, Text, Whole

__all__ = ("ANY_TEXT", "PORT", "START", "STRINGS", "TEXT", "VARIABLE", "codex")

ANY_TEXT = Text()
"""Also an empty one."""
TEXT = Text(r"\S", "some text")
VARIABLE = Text(r"^[^=]+$", "the name of an environment variable")
PORT = Whole(1, 65535)
START = Choice("eager", "lazy")
STRINGS = Listing(ANY_TEXT)


def codex(kind: Kind | None = None) -> Key:
    """A key that OpenAI Codex acts on and we do not; its value is checked all the same."""
    return Key(NoEffect(kind), "Known to OpenAI Codex; no effect here.")
