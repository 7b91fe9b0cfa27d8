"""Which properties of a value a schema has looked at; `unevaluatedProperties` is about the others.

See JSON Schema 2020-12, section 11.3. jsonschema's own reads patterns by Python's, which take what time
they like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.schemas.patterns import pattern_found
from services.schemas.reader import as_list, as_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ("evaluated",)


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


def _applied(validator: Any, value: Mapping[str, Any], schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """The schemas that hold at the same place, each with the validator that resolves its references."""
    for keyword in ("$ref", "$dynamicRef"):
        if keyword in schema:
            resolved = validator._resolver.lookup(schema[keyword])  # the library offers no other way
            part = resolved.contents
            yield validator.evolve(schema=part, _resolver=resolved.resolver), part
    for keyword in ("allOf", "anyOf", "oneOf"):
        for part in as_list(schema.get(keyword)):
            if _fits(validator, value, part):
                yield validator, part
    for name, part in as_schema(schema.get("dependentSchemas")).items():
        if name in value:
            yield validator, part
    if "if" in schema:
        fits = _fits(validator, value, schema["if"])
        if fits:
            yield validator, schema["if"]
        if (branch := "then" if fits else "else") in schema:
            yield validator, schema[branch]


def _fits(validator: Any, value: Mapping[str, Any], part: Any) -> bool:
    return next(validator.evolve(schema=part).iter_errors(value), None) is None
