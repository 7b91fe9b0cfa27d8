"""What a schema says of one place of a value: all that holds there, what there is to choose, what depends.

References and `allOf` are followed, a branch or a condition only once somebody chose it or the value meets
it: a schema that refers to itself is looked into as far as a value goes, and no further.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.schemas.patterns import pattern_found
from services.schemas.reader import NOWHERE, as_list, as_schema, is_null, target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ("Condition", "Place", "Places", "Union")

_MOST_PARTS: Final = 200
_MOST_PROPERTIES: Final = 10_000
_MOST_BRANCHES: Final = 200
_TIGHTER: Final = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), min),
}
_SHAPING: Final = frozenset(
    (
        "type",
        "properties",
        "$ref",
        "items",
        "prefixItems",
        "enum",
        "const",
        "anyOf",
        "oneOf",
        "allOf",
        "additionalProperties",
        "patternProperties",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
"""Keywords by which a branch is a form of its own; others only refuse."""

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
        some = isinstance(self.further, dict) and (bool(self.further) or bool(self.properties))
        named = bool(self.names) and self.further is not False
        return bool(self.patterns) or some or named or (self.further is True and bool(self.properties))

    def allows(self, name: str) -> bool:
        """Whether a further property may have this name, as far as patterns and closed objects say."""
        return self.further is not False or bool(self.parts_of(name))

    def parts_of(self, name: str) -> Parts:
        """The schemas of a property: by its name, by patterns, or as any further one."""
        if name in self.properties:
            return self.properties[name]
        found = [
            one for source, parts in self.patterns.items() if pattern_found(source, name) for one in parts
        ]
        if found:
            return tuple(found)
        return (self.further,) if isinstance(self.further, dict) else ()

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


class Places:
    """One root schema, and what it says of its places."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def place(self, parts: Iterable[Any], settled: frozenset[int] = frozenset()) -> Place:
        """What some schemas say together; unions that are `settled` are among the parts already."""
        place = Place(tuple(parts), settled)
        waiting, seen = list(reversed(place.parts)), set[int]()
        while waiting and len(seen) < _MOST_PARTS:
            part = waiting.pop()
            if isinstance(part, dict) and id(part) not in seen:
                seen.add(id(part))
                waiting.extend(reversed([*self._inner(part), *_take(place, part)]))
        # What no part names is what no part evaluates: here they stand all together.
        if place.further is None:
            place.further = place.unevaluated
        place.is_named = bool(place.properties)
        for name in place.required:
            if name not in place.properties and len(place.properties) < _MOST_PROPERTIES:
                place.properties[name] = place.parts_of(name)
        return place

    def _inner(self, part: Mapping[str, Any]) -> list[Any]:
        """What holds as well: where a reference leads, and the members of `allOf`."""
        reference = part.get("$ref")
        led = target(reference, self._root) if isinstance(reference, str) else NOWHERE
        return [*([] if led is NOWHERE else [led]), *as_list(part.get("allOf"))]

    def named(self, branch: Any) -> str:
        """The name of the definition that a branch refers to; empty without one."""
        reference = as_schema(branch).get("$ref")
        return reference.rsplit("/", 1)[-1] if isinstance(reference, str) else ""


def _take(place: Place, part: Mapping[str, Any]) -> list[Any]:
    """Add what one schema says; the branches that are no choice, since there is one only."""
    sure = []
    for key, value in part.items():
        match key:
            case "$ref" | "allOf" | "then" | "else":
                pass
            case "anyOf" | "oneOf":
                sure += _take_union(place, value)
            case "properties":
                place.key = place.key or id(value)
                _take_properties(place.properties, value)
            case "patternProperties":
                _take_properties(place.patterns, value)
            case "required":
                place.required.update(dict.fromkeys(name for name in as_list(value) if isinstance(name, str)))
            case "additionalProperties":
                if place.further is None or value is False:
                    place.further = value
            case "propertyNames":
                place.names.append(value)
            case "unevaluatedProperties":
                if place.unevaluated is None or value is False:
                    place.unevaluated = value
            case "if":
                place.conditions.append(Condition(value, "", part.get("then"), part.get("else")))
            case "dependentRequired" | "dependentSchemas" | "dependencies":
                place.conditions += _dependent(value)
            case _:
                place.key = place.key or (id(value) if key == "items" else 0)
                _take_keyword(place, key, value)
    return sure


def _take_union(place: Place, value: Any) -> list[Any]:
    branches = as_list(value)[:_MOST_BRANCHES]
    others = [branch for branch in branches if not is_null(branch)]
    place.nullable |= len(others) < len(branches)
    if len(others) == 1:
        return others
    if id(value) not in place.settled and any(_SHAPING.intersection(as_schema(branch)) for branch in others):
        place.unions.append(Union(id(value), tuple(others)))
    return []


def _take_properties(found: dict[str, Parts], value: Any) -> None:
    for name, part in as_schema(value).items():
        if isinstance(name, str) and (name in found or len(found) < _MOST_PROPERTIES):
            before = found.get(name, ())
            found[name] = before if any(part is one for one in before) else (*before, part)


def _take_keyword(place: Place, key: str, value: Any) -> None:
    if key == "type" and isinstance(value, list):
        place.nullable |= "null" in value
        kinds = [kind for kind in value if kind != "null"]
        value = kinds[0] if len(kinds) == 1 else kinds
    before = place.shape.get(key)
    if before is None:
        place.shape[key] = value
    elif key == "type":
        place.shape[key] = _narrower(before, value)
    elif key in _TIGHTER and _is_number(before) and _is_number(value):
        place.shape[key] = _TIGHTER[key](before, value)


def _narrower(before: Any, value: Any) -> Any:
    """The types that both allow; those said first where there are none."""
    one, other = (as_list(kinds) or [kinds] for kinds in (before, value))
    both = [kind for kind in one if kind in other or (kind == "integer" and "number" in other)]
    both = both or [kind for kind in other if kind == "integer" and "number" in one]
    return both[0] if len(both) == 1 else both or before


def _dependent(value: Any) -> list[Condition]:
    return [
        Condition(None, name, then)
        for name, then in as_schema(value).items()
        if isinstance(name, str) and name
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
