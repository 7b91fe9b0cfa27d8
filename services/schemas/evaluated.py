"""Which properties and entries of a value a schema has looked at: what `unevaluated…` is about is the rest.

Subschemas that hold in any case count whether the value fits them or not: where it does not, that is
told, and nothing else about the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.schemas.patterns import pattern_found
from services.schemas.reader import as_list, as_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ("unevaluated_items", "unevaluated_properties")

_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")


def unevaluated_properties(validator: Any, instance: dict[str, Any], schema: dict[str, Any]) -> list[str]:
    """The names of those properties that no keyword beside `unevaluatedProperties` looks at."""
    beside = {key: value for key, value in schema.items() if key != "unevaluatedProperties"}
    seen = set(_seen(validator, instance, beside, _own_properties))
    return [name for name in instance if name not in seen]


def unevaluated_items(validator: Any, instance: list[Any], schema: dict[str, Any]) -> list[int]:
    """The places of those entries that no keyword beside `unevaluatedItems` looks at."""
    beside = {key: value for key, value in schema.items() if key != "unevaluatedItems"}
    seen = set(_seen(validator, instance, beside, _own_items))
    return [place for place in range(len(instance)) if place not in seen]


def _seen(validator: Any, instance: Any, schema: Any, own: Callable[..., Iterable[Any]]) -> Iterator[Any]:
    if not isinstance(schema, dict):
        return
    yield from own(validator, instance, schema)
    for led, inner in _applied(validator, instance, schema):
        yield from _seen(led, instance, inner, own)


def _applied(validator: Any, instance: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The subschemas that hold at the same place, each with what checks against it."""
    for key in _REFERENCES:
        if isinstance(schema.get(key), str) and key in validator.VALIDATORS:
            found = validator._resolver.lookup(schema[key])
            led = validator.evolve(schema=found.contents, _resolver=found.resolver)
            yield led, found.contents
    inner = [*as_list(schema.get("allOf")), *_conditional(validator, instance, schema)]
    for key in ("anyOf", "oneOf"):
        branches = as_list(schema.get(key))
        inner += [one for one in branches if _fits(validator, instance, one)] or branches
    for one in inner:
        yield validator.evolve(schema=one), one


def _conditional(validator: Any, instance: Any, schema: dict[str, Any]) -> Iterator[Any]:
    if "if" in schema:
        if _fits(validator, instance, schema["if"]):
            yield from (schema["if"], schema.get("then"))
        else:
            yield schema.get("else")
    if isinstance(instance, dict):
        for name, inner in as_schema(schema.get("dependentSchemas")).items():
            if name in instance:
                yield inner


def _fits(validator: Any, instance: Any, schema: Any) -> bool:
    fits: bool = validator.evolve(schema=schema).is_valid(instance)
    return fits


def _own_properties(_: Any, instance: dict[str, Any], schema: dict[str, Any]) -> Iterable[str]:
    if "additionalProperties" in schema or "unevaluatedProperties" in schema:
        return instance
    known, patterns = as_schema(schema.get("properties")), as_schema(schema.get("patternProperties"))
    return [
        name for name in instance if name in known or any(pattern_found(source, name) for source in patterns)
    ]


def _own_items(validator: Any, instance: list[Any], schema: dict[str, Any]) -> Iterable[int]:
    places = range(len(instance))
    items, is_newest = schema.get("items"), "prefixItems" in validator.VALIDATORS
    if "unevaluatedItems" in schema:
        return places
    if isinstance(items, list) and not is_newest:  # until 2019-09
        return places if "additionalItems" in schema else places[: len(items)]
    if items is not None:
        return places
    seen = [*places[: len(as_list(schema.get("prefixItems")))]]
    if is_newest and "contains" in schema:
        seen += [place for place in places if _fits(validator, instance[place], schema["contains"])]
    return seen
