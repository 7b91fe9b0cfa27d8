"""Reading a tool's input schema (JSON Schema) far enough to type and complete arguments."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from services.schemas.reader import as_list, is_null, listed, parts, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Schema", "choices", "closed", "properties", "required", "types")

Schema = dict[str, Any]

_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def properties(schema: Mapping[str, Any]) -> dict[str, Schema]:
    """The named arguments with their schemas, in the schema's order."""
    found: dict[str, Schema] = {}
    for part in parts(schema, schema, ("allOf",)):
        named = part.get("properties")
        for name, value in named.items() if isinstance(named, dict) else ():
            found.setdefault(str(name), resolved(value, schema))
    return found


def required(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that must be given, in the order of the properties."""
    names: set[str] = set()
    for part in parts(schema, schema, ("allOf",)):
        names.update(name for name in as_list(part.get("required")) if isinstance(name, str))
    order = properties(schema)
    return (*(name for name in order if name in names), *sorted(names - order.keys()))


def closed(schema: Mapping[str, Any]) -> bool:
    """Whether the schema refuses names it does not list."""
    whole = resolved(schema, schema)
    return whole.get("additionalProperties") is False and not whole.get("patternProperties")


_UNIONS = ("anyOf", "oneOf", "allOf")


def types(schema: Schema, root: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types a value may have; empty when the schema leaves it open."""
    found: set[str] = set()
    for part in parts(schema, root, _UNIONS):
        stated = part.get("type")
        for name in as_list(stated) or [stated]:
            if isinstance(name, str) and name in _TYPES:
                found.add(name)
        if stated is None:
            found.update(_type_of(value) for value in listed(part))
            found.update(name for key, name in _HINTS if key in part)
    return frozenset(found)


_HINTS = (("properties", "object"), ("items", "array"))


def choices(schema: Schema, root: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values a closed choice allows (`enum`, `const`, titled `oneOf`); empty when it is open."""
    shape = resolved(schema, root)
    if values := listed(shape):
        return tuple(values)
    for key in ("anyOf", "oneOf"):
        members = shape.get(key)
        if isinstance(members, list) and members:
            each = [_member_values(member, root) for member in members]
            if all(each):
                return tuple(chain.from_iterable(each))
    return ()


def _member_values(member: object, root: Mapping[str, Any]) -> list[Any]:
    shape = resolved(member, root)
    return [None] if is_null(shape) else listed(shape)


def _type_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
    return "object"
