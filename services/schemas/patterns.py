"""Regular expressions of servers, searched without ever hanging.

A `pattern` comes from an untrusted server and Python's `re` backtracks: `^(a+)+$` against thirty
characters holds the event loop for minutes, and nothing can stop it. So the search is left to the
engine in pydantic's core, which is linear in time; `pattern_dialect` puts the dialect of JSON Schema
into its own. What it costs is the size of the pattern times the length of the text, and that is
bounded too. Imported late: a form without patterns needs none of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from services.schemas.pattern_dialect import translated

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Pattern", "Undecided", "compile_pattern", "pattern_found")

_LARGEST = 8_000
"""Characters and classes of a pattern once its repetitions are written out."""
_MOST_STEPS = 1 << 25
"""Size of the pattern times length of the text: at worst about a second."""


class Undecided(Exception):
    """Deciding costs more than it may; nothing is known."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One compiled pattern."""

    source: str
    size: int = field(repr=False, compare=False)
    _found: Callable[[str], bool] = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        """Whether the pattern matches anywhere in the text. Raises `Undecided`."""
        if self.size * len(text) > _MOST_STEPS or not _is_unicode(text):
            raise Undecided
        return self._found(text)


@lru_cache(maxsize=256)
def compile_pattern(source: object) -> Pattern | None:
    """The pattern, or None for one that is invalid, too large, or uses what is not supported.

    Not supported: look-around, back references, inline flags other than a leading `(?i)`.
    """
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        ours, size = translated(source)
        if size > _LARGEST:
            return None
        text = core_schema.str_schema(pattern=ours)
        found = SchemaValidator(text, {"regex_engine": "rust-regex"}).isinstance_python
    except (ValueError, SchemaError):
        return None
    return Pattern(str(source), size, found)


def pattern_found(source: object, text: str) -> bool:
    """Whether a pattern matches anywhere in the text; one that cannot be read or decided is taken to."""
    compiled = compile_pattern(source) if isinstance(source, str) else None
    try:
        return compiled is None or compiled.found_in(text)
    except Undecided:
        return True


def _is_unicode(text: str) -> bool:
    """Whether the text has no lone surrogates, which the engine cannot read."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
