"""What a schema says of one place of a value: all that holds there, what there is to choose, what depends.

References and `allOf` are followed, a branch or a condition only once somebody chose it or the value meets
it: a schema that refers to itself is looked into as far as a value goes, and no further.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.schemas.further import further_of
from services.schemas.place import MOST_PROPERTIES, Condition, Place, Union
from services.schemas.reader import NOWHERE, as_list, as_schema, is_null, target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.schemas.place import Parts

__all__ = ("Places",)

_MOST_PARTS: Final = 200
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


class Places:
    """One root schema, and what it says of its places."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        # Until draft 7 nothing counts beside a reference.
        self._refers_alone = "/draft-0" in str(root.get("$schema"))

    def place(self, parts: Iterable[Any], settled: frozenset[int] = frozenset()) -> Place:
        """What some schemas say together; unions that are `settled` are among the parts already."""
        place = Place(tuple(parts), settled)
        waiting, seen = list(reversed(place.parts)), set[int]()
        while waiting and len(seen) < _MOST_PARTS:
            part = waiting.pop()
            if isinstance(part, dict) and id(part) not in seen:
                seen.add(id(part))
                if "$ref" not in part or not self._refers_alone:
                    place.beside += further_of(part, self._root)
                waiting.extend(reversed([*self._inner(part), *_take(place, part)]))
        # What no part names is what no part evaluates: here they stand all together.
        if place.further is None:
            place.further = place.unevaluated
        place.is_named = bool(place.properties)
        place.settle_names()
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
        if isinstance(name, str) and (name in found or len(found) < MOST_PROPERTIES):
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
