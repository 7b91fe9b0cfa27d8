"""Looking through a JSON value for a text, in keys and values alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from widgets.views.search import Turn, places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from services.json_paths import Step

__all__ = ("MOST_MATCHES", "JsonMatches", "json_matches")

MOST_MATCHES: Final = 100_000
_LONG: Final = 1 << 16
_IN_NUMBERS: Final = frozenset("0123456789.e+-")
_CONTAINERS: Final = frozenset((dict, list))
_KEPT_KEYS: Final = 10_000
_SMALL: Final = 64
"""Members of a container that is looked at in one go."""
_STEP: Final = 2_048
"""Values of a step, about a millisecond."""

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


async def json_matches(
    value: Any, needle: str, first: Callable[[tuple[Step, ...]], Awaitable[None]] | None = None
) -> JsonMatches:
    """Every key and simple value that holds the text; case does not matter. 10 MB take about 0.2 s.

    `first` is called as soon as there is one, before the others are looked for. The event loop is served
    in between: in a thread the two would wait for each other at every tick.
    """
    found: list[Chain] = []
    turn = Turn()
    for _ in _looked_at(value, _Test(needle.lower()), found) if needle else ():
        if found and first is not None:
            await first(JsonMatches(found).path(0))
            first = None
        await turn.over()
    return JsonMatches(found, more=len(found) >= MOST_MATCHES)


def _looked_at(value: Any, holds: _Test, found: list[Chain]) -> Iterator[None]:
    """Collects what holds the text, a step after every few thousand values."""
    top: Chain = (None, None)
    if not isinstance(value, dict | list):
        if holds.simple(value):
            found.append(top)
        return
    stack: list[tuple[Chain, Iterator[tuple[Any, Any]]]] = [(top, _members(value))]
    seen = 0
    while stack:
        chain, members = stack[-1]
        for key, item in members:
            seen += 1
            if not seen % _STEP:
                yield
            kind = type(item)
            hit = type(key) is str and holds.key(key)
            if kind is dict or kind is list:
                if not hit and len(item) <= _SMALL and holds.nothing_within(item):
                    continue
                here = (chain, key)
                if hit:
                    found.append(here)
                stack.append((here, _members(item)))
                break
            if hit or (holds.text(item) if kind is str else holds.simple(item)):
                found.append((chain, key))
                if len(found) >= MOST_MATCHES:
                    return
        else:
            stack.pop()


class _Test:
    """Whether a key or a simple value holds the text; what can be known before is."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._keys: dict[str, bool] = {}
        self._shapes: dict[tuple[str, ...], bool] = {}
        self._in_numbers = _IN_NUMBERS.issuperset(wanted)
        self._words = {
            word: wanted in said for word, said in ((True, "true"), (False, "false"), (None, "null"))
        }

    def key(self, key: str) -> bool:
        """Keys come again and again."""
        hit = self._keys.get(key)
        if hit is None:
            hit = self._wanted in key.lower()
            if len(self._keys) < _KEPT_KEYS:
                self._keys[key] = hit
        return hit

    def nothing_within(self, item: dict[str, Any] | list[Any]) -> bool:
        """Whether a container of simple values holds it nowhere, told at once: a row of a table."""
        values = item.values() if isinstance(item, dict) else item
        if not _CONTAINERS.isdisjoint(map(type, values)):
            return False
        shape = tuple(item) if isinstance(item, dict) else ()
        hit = self._shapes.get(shape)
        if hit is None:
            hit = any(map(self.key, shape))
            if len(self._shapes) < _KEPT_KEYS:
                self._shapes[shape] = hit
        texts = "\n".join([value for value in values if type(value) is str])
        if hit or len(texts) > _LONG or self._wanted in texts.lower():
            return False
        looked_at = self._in_numbers or any(self._words.values())
        return not looked_at or not any(map(self.simple, values))

    def text(self, text: str) -> bool:
        if len(text) < _LONG:
            return self._wanted in text.lower()
        return any(place is not None for place in places(text, self._wanted))

    def simple(self, item: Any) -> bool:
        if item is None or item is True or item is False:
            return self._words[item]
        if isinstance(item, str):
            return self.text(item)
        return self._in_numbers and self._wanted in repr(item)


def _members(value: Any) -> Iterator[tuple[Any, Any]]:
    return iter(value.items()) if isinstance(value, dict) else iter(enumerate(value))
