"""The field for everything that has no editor of its own: JSON text, checked against its schema."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from services.forms.fields import Entry, Field, Refused
from services.forms.texts import json_text
from services.numbers import read_number
from services.sendable import unsendable
from services.text import one_line

if TYPE_CHECKING:
    from services.schemas.checker import SchemaCheck

__all__ = ("JsonField", "path_text")

_LONGEST_JSON = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonField(Field):
    """Anything else: a JSON text, checked against its part of the schema."""

    shape: Literal["object", "list", ""] = ""
    part: Any = None
    """The property's schema."""
    whole: SchemaCheck | None = None
    """Checks against the schema `part` belongs to."""
    bones: str = ""
    """What the JSON looks like, on several lines."""

    @property
    def limits(self) -> str:
        return f"JSON {self.shape}".strip()

    def convert(self, entry: object) -> Any:
        value = _parsed(entry) if isinstance(entry, str) else entry
        if (found := unsendable(value)) is not None:
            path, reason = found
            raise Refused(f"{path_text(path)}: {reason}" if path else reason)
        for path, reason in self.whole.reasons(value, self.part) if self.whole is not None else ():
            raise Refused(f"{path_text(path)}: {reason}" if path else reason)
        return value

    def meant(self, entry: Any) -> Any:
        try:
            return _parsed(entry) if isinstance(entry, str) else entry
        except Refused:
            return entry

    def editable(self, value: object) -> Entry:
        return json_text(value)


def _parsed(text: str) -> Any:
    if len(text) > _LONGEST_JSON:
        raise Refused("too long")
    try:
        return json.loads(text, parse_constant=_no_constant, parse_float=_float)
    except json.JSONDecodeError as error:
        raise Refused(f"not valid JSON: line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError) as error:
        too_large = isinstance(error, _TooLarge)
        raise Refused(f"not valid JSON: {error}" if too_large else "not valid JSON") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


class _TooLarge(ValueError):
    """A number that nobody could read."""


def _float(literal: str) -> int | float:
    try:
        return read_number(literal)
    except ValueError as error:
        raise _TooLarge(str(error)) from error


def path_text(path: tuple[str | int, ...]) -> str:
    """A place in a value, as people write it: `a[0].b`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{one_line(step, 40)}" for step in path[:8])
    return text.lstrip(".")
