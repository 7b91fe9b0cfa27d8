"""Looking through a JSON value for a text, in keys and values alike: for a thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from widgets.views.search import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.json_paths import Step

__all__ = ("MOST_MATCHES", "JsonMatches", "json_matches")

MOST_MATCHES: Final = 100_000
_LONG: Final = 1 << 16
_LOOK: Final = 4_096
"""Values between two looks whether anybody still waits."""

Chain = tuple["Chain | None", "Step | None"]
"""A place as a chain to the top: a tuple for each container instead of a path for each value."""


class JsonMatches(NamedTuple):
    """Where the text stands, in the order of the document."""

    found: list[Chain]
    more: bool = False
    """There are more than are kept."""

    def path(self, index: int) -> tuple[Step, ...]:
        """The path of one of them."""
        steps: list[Step] = []
        chain: Chain | None = self.found[index]
        while chain is not None:
            chain, step = chain
            if step is not None:
                steps.append(step)
        return tuple(reversed(steps))


def json_matches(value: Any, needle: str, is_over: Callable[[], bool] = lambda: False) -> JsonMatches:
    """Every key and simple value that holds the text; case does not matter. 10 MB take about 0.1 s."""
    found: list[Chain] = []
    wanted = needle.lower()
    if not wanted:
        return JsonMatches(found)
    top: Chain = (None, None)
    if not isinstance(value, dict | list):
        return JsonMatches([top] if _holds(value, wanted) else found)
    keys: dict[str, bool] = {}
    stack: list[tuple[Chain, Iterator[tuple[Any, Any]]]] = [(top, _members(value))]
    seen = 0
    while stack:
        chain, members = stack[-1]
        for key, item in members:
            seen += 1
            if not seen % _LOOK and is_over():
                return JsonMatches([])
            kind = type(item)
            if type(key) is str:
                hit = keys.get(key)
                if hit is None:
                    hit = keys[key] = wanted in key.lower()
            else:
                hit = False
            if kind is dict or kind is list:
                here = (chain, key)
                if hit:
                    found.append(here)
                stack.append((here, _members(item)))
                break
            if hit or (wanted in item.lower() if kind is str and len(item) < _LONG else _holds(item, wanted)):
                found.append((chain, key))
                if len(found) >= MOST_MATCHES:
                    return JsonMatches(found, more=True)
        else:
            stack.pop()
    return JsonMatches(found)


def _members(value: Any) -> Iterator[tuple[Any, Any]]:
    return iter(value.items()) if isinstance(value, dict) else iter(enumerate(value))


def _holds(item: Any, wanted: str) -> bool:
    if isinstance(item, str):
        return any(place is not None for place in places(item, wanted))
    return wanted in json.dumps(item)
