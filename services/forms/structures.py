"""The heads of what is made of other fields: a group, a list, and where one more is added.

The entry of a head is True where the thing is there, a `Void` where it is sent empty or as null, and None
where it is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.forms.fields import Field, Refused
from services.forms.texts import span_text
from services.forms.voids import Void

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.forms.fields import Entry

__all__ = (
    "AddField",
    "GroupField",
    "HeadField",
    "JsonText",
    "Kept",
    "ListField",
    "Nested",
    "NewNameField",
    "OtherNameField",
)


@dataclass(frozen=True, slots=True)
class Nested:
    """What was entered in something that is made of other fields."""

    head: Entry
    parts: tuple[tuple[str | int, Any], ...] | None
    """The entries below it, by name, place or branch; None where nobody has looked below."""
    is_folded: bool = field(default=False, compare=False)
    """Whether they are out of sight, which changes nothing of what was entered."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that is sent as it is: no editor shows it, or an entry that does not say all of it."""

    value: Any
    entry: Entry = None


@dataclass(frozen=True, slots=True)
class JsonText:
    """What was entered as JSON text in place of a field."""

    entry: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadField(Field):
    """The head of something made of other fields."""

    def convert(self, entry: object) -> Any:
        if entry is not True and entry != ():
            raise Refused("required")
        return {}

    def editable(self, value: object) -> Entry:
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupField(HeadField):
    """The head of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListField(HeadField):
    """The head of a list."""

    min_items: int | None = None
    max_items: int | None = None

    @property
    def limits(self) -> str:
        return span_text(self.min_items or None, self.max_items)

    @property
    def empty_value(self) -> Any:
        return ()

    def convert(self, entry: object) -> Any:
        if entry == () and self.min_items:
            raise Refused(f"at least {self.min_items}")
        HeadField.convert(self, entry)
        return []

    def editable(self, value: object) -> Entry:
        return Void.EMPTY if value == [] else True


@dataclass(frozen=True, slots=True, kw_only=True)
class AddField(Field):
    """Where one more entry is added to a list."""

    def convert(self, entry: object) -> Any:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNameField(Field):
    """Where one more property is added to an object, by its name."""

    refusal: Callable[[str], str] = field(repr=False, compare=False)
    """Why no property may have a name; empty when one may."""

    def void_word(self, entry: object) -> str:
        return ""

    def convert(self, entry: object) -> Any:
        raise Refused(self.refusal(str(entry)) or "Enter adds it")


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherNameField(NewNameField):
    """Where a property gets another name; it starts with the one it has."""

    def convert(self, entry: object) -> Any:
        if entry != self.initial:
            raise Refused(self.refusal(str(entry)) or "Enter renames it")
