"""The bones of a value that a schema describes: what a person fills in when it is written as JSON."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from services.schemas.reader import as_list, as_schema, listed

if TYPE_CHECKING:
    from services.schemas.shapes import Shapes

__all__ = ("skeleton",)

_DEEPEST = 2
_MOST_NAMES = 8
_BLANK: dict[object, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False}


def skeleton(shapes: Shapes, part: object, depth: int = 0, *, most: int = _MOST_NAMES) -> Any:
    """A value with the members a schema names and nothing in them; None where there is nothing to say.

    Plain defaults and fixed values stand where there are some; what is deep, or refers to itself, is cut
    off: every field of a long form may ask. `most` is how many members an object shows.
    """
    shape, _ = shapes.plain(part)
    for value in (shape.get("default"), *listed(shape)[:1]):
        if isinstance(value, str | int | float):
            return value
    branches = as_list(shape.get("oneOf")) or as_list(shape.get("anyOf"))
    if branches and "type" not in shape and depth < _DEEPEST:
        return skeleton(shapes, branches[0], depth + 1)
    match shape.get("type"):
        case "array":
            inner = skeleton(shapes, shape.get("items"), depth + 1) if depth < _DEEPEST else None
            return [] if inner is None else [inner]
        case "object" | None if depth < _DEEPEST and (members := shapes.members(part)):
            named = islice(members.items(), most)
            return {name: skeleton(shapes, inner, depth + 1) for name, inner in named}
        case "object":
            return {}
        case None if as_schema(shape.get("properties")):
            return {}
        case kind:
            return _BLANK.get(kind) if isinstance(kind, str) else None
