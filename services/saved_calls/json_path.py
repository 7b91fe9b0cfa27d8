"""Places within a JSON value: JSON Pointer (RFC 6901), and JSONPath (RFC 9535) without its functions.

By hand, because a library would cost every command that reads saved calls more than all the rest of
it: the packages there are take 60 to 90 ms to import. A query is the person's own, the value a
stranger's: what one may find is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.saved_calls.json_query import Query, Step, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("BadPath", "Found", "find", "same_json", "trouble")

_MOST: Final = 100_000
"""Values that are looked at in one search."""


class BadPath(ValueError):
    """What is wrong with a path, or with looking for it, in one line."""


class Found(NamedTuple):
    """What stands at a path."""

    values: tuple[Any, ...]
    single: bool
    """The path can only lead to one value: what is found is that value, not a list of values."""

    @property
    def value(self) -> Any:
        """The value to compare: the one there is, or the list of all of them."""
        return self.values[0] if self.single else list(self.values)


def trouble(path: str) -> str:
    """What is wrong with a path, in one line; empty when nothing is."""
    try:
        _read(path)
    except ValueError as error:
        return str(error)
    return ""


def find(path: str, value: Any) -> Found:
    """What stands at a pointer (`/items/0/name`) or a query (`$.items[*].name`). Raises BadPath."""
    try:
        read = _read(path)
    except ValueError as error:
        raise BadPath(str(error)) from None
    if isinstance(read, Query):
        return Found(tuple(_Search(value).run(read, value)), read.singular)
    return Found(tuple(_pointed(read, value)), True)


@lru_cache(maxsize=256)
def _read(path: str) -> Query | tuple[str, ...]:
    if path.startswith("$"):
        return parse(path)
    if path and not path.startswith("/"):
        raise ValueError("a path begins with / (JSON Pointer) or $ (JSONPath)")
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:])


def _pointed(steps: tuple[str, ...], value: Any) -> Iterator[Any]:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdecimal() and step.isascii() and int(step) < len(value):
            value = value[int(step)]
        else:
            return
    yield value


@dataclass(slots=True)
class _Search:
    """One search, with the number of values it has looked at."""

    root: Any
    seen: int = 0

    def run(self, query: Query, here: Any) -> list[Any]:
        found = [self.root if query.absolute else here]
        for step in query.steps:
            around = [inner for value in found for inner in self._below(value)] if step.deep else found
            found = [value for outer in around for value in self._chosen(step, outer)]
        return found

    def _below(self, value: Any) -> Iterator[Any]:
        """The value and all within it, each before what is in it."""
        waiting = [value]
        while waiting:
            value = waiting.pop()
            self._count()
            yield value
            waiting.extend(reversed(_children(value)))

    def _chosen(self, step: Step, value: Any) -> Iterator[Any]:
        for selector in step.selectors:
            for found in self._selected(selector, value):
                self._count()
                yield found

    def _selected(self, selector: Any, value: Any) -> Iterator[Any]:
        match selector:
            case str():
                if isinstance(value, dict) and selector in value:
                    yield value[selector]
            case int():
                if isinstance(value, list) and -len(value) <= selector < len(value):
                    yield value[selector]
            case slice():
                if isinstance(value, list) and selector.step != 0:
                    yield from value[selector]
            case None:
                yield from _children(value)
            case _:
                yield from (item for item in _children(value) if self._holds(selector, item))

    def _holds(self, test: tuple[Any, ...], here: Any) -> bool:
        self._count()
        match test:
            case ("or", *tests):
                return any(self._holds(one, here) for one in tests)
            case ("and", *tests):
                return all(self._holds(one, here) for one in tests)
            case ("not", one):
                return not self._holds(one, here)
            case ("there", query):
                return bool(self.run(query, here))
            case (sign, left, right):
                return _compares(sign, self._operand(left, here), self._operand(right, here))
        return False

    def _operand(self, operand: Any, here: Any) -> list[Any]:
        """The value of one side in a list; an empty list where there is none."""
        return self.run(operand, here) if isinstance(operand, Query) else list(operand)

    def _count(self) -> None:
        self.seen += 1
        if self.seen > _MOST:
            raise BadPath(f"the path leads to more than {_MOST:,} values")


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _compares(sign: str, left: list[Any], right: list[Any]) -> bool:
    """Two sides of a comparison (RFC 9535, 2.3.5.2.2); nothing is only the same as nothing."""
    equal = not left and not right if not (left and right) else same_json(left[0], right[0])
    if sign in ("==", "!="):
        return equal is (sign == "==")
    if equal or not (left and right):
        return equal and sign in ("<=", ">=")
    one, other = left[0], right[0]
    numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (one, other))
    if not numbers and not (isinstance(one, str) and isinstance(other, str)):
        return False
    return bool(one < other if sign in ("<", "<=") else one > other)


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same: 2.0 is 2, true is not 1, and the order of keys does not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)
