"""Reading JSON Schemas of servers: references and the parts a schema is put together of.

A schema comes from a server: nothing about its shape is taken for granted, references may run in
circles, names and texts are not printable yet. What more than one view of a schema needs stands
here; `properties` reads it for typed arguments, `shapes` for forms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("NOWHERE", "Schema", "as_list", "as_schema", "is_null", "listed", "parts", "resolved", "target")

Schema: TypeAlias = Mapping[str, Any]

NOWHERE: Final = object()
"""What a reference leads to that leads nowhere."""

_MOST_HOPS = 16
_LONGEST_REFERENCE = 1_000


def as_schema(value: object) -> Schema:
    """The value when it is a JSON object, otherwise an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """The value when it is a JSON array, otherwise an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def target(reference: str, root: object) -> object:
    """What a reference inside the document points to (RFC 6901), or `NOWHERE`; others are not followed."""
    if not reference.startswith("#") or len(reference) > _LONGEST_REFERENCE:
        return NOWHERE
    path = unquote(reference[1:])
    if path and not path.startswith("/"):
        return NOWHERE
    at = root
    for step in path.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(at, Mapping) and name in at:
            at = at[name]
        elif isinstance(at, list) and name.isascii() and name.isdigit() and int(name[:9]) < len(at):
            at = at[int(name[:9])]
        else:
            return NOWHERE
    return at


def resolved(schema: object, root: object) -> dict[str, Any]:
    """The schema under what its references lead to; what is no schema becomes an empty one.

    What stands beside a reference wins over what it leads to.
    """
    found = schema if isinstance(schema, dict) else dict(as_schema(schema))
    for _ in range(_MOST_HOPS):
        if not isinstance(found.get("$ref"), str):
            return found
        beside = {key: value for key, value in found.items() if key != "$ref"}
        inner = as_schema(target(found["$ref"], root))
        found = {**inner, **beside} if beside else inner if isinstance(inner, dict) else dict(inner)
    return {}


def parts(schema: object, root: object, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The schema and the members of its `allOf`, `anyOf`, `oneOf`, as asked for, depth first, each once."""
    waiting, seen = [schema], set[int]()
    while waiting:
        member = waiting.pop()
        if id(member) in seen:
            continue
        seen.add(id(member))
        part = resolved(member, root)
        yield part
        for key in reversed(keys):
            waiting.extend(reversed(as_list(part.get(key))))


def listed(schema: Schema) -> list[Any]:
    """The values that `enum` or `const` allow; empty when neither is there."""
    if isinstance(values := schema.get("enum"), list):
        return values
    return [schema["const"]] if "const" in schema else []


def is_null(branch: object) -> bool:
    """Whether a branch of a union allows null and nothing else."""
    shape = as_schema(branch)
    return shape.get("type") == "null" or ("const" in shape and shape["const"] is None)
