"""What the value of a key may be: each kind checks a value and describes itself as JSON Schema.

Small classes instead of a validation library, because every `jackfield mcp …` command reads
the configuration first: these cost it about a millisecond, pydantic's models 65 to 75.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from services.config.complaints import Place, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.config.complaints import Complaint

__all__ = (
    "Choice",
    "Flag",
    "Key",
    "Kind",
    "Listing",
    "Named",
    "NoEffect",
    "OneOf",
    "Seconds",
    "Table",
    "Text",
    "Whole",
)

Schema = dict[str, Any]


class Kind:
    """What a value may be."""

    what = "anything"
    hint = ""

    def accepts(self, value: Any) -> bool:
        """Whether the value is of the right type; `check` looks further."""
        return True

    def check(self, value: Any, place: Place) -> Iterator[Complaint]:
        """What is wrong with `value`, which stands at `place`."""
        if not self.accepts(value):
            yield place.complaint(f"{place.key} must be {self.what}, not {_kind_of(value)}", self.hint)
        else:
            yield from self.look_into(value, place)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        """What is wrong with a value of the right type."""
        yield from ()

    def schema(self) -> Schema:
        """This kind as JSON Schema."""
        return {}


class NoEffect(Kind):
    """A key that OpenAI Codex knows: named, so that its tables can be pasted, and without effect here."""

    def __init__(self, kind: Kind | None = None) -> None:
        self._kind = kind or Kind()

    def check(self, value: Any, place: Place) -> Iterator[Complaint]:
        hint = "It is a key of OpenAI Codex."
        wrong = [found._replace(severity="warning", hint=hint) for found in self._kind.check(value, place)]
        yield from wrong
        if not wrong:
            yield place.complaint(f"`{place.key}` has no effect here", hint, "note")

    def schema(self) -> Schema:
        return self._kind.schema()


class Flag(Kind):
    what, hint = "true or false", "Write it without quotes."

    def accepts(self, value: Any) -> bool:
        return isinstance(value, bool)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Text(Kind):
    """A string, by default any without NUL; `pattern` says more, and `wanted` says it in words."""

    what, hint = "a string", "Write it in quotes."

    def __init__(self, pattern: str = "", wanted: str = "") -> None:
        self._pattern, self._wanted = pattern, wanted

    def accepts(self, value: Any) -> bool:
        return isinstance(value, str)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        if "\0" in value:
            yield place.complaint(f"{place.key} must not contain a NUL character")
        elif self._pattern and not re.search(self._pattern, value):
            # Without the value, which may be a secret in the wrong place.
            told = f"must be {self._wanted}" if value.strip() else "must not be empty"
            yield place.complaint(f"{place.key} {told}")

    def schema(self) -> Schema:
        return {"type": "string"} | ({"pattern": self._pattern} if self._pattern else {})


class Choice(Kind):
    """One of a few strings."""

    def __init__(self, *options: str) -> None:
        self._options = options

    def check(self, value: Any, place: Place) -> Iterator[Complaint]:
        if not isinstance(value, str) or value not in self._options:
            options = [f'"{option}"' for option in self._options]
            told = " or ".join([", ".join(options[:-1]), options[-1]]) if len(options) > 1 else options[0]
            yield place.complaint(f"{place.key} must be {told}, not {shown(value)}")

    def schema(self) -> Schema:
        return {"enum": list(self._options)}


class Whole(Kind):
    """A whole number within bounds."""

    what, hint = "a whole number", "Write it without quotes."

    def __init__(self, least: int, most: int | None = None) -> None:
        self._least, self._most = least, most

    def accepts(self, value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        if value < self._least or (self._most is not None and value > self._most):
            bounds = f"between {self._least} and {self._most}" if self._most else f"at least {self._least}"
            yield place.complaint(f"{place.key} must be {bounds}, not {shown(value)}")

    def schema(self) -> Schema:
        schema: Schema = {"type": "integer", "minimum": self._least}
        return schema if self._most is None else schema | {"maximum": self._most}


class Seconds(Kind):
    """A length of time: a finite number of more than 0."""

    what, hint = "a number of seconds", "Write it without quotes."

    def accepts(self, value: Any) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        if not math.isfinite(value):
            yield place.complaint(f"{place.key} must be a finite number, not {shown(value)}")
        elif value <= 0:
            yield place.complaint(f"{place.key} must be more than 0, not {shown(value)}")

    def schema(self) -> Schema:
        return {"type": "number", "exclusiveMinimum": 0}


class Listing(Kind):
    """A list of values of one kind."""

    hint = 'Write ["…", "…"].'

    def __init__(self, entry: Kind, what: str = "a list of strings") -> None:
        self._entry, self.what = entry, what

    def accepts(self, value: Any) -> bool:
        return isinstance(value, list)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        for at, entry in enumerate(value):
            yield from self._entry.check(entry, place.within(at))

    def schema(self) -> Schema:
        return {"type": "array", "items": self._entry.schema()}


class Named(Kind):
    """A table whose keys the user chooses, with values of one kind."""

    what, hint = "a table", 'Write { NAME = "value" }.'

    def __init__(self, entry: Kind, name: Text | None = None) -> None:
        self._entry, self._name = entry, name

    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        for name, entry in value.items():
            if self._name is not None:
                yield from self._name.check(name, place.within(name))
            yield from self._entry.check(entry, place.within(name))

    def schema(self) -> Schema:
        names = {"propertyNames": self._name.schema()} if self._name else {}
        return {"type": "object", "additionalProperties": self._entry.schema()} | names


class OneOf(Kind):
    """A value of any of several kinds."""

    def __init__(self, what: str, *kinds: Kind) -> None:
        self._kinds, self.what = kinds, what

    def accepts(self, value: Any) -> bool:
        return any(kind.accepts(value) for kind in self._kinds)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        yield from next(kind for kind in self._kinds if kind.accepts(value)).check(value, place)

    def schema(self) -> Schema:
        return {"anyOf": [kind.schema() for kind in self._kinds]}


class Key(NamedTuple):
    """A key of a table: what its value may be, what it is when the key is absent, what it means."""

    kind: Kind
    meaning: str
    default: Any = None
    needed: bool = False


class Table(Kind):
    """A table with known keys; what is not known is a warning with the nearest known one."""

    what, hint = "a table", "Write { key = value }."

    def __init__(self, title: str, keys: Mapping[str, Key]) -> None:
        self.title, self.keys = title, keys

    def accepts(self, value: Any) -> bool:
        return isinstance(value, dict)

    def look_into(self, value: Any, place: Place) -> Iterator[Complaint]:
        for name, entry in value.items():
            known, at = self.keys.get(name), place.within(name)
            if known is not None:
                yield from known.kind.check(entry, at)
                continue
            near = nearest(name, self.keys)
            hint = f"Did you mean `{near}`?" if near else "It has no effect."
            yield at.complaint(f"unknown key `{at.key}`", hint, "warning")
        for name, known in self.keys.items():
            if known.needed and name not in value:
                yield place.complaint(f"{place.within(name).key} is missing")

    def get(self, table: Mapping[str, Any], key: str) -> Any:
        """The value of `key` in a table that has been checked, or its default."""
        return table.get(key, self.keys[key].default)

    def schema(self) -> Schema:
        return {
            "title": self.title,
            "type": "object",
            "properties": {name: _property(key) for name, key in self.keys.items()},
            "additionalProperties": False,
        } | ({"required": needed} if (needed := [n for n, key in self.keys.items() if key.needed]) else {})


def _property(key: Key) -> Schema:
    default = {} if key.default in (None, [], {}) else {"default": key.default}
    return key.kind.schema() | {"description": key.meaning} | default


def _kind_of(value: object) -> str:
    names = {str: "a string", bool: "true or false", int: "a number", float: "a number"}
    names |= {list: "a list", dict: "a table"}
    return names.get(type(value), "a date")
