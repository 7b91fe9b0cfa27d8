"""The plain shapes that forms are made of: nullable types and unions of one branch folded in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.schemas.alternatives import Alternative, together
from services.schemas.places import Places
from services.schemas.reader import as_list, as_schema, is_null, target

if TYPE_CHECKING:
    from services.schemas.reader import Schema

__all__ = ("Shapes",)

_MOST_HOPS = 16
"""How far references and one-branch unions are followed: a schema may refer to itself."""
_DEEPEST = 4
_MOST_PROPERTIES = 10_000


class Shapes:
    """One root schema, and the plain shape of its parts."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._places = Places(root)

    def members(self, part: object) -> dict[str, object]:
        """What is sure to be named of an object, and not closed out by another part of its schema."""
        return {name: together(parts) for name, parts in self._places.place((part,)).properties.items()}

    def properties(self) -> tuple[dict[str, object], frozenset[str]]:
        """The properties in their order, those of `allOf`, `anyOf`, `oneOf` after them; the required names.

        A property that branches describe differently may be as any of them says. Required names that are
        no property come last, each as what the schema says of further ones.
        """
        found: dict[str, list[object]] = {}
        required: dict[str, None] = {}
        self._collect(self._root, found, required, sure=True, depth=0)
        for name in required:
            if name not in found and len(found) < _MOST_PROPERTIES:
                found[name] = [Alternative((self.plain(self._root)[0],)).schema_of(name)]
        place = self._places.place((self._root,))
        merged = {
            name: parts[0] if len(parts) == 1 else {"anyOf": parts}
            for name, parts in found.items()
            if name in place.properties or name in required or not place.refuses(name)
        }
        return merged, frozenset(required)

    def _collect(
        self,
        schema: Schema,
        found: dict[str, list[object]],
        needed: dict[str, None],
        *,
        sure: bool,
        depth: int,
    ) -> None:
        schema, _ = self.plain(schema)
        for name, part in as_schema(schema.get("properties")).items():
            if isinstance(name, str) and len(found) < _MOST_PROPERTIES:
                parts = found.setdefault(name, [])
                if not any(_same(part, other) for other in parts[:20]):
                    parts.append(part)
        if sure:
            needed.update((name, None) for name in as_list(schema.get("required")) if isinstance(name, str))
        if depth >= _DEEPEST:
            return
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in as_list(schema.get(keyword))[:50]:
                always = sure and keyword == "allOf"
                self._collect(as_schema(branch), found, needed, sure=always, depth=depth + 1)

    def plain(self, schema: object) -> tuple[dict[str, Any], bool]:
        """The schema with references and one-branch unions folded in, and whether null is allowed too."""
        shape = {key: value for key, value in as_schema(schema).items() if isinstance(key, str)}
        nullable = False
        for _ in range(_MOST_HOPS):
            if isinstance(shape.get("type"), list | tuple) and "null" in shape["type"]:
                nullable = True
                kinds = [kind for kind in shape["type"] if kind != "null"]
                shape["type"] = kinds[0] if len(kinds) == 1 else kinds
            folded, with_null = self._folded(shape)
            nullable = nullable or with_null
            if folded is None:
                break
            shape = folded
        return shape, nullable

    def _folded(self, shape: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
        """One step: the shape with one keyword folded in, or None when nothing is left to fold."""
        if isinstance(shape.get("$ref"), str):
            inner = target(shape["$ref"], self._root)
            return (_merged(shape, "$ref", inner) if isinstance(inner, Mapping) else None), False
        branches = as_list(shape.get("allOf"))
        if len(branches) == 1:
            return _merged(shape, "allOf", as_schema(branches[0])), False
        for keyword in ("anyOf", "oneOf"):
            branches = as_list(shape.get(keyword))
            others = [branch for branch in branches if not is_null(branch)]
            with_null = len(others) < len(branches)
            if len(others) == 1:
                return _merged(shape, keyword, as_schema(others[0])), with_null
            if with_null and others:
                return {**shape, keyword: others}, True
        return None, False


def _merged(shape: dict[str, Any], keyword: str, inner: Schema) -> dict[str, Any]:
    """The inner schema under what stands beside the keyword; what both name and require is joined."""
    beside = {key: value for key, value in shape.items() if key != keyword}
    found = {**{key: value for key, value in inner.items() if isinstance(key, str)}, **beside}
    if "properties" in inner and "properties" in beside:
        found["properties"] = {**as_schema(inner["properties"]), **as_schema(beside["properties"])}
    if "required" in inner and "required" in beside:
        found["required"] = [*as_list(inner["required"]), *as_list(beside["required"])]
    return found


def _same(one: object, other: object) -> bool:
    try:
        return one == other
    except RecursionError:
        return False
