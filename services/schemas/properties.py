"""Reading a tool's input schema (JSON Schema) far enough to type and complete arguments.

A schema comes from a server: nothing about its shape is taken for granted, references may
run in circles, names and texts are not printable yet.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("Schema", "choices", "closed", "properties", "required", "types")

Schema = dict[str, Any]

_DEPTH = 8
_TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def _resolve(schema: object, root: Mapping[str, Any]) -> Schema:
    """The schema a local `$ref` leads to; what is no schema becomes an empty one."""
    for _ in range(_DEPTH):
        if not isinstance(schema, dict):
            return {}
        target = schema.get("$ref")
        if not isinstance(target, str):
            return schema
        schema = _follow(target, root)
    return {}


def _follow(reference: str, root: Mapping[str, Any]) -> object:
    if not reference.startswith("#"):
        return {}
    node: object = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _parts(schema: object, root: Mapping[str, Any], keys: tuple[str, ...]) -> Iterator[Schema]:
    """The schema and the members of its `allOf`, `anyOf`, `oneOf`, as asked for, depth first, each once."""
    waiting, seen = [schema], set[int]()
    while waiting:
        resolved = _resolve(waiting.pop(), root)
        if id(resolved) in seen:
            continue
        seen.add(id(resolved))
        yield resolved
        for key in reversed(keys):
            members = resolved.get(key)
            waiting.extend(reversed(members) if isinstance(members, list) else ())


def properties(schema: Mapping[str, Any]) -> dict[str, Schema]:
    """The named arguments with their schemas, in the schema's order."""
    found: dict[str, Schema] = {}
    for part in _parts(schema, schema, ("allOf",)):
        named = part.get("properties")
        for name, value in named.items() if isinstance(named, dict) else ():
            found.setdefault(str(name), _resolve(value, schema))
    return found


def required(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The names that must be given, in the order of the properties."""
    names: set[str] = set()
    for part in _parts(schema, schema, ("allOf",)):
        listed = part.get("required")
        names.update(name for name in (listed if isinstance(listed, list) else ()) if isinstance(name, str))
    order = properties(schema)
    return (*(name for name in order if name in names), *sorted(names - order.keys()))


def closed(schema: Mapping[str, Any]) -> bool:
    """Whether the schema refuses names it does not list."""
    resolved = _resolve(schema, schema)
    return resolved.get("additionalProperties") is False and not resolved.get("patternProperties")


_UNIONS = ("anyOf", "oneOf", "allOf")


def types(schema: Schema, root: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types a value may have; empty when the schema leaves it open."""
    found: set[str] = set()
    for part in _parts(schema, root, _UNIONS):
        stated = part.get("type")
        for name in stated if isinstance(stated, list) else [stated]:
            if isinstance(name, str) and name in _TYPES:
                found.add(name)
        if stated is None:
            found.update(_type_of(value) for value in _listed(part))
            found.update(name for key, name in _HINTS if key in part)
    return frozenset(found)


_HINTS = (("properties", "object"), ("items", "array"))


def choices(schema: Schema, root: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values a closed choice allows (`enum`, `const`, titled `oneOf`); empty when it is open."""
    resolved = _resolve(schema, root)
    if listed := _listed(resolved):
        return tuple(listed)
    for key in ("anyOf", "oneOf"):
        members = resolved.get(key)
        if isinstance(members, list) and members:
            each = [_member_values(member, root) for member in members]
            if all(each):
                return tuple(chain.from_iterable(each))
    return ()


def _member_values(member: object, root: Mapping[str, Any]) -> list[Any]:
    resolved = _resolve(member, root)
    return [None] if resolved.get("type") == "null" else _listed(resolved)


def _listed(schema: Schema) -> list[Any]:
    if isinstance(values := schema.get("enum"), list):
        return values
    return [schema["const"]] if "const" in schema else []


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
