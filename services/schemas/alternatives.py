"""The ways in which arguments can fit a schema: its own keywords with one branch of each union.

`{"type": "object", "oneOf": [A, B]}` has two: what stands beside `oneOf` together with A, or with B.
Which of them somebody means is for the arguments to say, where a `const` or an `enum` tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.schemas.patterns import Undecided, compile_pattern
from services.schemas.reader import as_list, as_schema, resolved

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ("Alternative", "Budget", "alternatives", "together")

_MOST_WAYS: Final = 32
_MOST_STEPS: Final = 300
_DEEPEST: Final = 8
_MOST_PATTERNS: Final = 50
_CLOSING: Final = ("additionalProperties", "unevaluatedProperties")
_ABOUT: Final = ("title", "description", "default")

Schema = dict[str, Any]


@dataclass(slots=True)
class Budget:
    """What one look at a schema may cost: it may refer to itself in every branch."""

    left: int = _MOST_STEPS

    def allows(self, depth: int) -> bool:
        """Whether members at that depth are looked into; each question counts."""
        self.left -= 1
        return self.left >= 0 and depth <= _DEEPEST


@dataclass(frozen=True, slots=True)
class Alternative:
    """Schemas that hold together."""

    parts: tuple[Schema, ...]

    def schema_of(self, name: str) -> Schema:
        """What all parts say of an argument: by its name, by a pattern, or as any further one."""
        found = [schema for part in self.parts for schema in _of_part(part, name)]
        return together(found or (part.get("unevaluatedProperties") for part in self.parts))

    def missing(self, given: Collection[str]) -> int:
        """How many required arguments are not given."""
        lists = [as_list(part.get("required")) for part in self.parts]
        needed = {name for names in lists for name in names[:1_000] if isinstance(name, str)}
        return len(needed.difference(given))

    def lacks(self, given: Collection[str]) -> bool:
        """Whether something must be given that is not."""
        least = [part.get("minProperties") for part in self.parts]
        return self.missing(given) > 0 or any(isinstance(one, int) and len(given) < one for one in least)

    def refuses(self, name: str) -> bool:
        """Whether an argument of this name is none of those that a closed part allows."""
        closed = any(part.get(key) is False for part in self.parts for key in _CLOSING)
        return closed and not any(_of_part(part, name) for part in self.parts)


def alternatives(schema: Mapping[str, Any], beside: Iterable[Any] = ()) -> tuple[Alternative, ...]:
    """The ways to fit a schema, at least one, and what holds beside it; of very many the first."""
    budget = Budget()
    ways = _ways(schema, schema, budget, 0)
    for more in beside:
        ways = _product(ways, _ways(more, schema, budget, 1))
    return tuple(Alternative(_each_once(parts)) for parts in ways)


def together(schemas: Iterable[object]) -> Schema:
    """One schema for what several say together; an empty one for none."""
    found = _each_once(schema for schema in schemas if isinstance(schema, dict))
    if len(found) < 2:
        return found[0] if found else {}
    about: Schema = {key: one[key] for one in reversed(found) for key in _ABOUT if key in one}
    return {**about, "allOf": list(found)}


def _each_once(schemas: Iterable[Schema]) -> tuple[Schema, ...]:
    return tuple({id(schema): schema for schema in schemas}.values())


def _ways(member: object, root: object, budget: Budget, depth: int) -> list[tuple[Schema, ...]]:
    if not budget.allows(depth):
        return [()]
    part = resolved(member, root)
    ways: list[tuple[Schema, ...]] = [(part,)]
    for each in as_list(part.get("allOf")):
        ways = _product(ways, _ways(each, root, budget, depth + 1))
    for key in ("anyOf", "oneOf"):
        branches = as_list(part.get(key))[:_MOST_WAYS]
        if branches:
            ways = _product(ways, [way for each in branches for way in _ways(each, root, budget, depth + 1)])
    return ways


def _product(ways: list[tuple[Schema, ...]], others: list[tuple[Schema, ...]]) -> list[tuple[Schema, ...]]:
    return [(*way, *other) for other in others[:_MOST_WAYS] for way in ways][:_MOST_WAYS]


def _of_part(part: Schema, name: str) -> list[object]:
    named = as_schema(part.get("properties"))
    found = [named[name]] if name in named else []
    for source, schema in list(as_schema(part.get("patternProperties")).items())[:_MOST_PATTERNS]:
        if _matches(source, name):
            found.append(schema)
    further = part.get("additionalProperties")
    return found or ([further] if isinstance(further, dict) and further else [])


def _matches(source: object, name: str) -> bool:
    pattern = compile_pattern(source)
    try:
        return pattern is not None and pattern.found_in(name)
    except Undecided:
        return False
