"""Reading a tool's input schema (JSON Schema) far enough to type and complete arguments."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from services.schemas.alternatives import Budget, alternatives, together
from services.schemas.reader import as_list, as_schema, is_null, listed, parts, resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from services.schemas.alternatives import Alternative

__all__ = ("Schema", "argument", "choices", "closed", "properties", "required", "types")

Schema = dict[str, Any]

_TYPES: Final = frozenset(("string", "integer", "number", "boolean", "array", "object", "null"))
_UNIONS: Final = ("anyOf", "oneOf")
_COMBINED: Final = ("allOf", *_UNIONS)
_MOST_BRANCHES: Final = 200
_MOST_CONDITIONAL: Final = 500
_MOST_MEMBERS: Final = 50
"""Looked at for one argument, each of which may hold many constants."""


def properties(schema: Mapping[str, Any]) -> dict[str, Schema]:
    """The named arguments with their schemas, in the schema's order; those of branches come last.

    What only branches and conditions say of an argument, any of them may mean.
    """
    sure: dict[str, list[Schema]] = {}
    for part in parts(schema, schema, ("allOf",)):
        for name, value in as_schema(part.get("properties")).items():
            sure.setdefault(str(name), []).append(resolved(value, schema))
    branched = _branched(schema)
    found = {name: together((*said, *branched.get(name, ()))) for name, said in sure.items()}
    return found | {name: together(said) for name, said in branched.items() if name not in found}


def _branched(schema: Mapping[str, Any]) -> dict[str, tuple[Schema, ...]]:
    """For the arguments of branches one schema that allows what any of them says."""
    ways = alternatives(schema)
    conditional = _conditional(ways, schema)
    if len(ways) == 1 and not conditional:
        return {}
    sure = {id(part) for part in parts(schema, schema, ("allOf",))}
    found: dict[str, dict[int, Schema]] = {}
    seen: set[int] = set()
    for part in chain((part for way in ways for part in way.parts), conditional):
        if id(part) in sure or id(part) in seen:
            continue
        seen.add(id(part))
        for name, value in as_schema(part.get("properties")).items():
            said = resolved(value, schema)
            found.setdefault(str(name), {})[id(said)] = said
    return {name: (_any_of([*said.values()]),) for name, said in found.items()}


def _any_of(said: list[Schema]) -> Schema:
    return said[0] if len(said) == 1 else {"anyOf": said}


def _conditional(ways: Sequence[Alternative], root: Mapping[str, Any]) -> list[Schema]:
    """The schemas that hold only on a condition, with those on conditions of theirs, each once."""
    found: list[Schema] = []
    waiting = [part for way in reversed(ways) for part in reversed(way.parts)]
    seen: set[int] = set()
    while waiting and len(found) < _MOST_CONDITIONAL:
        for one in islice(_dependent(waiting.pop()), _MOST_CONDITIONAL):
            if id(one) not in seen:
                seen.add(id(one))
                inner = list(islice(parts(one, root, _COMBINED), _MOST_CONDITIONAL))
                found += inner
                waiting += reversed(inner)
    return found


def _dependent(part: Schema) -> Iterator[Any]:
    yield from (part[key] for key in ("then", "else") if "if" in part and key in part)
    for key in ("dependentSchemas", "dependencies"):
        yield from as_schema(part.get(key)).values()


def argument(name: str, schema: Mapping[str, Any], known: Mapping[str, Schema]) -> Schema:
    """The schema of an argument: of those known by name, by a pattern, or as any further one."""
    if name in known:
        return known[name]
    said = [one for way in alternatives(schema) if (one := way.schema_of(name))]
    return _any_of(said) if said else {}


def required(schema: Mapping[str, Any], beside: Iterable[Any] = ()) -> tuple[str, ...]:
    """The names that must be given, also by schemas that hold beside, in the order of the properties."""
    names: set[str] = set()
    for part in chain.from_iterable(parts(one, schema, ("allOf",)) for one in (schema, *beside)):
        names.update(name for name in as_list(part.get("required")) if isinstance(name, str))
    order = properties(schema)
    return (*(name for name in order if name in names), *sorted(names - order.keys()))


def closed(schema: Mapping[str, Any]) -> bool:
    """Whether the schema refuses names it does not list."""
    whole = resolved(schema, schema)
    says = any(whole.get(key) is False for key in ("additionalProperties", "unevaluatedProperties"))
    return says and not any(part.get("patternProperties") for part in parts(whole, schema, _COMBINED))


def types(schema: Schema, root: Mapping[str, Any]) -> frozenset[str]:
    """The JSON types a value may have; empty when the schema leaves it open."""
    return _types(schema, root, Budget(_MOST_MEMBERS), 0)


def _types(schema: object, root: Mapping[str, Any], budget: Budget, depth: int) -> frozenset[str]:
    if not budget.allows(depth):
        return frozenset()
    part = resolved(schema, root)
    found = _own_types(part)
    for key in _UNIONS:
        branches = as_list(part.get(key))[:_MOST_BRANCHES]
        found = _both(found, frozenset().union(*(_types(one, root, budget, depth + 1) for one in branches)))
    for one in as_list(part.get("allOf"))[:_MOST_BRANCHES]:
        found = _both(found, _types(one, root, budget, depth + 1))
    return found


def _own_types(part: Schema) -> frozenset[str]:
    stated = part.get("type")
    if stated is not None:
        return _TYPES.intersection(name for name in as_list(stated) or [stated] if isinstance(name, str))
    values = frozenset(_type_of(value) for value in listed(part))
    return values or frozenset(name for key, name in _HINTS if key in part)


_HINTS = (("properties", "object"), ("items", "array"))


def _both(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The types that both allow; where they contradict each other, those of either."""
    if not one or not other:
        return one or other
    common = _with_integers(one) & _with_integers(other)
    return (common if common <= one | other else common - {"integer"}) or one | other


def _with_integers(kinds: frozenset[str]) -> frozenset[str]:
    return kinds | {"integer"} if "number" in kinds else kinds


def choices(schema: Schema, root: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values a closed choice allows (`enum`, `const`, titled `oneOf`); empty when it is open."""
    return tuple(_choices(schema, root, Budget(_MOST_MEMBERS), 0))


def _choices(schema: object, root: Mapping[str, Any], budget: Budget, depth: int) -> list[Any]:
    if not budget.allows(depth):
        return []
    shape = resolved(schema, root)
    found = listed(shape)
    for key in () if found else _UNIONS:
        each = [_member_values(member, root) for member in as_list(shape.get(key))]
        if each and all(each):
            return list(chain.from_iterable(each))
    for one in as_list(shape.get("allOf"))[:_MOST_BRANCHES]:
        more = _choices(one, root, budget, depth + 1)
        # Of two lists the shorter one: `kind` is any of three, and in this branch only "a".
        found = min(found, more, key=len) if found and more else found or more
    return found


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
