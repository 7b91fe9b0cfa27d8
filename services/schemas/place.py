"""A place of a value: the schemas that hold there together, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.schemas.patterns import pattern_found
from services.schemas.reader import as_list

if TYPE_CHECKING:
    from services.schemas.further import Further

__all__ = ("MOST_PROPERTIES", "Condition", "Parts", "Place", "Union")

MOST_PROPERTIES: Final = 10_000
_MOST_LOOKS: Final = 100_000
"""Names by patterns that are compared to find properties nothing can be given for."""

Parts = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Branches of which one is chosen."""

    key: int
    """Tells it from other unions of the schema."""
    branches: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Schemas that hold depending on the value: `if`, or the presence of a property."""

    when: Any
    name: str
    """The property whose presence is the condition; empty where it is the schema `when`."""
    then: Any
    """A schema, or the names that are required."""
    otherwise: Any = None


@dataclass(slots=True)
class Place:
    """What holds at a place of a value."""

    parts: Parts
    """The schemas that hold together."""
    settled: frozenset[int] = frozenset()
    """Unions of which a branch is among the parts."""
    key: int = 0
    """What tells a place that is inside itself: where its members stand in the schema."""
    shape: dict[str, Any] = field(default_factory=dict)
    """Their keywords as one schema, without references, unions and conditions."""
    unions: list[Union] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    nullable: bool = False
    properties: dict[str, Parts] = field(default_factory=dict)
    """The named properties, and the required names that are none."""
    is_named: bool = False
    """Whether there are any but those."""
    required: dict[str, None] = field(default_factory=dict)
    patterns: dict[str, Parts] = field(default_factory=dict)
    further: Any = None
    """`additionalProperties`, else `unevaluatedProperties`; None where nothing is said."""
    names: list[Any] = field(default_factory=list)
    """`propertyNames`, of each part that has it."""
    unevaluated: Any = None
    beside: list[Further] = field(default_factory=list)
    """What each part says of properties that it does not know, whatever others name."""

    @property
    def type(self) -> str:
        """The one JSON type of the place; empty where there are several, or none is stated."""
        stated = self.shape.get("type")
        if isinstance(stated, str):
            return stated
        if stated is not None:
            return ""
        if self.properties or self.patterns or self.names or isinstance(self.further, dict):
            return "object"
        return "array" if self._items is not None or "prefixItems" in self.shape else ""

    @property
    def is_open(self) -> bool:
        """Whether the schema asks for further properties, beside the named ones."""
        if any(one.says is False and not one.patterns for one in self.beside):
            return False
        some = isinstance(self.further, dict) and (bool(self.further) or bool(self.properties))
        named = bool(self.names) and self.further is not False
        return bool(self.patterns) or some or named or (self.further is True and bool(self.properties))

    def allows(self, name: str) -> bool:
        """Whether a further property may have this name, as far as patterns and closed objects say."""
        return not self.refuses(name) and (self.further is not False or bool(self.parts_of(name)))

    def refuses(self, name: str) -> bool:
        """Whether a part closes out what it does not know, and this among it."""
        return any(one.says is False and one.is_about(name) for one in self.beside)

    def parts_of(self, name: str) -> Parts:
        """The schemas of a property: by its name, by patterns, or as any further one."""
        if name in self.properties:
            return self.properties[name]
        found = [
            one for source, parts in self.patterns.items() if pattern_found(source, name) for one in parts
        ]
        return (*found, *self._others(name))

    def _others(self, name: str) -> Parts:
        """The schemas of those parts for which a property is a further one."""
        return tuple(
            one.says for one in self.beside if isinstance(one.says, dict) and one.says and one.is_about(name)
        )

    def settle_names(self) -> None:
        """Have for each property what all parts say of it, and none that a part closes out.

        One that is required stays: whoever asks for it asks for what cannot be.
        """
        looks = len(self.properties) * sum(len(one.patterns) + 1 for one in self.beside)
        for name in [*self.properties] if looks <= _MOST_LOOKS else ():
            if name not in self.required and self.refuses(name):
                del self.properties[name]
            else:
                self.properties[name] += self._others(name)
        for name in self.required:
            if name not in self.properties and len(self.properties) < MOST_PROPERTIES:
                self.properties[name] = self.parts_of(name)

    def item_parts(self, index: int) -> Parts:
        """The schemas of an entry of a list."""
        items, first = self._items, as_list(self.shape.get("prefixItems"))
        if isinstance(items, list):  # until 2019-09
            first, items = items, self.shape.get("additionalItems")
        if index < len(first):
            return (first[index],)
        return (items,) if isinstance(items, dict) else ()

    @property
    def _items(self) -> Any:
        return self.shape.get("items", self.shape.get("unevaluatedItems"))

    @property
    def takes_items(self) -> bool:
        """Whether the schema says what the entries of a list are."""
        return bool(self.item_parts(0))

    @property
    def most_items(self) -> int | None:
        """How many entries a list may have; None for any number."""
        most, items = self.shape.get("maxItems"), self._items
        closed = items is False or (isinstance(items, list) and self.shape.get("additionalItems") is False)
        ends = [most] if isinstance(most, int) and not isinstance(most, bool) else []
        if closed:
            fixed = items if isinstance(items, list) else as_list(self.shape.get("prefixItems"))
            ends.append(len(fixed))
        return min(ends, default=None)
