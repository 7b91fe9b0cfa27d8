"""Fields with options: one of them, or some of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.forms.fields import Entry, Field, Refused, Scalar
from services.forms.texts import span_text
from services.forms.voids import Void

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ("ChoiceField", "ManyField", "Option", "option_of")


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice."""

    label: str
    value: Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """One of some options."""

    options: tuple[Option, ...] = ()

    def is_empty(self, entry: object) -> bool:
        return entry is None

    def convert(self, entry: object) -> Any:
        option = option_of(self.options, entry)
        if option is None:
            raise Refused("must be one of the options")
        return option.value

    def editable(self, value: object) -> Entry:
        option = option_of(self.options, value)
        return None if option is None else option.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyField(Field):
    """Some of some options, as a list."""

    options: tuple[Option, ...] = ()
    min_items: int | None = None
    max_items: int | None = None

    @property
    def limits(self) -> str:
        span = span_text(self.min_items or None, self.max_items)
        return f"choose {span}" if span else "choose any"

    def is_empty(self, entry: object) -> bool:
        return entry is None or (entry == () and (not self.required or bool(self.min_items)))

    @property
    def empty_value(self) -> Any:
        return ()

    def convert(self, entry: object) -> Any:
        if not isinstance(entry, tuple | list):
            raise Refused("must be a list")
        found = self._known(entry)
        if len(found) < len(entry):
            raise Refused("must be some of the options")
        if self.min_items is not None and len(found) < self.min_items:
            raise Refused(f"choose at least {self.min_items}")
        if self.max_items is not None and len(found) > self.max_items:
            raise Refused(f"choose at most {self.max_items}")
        return found

    def editable(self, value: object) -> Entry:
        if not isinstance(value, list | tuple):
            return None
        if not value:
            return Void.EMPTY
        return tuple({_key(one): one for one in self._known(value)}.values())

    def _known(self, values: Collection[object]) -> list[Scalar]:
        options = {_key(one.value): one.value for one in self.options}
        keys = [_key(one) for one in values if isinstance(one, Scalar)]
        return [options[key] for key in keys if key in options]


def _key(value: Scalar) -> tuple[bool, Scalar]:
    """What tells values apart: True is not 1."""
    return isinstance(value, bool), value


def option_of(options: tuple[Option, ...], value: object) -> Option | None:
    """The option with this value; True is not 1."""
    kind = isinstance(value, bool)
    return next((one for one in options if isinstance(one.value, bool) is kind and one.value == value), None)
