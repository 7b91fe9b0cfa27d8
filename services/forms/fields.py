"""The fields of a form: what each asks for, and whether an entry is an answer to it.

    Field            name on the wire, texts to draw, required, what it starts with
    ├── TextField    lengths, pattern, format
    ├── NumberField  bounds, multiples, whole or not
    ├── BooleanField
    ├── ChoiceField  one of some options        (choices.py)
    ├── ManyField    some of some options       (choices.py)
    └── JsonField    everything else, as JSON   (json_field.py)

An *entry* is what an editor holds: text for text, numbers and JSON; True, False or None; the value
of an option or None; a tuple of values; a `Void` where empty or null is what is sent. Texts to read
are printable; `name`, option values and the entries of text fields are as they came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.forms.texts import LONGEST_NUMBER, LONGEST_SHOWN, count_text, json_text, number_text, span_text
from services.forms.voids import ABSENT, Void, void_word
from services.numbers import read_number, whole_number
from services.schemas.formats import FORMAT_NAMES, format_reason
from services.schemas.numbers import is_multiple
from services.schemas.patterns import Pattern, Undecided
from services.sendable import unsendable
from services.text import one_line

__all__ = (
    "BooleanField",
    "Entry",
    "Field",
    "NumberField",
    "Refused",
    "Scalar",
    "TextField",
    "same_entry",
)

Scalar: TypeAlias = str | int | float | bool
Entry: TypeAlias = Scalar | tuple[Scalar, ...] | Void | None


_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


class Refused(ValueError):
    """An entry that is no answer; the text is the reason in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One property of a schema."""

    name: str
    """The key on the wire, raw."""
    label: str
    description: str = ""
    placeholder: str = ""
    required: bool = False
    nullable: bool = False
    """A required field left empty is sent as null."""
    initial: Entry = None
    """What the editor starts with: the default."""
    read_only: bool = False
    """Said by the server, not by the person: `readOnly`, where it need not be given."""
    notes: tuple[str, ...] = ()
    """What of the schema could not be used, and why."""

    @property
    def limits(self) -> str:
        """What the field takes, in a few words; may be empty."""
        return ""

    @property
    def hint(self) -> str:
        """Description and limits in one line."""
        limits = "read only" if self.read_only else self.limits
        return " · ".join(part for part in (one_line(self.description, 400), limits) if part)

    def check(self, entry: object) -> str:
        """Why the entry is no answer, in plain words; empty when it is one."""
        try:
            self.read(entry)
        except Refused as refused:
            return str(refused)
        return ""

    def read(self, entry: object) -> Any:
        """The value to send, or `ABSENT`. Raises `Refused`."""
        if isinstance(entry, Void):
            return self._read_void(entry)
        if not self.is_empty(entry):
            return self.convert(entry)
        if not self.required:
            return ABSENT
        if self.nullable:
            return None
        raise Refused("required")

    def _read_void(self, void: Void) -> Any:
        if void is Void.NULL:
            if self.nullable:
                return None
            raise Refused("must not be null")
        if self.empty_value is ABSENT:
            raise Refused("must not be empty")
        return self.convert(self.empty_value)

    @property
    def empty_value(self) -> Any:
        """What an empty value of this kind is; `ABSENT` where there is none."""
        return ABSENT

    @property
    def voids(self) -> tuple[Void | None, ...]:
        """The entries that hold nothing and can be sent; None is to leave the field out."""
        sent = tuple(void for void in Void if not self.check(void))
        return sent if self.required else (None, *sent)

    def void_word(self, entry: object) -> str:
        """What is sent for an entry that holds nothing, in a word; empty where nothing can be."""
        try:
            return void_word(self.read(entry))
        except Refused:
            return ""

    def is_empty(self, entry: object) -> bool:
        """Whether nothing was entered."""
        return entry is None or (isinstance(entry, str) and not entry.strip())

    def convert(self, entry: object) -> Any:
        """The value of an entry that is not empty. Raises `Refused`."""
        raise NotImplementedError

    def meant(self, entry: Any) -> Any:
        """What an entry that is no answer most likely says."""
        return list(entry) if isinstance(entry, tuple) else entry

    def editable(self, value: object) -> Entry:
        """The entry that stands for a value of the right type; None for any other."""
        raise NotImplementedError

    def entry_for(self, value: object) -> Entry:
        """The entry a person goes on editing from any value: one of a wrong type is kept where it can be."""
        return Void.NULL if value is None and self.nullable else self.editable(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    """A string."""

    min_length: int | None = None
    max_length: int | None = None
    pattern: Pattern | None = None
    format: str = ""
    zone_needed: bool = True
    empty_counts: bool = False
    """An empty text is an answer (the default of a required field is one)."""

    @property
    def limits(self) -> str:
        lengths = span_text(self.min_length or None, self.max_length, "character")
        return ", ".join(part for part in (FORMAT_NAMES.get(self.format, self.format), lengths) if part)

    def is_empty(self, entry: object) -> bool:
        return entry is None or (entry == "" and not (self.empty_counts and self.required))

    def convert(self, entry: object) -> Any:
        if not isinstance(entry, str):
            raise Refused("must be text")
        if self.min_length is not None and len(entry) < self.min_length:
            raise Refused(f"at least {count_text(self.min_length, 'character')}")
        if self.max_length is not None and len(entry) > self.max_length:
            raise Refused(f"at most {count_text(self.max_length, 'character')}")
        if reason := format_reason(self.format, entry, zone_needed=self.zone_needed):
            raise Refused(reason)
        if self.pattern is not None and not _fits(self.pattern, entry):
            raise Refused(f"must match {one_line(self.pattern.source, 60)}")
        if (found := unsendable(entry)) is not None:
            raise Refused(found[1])
        return entry

    @property
    def empty_value(self) -> Any:
        return ""

    def editable(self, value: object) -> Entry:
        if value == "":
            return Void.EMPTY
        return value if isinstance(value, str) and len(value) <= LONGEST_SHOWN else None

    def entry_for(self, value: object) -> Entry:
        if value is None or isinstance(value, str):
            return Field.entry_for(self, value)
        return json_text(value)


def _fits(pattern: Pattern, text: str) -> bool:
    try:
        return pattern.found_in(text)
    except Undecided:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    """A number or an integer."""

    whole: bool = False
    minimum: int | float | None = None
    maximum: int | float | None = None
    above: int | float | None = None
    """exclusiveMinimum"""
    below: int | float | None = None
    """exclusiveMaximum"""
    multiple_of: int | float | None = None

    @property
    def limits(self) -> str:
        parts = [span_text(self.minimum, self.maximum)]
        parts += [f"more than {number_text(self.above)}"] if self.above is not None else []
        parts += [f"less than {number_text(self.below)}"] if self.below is not None else []
        parts += [f"a multiple of {number_text(self.multiple_of)}"] if self.multiple_of is not None else []
        span = ", ".join(part for part in parts if part)
        return span or ("whole number" if self.whole else "number")

    def convert(self, entry: object) -> Any:
        value = self._number(entry)
        if self.minimum is not None and value < self.minimum:
            raise Refused(f"at least {number_text(self.minimum)}")
        if self.maximum is not None and value > self.maximum:
            raise Refused(f"at most {number_text(self.maximum)}")
        if self.above is not None and value <= self.above:
            raise Refused(f"more than {number_text(self.above)}")
        if self.below is not None and value >= self.below:
            raise Refused(f"less than {number_text(self.below)}")
        if self.multiple_of is not None and not is_multiple(value, self.multiple_of):
            raise Refused(f"a multiple of {number_text(self.multiple_of)}")
        return value

    def _number(self, entry: object) -> int | float:
        refused = Refused("must be a whole number" if self.whole else "must be a number")
        if isinstance(entry, bool) or not isinstance(entry, int | float | str):
            raise refused
        text = entry.strip() if isinstance(entry, str) else number_text(entry)
        if len(text) > LONGEST_NUMBER:
            raise Refused("too long")
        if not _NUMBER.fullmatch(text):
            raise refused
        try:
            value = read_number(text)
        except ValueError:
            raise Refused("too large") from None
        if not self.whole:
            return value
        if isinstance(value, float) and not value.is_integer():
            raise refused
        return whole_number(text)

    def editable(self, value: object) -> Entry:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        text = number_text(value)
        return text if len(text) <= LONGEST_NUMBER else None

    def entry_for(self, value: object) -> Entry:
        return one_line(value) if isinstance(value, str) else Field.entry_for(self, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class BooleanField(Field):
    """Yes or no."""

    def convert(self, entry: object) -> Any:
        if not isinstance(entry, bool):
            raise Refused("must be yes or no")
        return entry

    def editable(self, value: object) -> Entry:
        return value if isinstance(value, bool) else None


def same_entry(field: Field, entry: object, other: object) -> bool:
    """Whether two entries say the same: of several options in any order, and True is not 1."""
    return (field.is_empty(entry) and field.is_empty(other)) or _parts(entry) == _parts(other)


def _parts(entry: object) -> set[tuple[type, object]]:
    return {(type(part), part) for part in (entry if isinstance(entry, tuple) else (entry,))}
