"""What of a value a schema has looked at; `unevaluatedProperties` and `unevaluatedItems` are about the rest.

See JSON Schema 2020-12, section 11. jsonschema's own reads patterns by Python's, which take what time
they like, follows no `$recursiveRef` to properties, and in 2019-09 counts items that `contains` has found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.schemas.patterns import pattern_found
from services.schemas.reader import as_list, as_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ("evaluated", "evaluated_items")


def evaluated(
    validator: Any, value: Mapping[str, Any], schema: Any, spend: Callable[[], None], *, around: bool = True
) -> set[str]:
    """The names of the properties that a schema, which the value fits, has looked at.

    `around` is whether the schema's own `unevaluatedProperties` counts; `spend` is called for each schema.
    """
    spend()
    if not isinstance(schema, dict):
        return set()
    if "additionalProperties" in schema or (around and "unevaluatedProperties" in schema):
        return set(value)
    found = as_schema(schema.get("properties")).keys() & value.keys()
    for source in as_schema(schema.get("patternProperties")):
        found |= {name for name in value if pattern_found(source, name)}
    for inner, part in _applied(validator, value, schema):
        found |= evaluated(inner, value, part, spend)
    return found


def evaluated_items(
    validator: Any, value: list[Any], schema: Any, spend: Callable[[], None], *, around: bool = True
) -> set[int]:
    """The places of the items that a schema, which the value fits, has looked at."""
    spend()
    if not isinstance(schema, dict):
        return set()
    own = _own_items(validator, value, schema)
    if own is None or (around and "unevaluatedItems" in schema):
        return set(range(len(value)))
    for inner, part in _applied(validator, value, schema):
        own |= evaluated_items(inner, value, part, spend)
    return own


def _own_items(validator: Any, value: list[Any], schema: dict[str, Any]) -> set[int] | None:
    """The places that the schema's own keywords look at; None for all of them."""
    if "prefixItems" in validator.VALIDATORS:  # since 2020-12
        if "items" in schema:
            return None
        first, part = schema.get("prefixItems"), schema.get("contains")
        found = (
            {place for place, one in enumerate(value) if _fits(validator, one, part)}
            if part is not None
            else set()
        )
        return found | set(range(len(as_list(first))))
    first = schema.get("items")
    if first is None or (isinstance(first, list) and "additionalItems" not in schema):
        return set(range(len(as_list(first))))
    return None


def _applied(validator: Any, value: Any, schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The schemas that hold at the same place, each with the validator that resolves its references."""
    from referencing.jsonschema import lookup_recursive_ref

    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema:
            resolved = validator._resolver.lookup(schema[keyword])  # the library offers no other way
            yield _led(validator, resolved), resolved.contents
    if "$recursiveRef" in schema and "$recursiveRef" in validator.VALIDATORS:
        resolved = lookup_recursive_ref(validator._resolver)
        yield _led(validator, resolved), resolved.contents
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in as_list(schema.get(keyword)):
            if _fits(validator, value, part):
                yield validator, part
    for name, part in as_schema(schema.get("dependentSchemas")).items():
        if isinstance(value, dict) and name in value:
            yield validator, part
    if "if" in schema:
        fits = _fits(validator, value, schema["if"])
        if fits:
            yield validator, schema["if"]
        if (branch := "then" if fits else "else") in schema:
            yield validator, schema[branch]


def _led(validator: Any, resolved: Any) -> Any:
    return validator.evolve(schema=resolved.contents, _resolver=resolved.resolver)


def _fits(validator: Any, value: Any, part: Any) -> bool:
    return next(validator.evolve(schema=part).iter_errors(value), None) is None
