"""What schemas say of the properties that they do not know, each of those that it knows itself.

`additionalProperties` knows what stands beside it and nothing else, `unevaluatedProperties` also what is
looked at within its own schema. Neither sees what other members of an `allOf` name: a property that one
names and another closes out can never be given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.schemas.patterns import pattern_found
from services.schemas.reader import NOWHERE, as_list, as_schema, target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ("Further", "further_of")

_MOST_PARTS: Final = 200
_MEMBERS: Final = ("allOf", "anyOf", "oneOf")
_ANYTHING: Final = frozenset(("additionalProperties", "$dynamicRef", "$recursiveRef"))
"""Keywords by which any name may be looked at."""
_BRANCHES: Final = ("if", "then", "else")


@dataclass(frozen=True, slots=True)
class Further:
    """What one schema says of all properties but those that it knows."""

    says: Any
    """A schema; False where there may be none."""
    named: Collection[str]
    patterns: Collection[str]

    def is_about(self, name: str) -> bool:
        """Whether a property is none of those that the schema knows."""
        return name not in self.named and not any(pattern_found(source, name) for source in self.patterns)


def further_of(part: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Further]:
    """What a schema says of further properties, by either keyword."""
    if "additionalProperties" in part:
        named, patterns = as_schema(part.get("properties")), as_schema(part.get("patternProperties"))
        yield Further(part["additionalProperties"], named, patterns)
    elif "unevaluatedProperties" in part and (known := _looked_at(part, root)) is not None:
        yield Further(part["unevaluatedProperties"], *known)


def _looked_at(part: Mapping[str, Any], root: Mapping[str, Any]) -> tuple[set[str], set[str]] | None:
    """The names and patterns that a schema may look at; None where that may be any name."""
    named, patterns = set[str](), set[str]()
    waiting, seen = [part], set[int]()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        if len(seen) > _MOST_PARTS or (one is not part and "unevaluatedProperties" in one):
            return None
        if not _ANYTHING.isdisjoint(one) or _led(one, root) is NOWHERE:
            return None
        named.update(as_schema(one.get("properties")))
        patterns.update(as_schema(one.get("patternProperties")))
        waiting += _at_the_same_place(one, root)
    return named, patterns


def _led(part: Mapping[str, Any], root: Mapping[str, Any]) -> object:
    """Where a reference leads; nothing without one."""
    reference = part.get("$ref")
    return target(reference, root) if isinstance(reference, str) else None


def _at_the_same_place(part: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Any]:
    """The schemas that may hold at the place of another one."""
    yield _led(part, root)
    for key in _MEMBERS:
        yield from as_list(part.get(key))
    yield from (part[key] for key in _BRANCHES if key in part)
    for key in ("dependentSchemas", "dependencies"):
        yield from as_schema(part.get(key)).values()
