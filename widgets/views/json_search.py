"""Looking through a JSON value for a text, in keys and values alike."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from widgets.views.search import Turn, places

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterator, Sequence

    from services.json_paths import Step

__all__ = ("MOST_MATCHES", "JsonMatches", "json_matches")

MOST_MATCHES: Final = 100_000
_SOON: Final = 0.12
"""Seconds after which a search says that it is going on, until something is found."""
_OFTEN: Final = 0.2
"""Seconds after which it says how many there are so far."""
_LONG: Final = 1 << 16
_IN_NUMBERS: Final = frozenset("0123456789.e+-")
_CONTAINERS: Final = frozenset((dict, list))
_TEXTS: Final = frozenset((str, dict, list))
"""What is no number and no word."""
_KEPT_KEYS: Final = 10_000
_RUN: Final = 512
"""Members of a large container that are looked at in one go."""
_SMALL: Final = 64
"""Members of a container that is not large, and of a part of such a run."""
_UNSIFTED: Final = 8
"""Runs after one that held the text nearly everywhere: sifting those too would cost more than it spares."""
_MUCH: Final = 1 << 14
"""Values, and 16 times as many characters, that are looked at in one go: about a millisecond."""
_LEVELS: Final = 16
"""Levels of containers that are looked at in one go."""
_STEP: Final = 2_048
"""Values of a step, about a millisecond."""
_TURN: Final = object()
"""Stands for a key where there is no member, but a step is over."""

Chain = tuple["Chain | None", "Step | None"]
"""A place as a chain to the top: a tuple for each container instead of a path for each value."""


@dataclass(slots=True)
class JsonMatches:
    """Where the text stands, in the order of the document; those found so far while it `is_going`."""

    found: list[Chain] = field(default_factory=list)
    is_going: bool = True

    @property
    def more(self) -> bool:
        """There are, or may be, more than are kept."""
        return len(self.found) >= MOST_MATCHES

    def path(self, index: int) -> tuple[Step, ...]:
        """The path of one of them."""
        steps: list[Step] = []
        chain: Chain | None = self.found[index]
        while chain is not None:
            chain, step = chain
            if step is not None:
                steps.append(step)
        return tuple(reversed(steps))


async def json_matches(value: Any, needle: str) -> AsyncIterator[JsonMatches]:
    """Every key and simple value that holds the text; case does not matter. 10 MB take about 0.1 s.

    The same matches again and again: with the first one, before the others are looked for, then as they
    become more, a few times a second, and at the end. The event loop is served in between: in a thread the
    two would wait for each other at every tick.
    """
    matches = JsonMatches()
    turn, told, wait = Turn(), time.monotonic(), _SOON
    for _ in _looked_at(value, _Test(needle.lower()), matches.found) if needle else ():
        is_first = wait == _SOON and bool(matches.found)
        if is_first or time.monotonic() - told > wait:
            yield matches
            told, wait = time.monotonic(), _OFTEN if matches.found else _SOON
        await turn.over()
    matches.is_going = False
    yield matches


class _Level:
    """A container that is being looked through."""

    __slots__ = ("chain", "held", "members")

    def __init__(self, chain: Chain, members: Iterator[tuple[Any, Any]], held: bool) -> None:
        self.chain = chain
        self.members = members
        self.held = held
        """Whether it is known that the text stands here, so that only rows are still told at once."""


def _looked_at(value: Any, holds: _Test, found: list[Chain]) -> Iterator[None]:
    """Collects what holds the text, a step after every few thousand values.

    Most values hold nothing, which is told of hundreds at once; the rest is looked at one by one.
    """
    top: Chain = (None, None)
    if not isinstance(value, dict | list):
        if holds.simple(value):
            found.append(top)
        return
    stack = [_Level(top, _members(value, holds), False)]
    seen = 0
    while stack:
        level = stack[-1]
        for key, item in level.members:
            seen += 1
            if key is _TURN:
                level.held = item
                yield
                continue
            if not seen % _STEP:
                yield
            kind = type(item)
            hit = type(key) is str and holds.key(key)
            if kind is dict or kind is list:
                held: bool | None = False if hit else level.held
                if not hit and len(item) <= _SMALL:
                    held = holds.row(item) if level.held else holds.within((), (item,))
                    if held is False:
                        continue
                here = (level.chain, key)
                if hit:
                    found.append(here)
                stack.append(_Level(here, _members(item, holds), bool(held)))
                break
            if hit or (holds.text(item) if kind is str else holds.simple(item)):
                found.append((level.chain, key))
                if len(found) >= MOST_MATCHES:
                    return
        else:
            stack.pop()


def _members(value: dict[str, Any] | list[Any], holds: _Test) -> Iterator[tuple[Any, Any]]:
    """The members of a container; of a large one only those that may hold the text."""
    if len(value) > _SMALL:
        return _sifted(value, holds)
    return iter(value.items()) if isinstance(value, dict) else iter(enumerate(value))


def _sifted(value: dict[str, Any] | list[Any], holds: _Test) -> Iterator[tuple[Any, Any]]:
    """Those members of a large container that may hold it: what most runs hold is not sifted for a while."""
    named = isinstance(value, dict)
    names: Iterator[Any] = iter(value if named else range(len(value)))
    items = iter(value.values() if isinstance(value, dict) else value)
    unsifted = 0
    while values := list(islice(items, _RUN)):
        keys = list(islice(names, _RUN))
        yield _TURN, unsifted > 0
        if unsifted:
            unsifted -= 1
            yield from zip(keys, values, strict=True)
            continue
        if holds.within(keys if named else (), values) is False:
            continue
        left_out = 0
        for begin in range(0, len(values), _SMALL):
            few, some = keys[begin : begin + _SMALL], values[begin : begin + _SMALL]
            if (held := holds.within(few if named else (), some)) is not False:
                yield _TURN, bool(held)
                yield from zip(few, some, strict=True)
            else:
                left_out += 1
        unsifted = _UNSIFTED if left_out <= 1 else 0


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
        self._in_others = self._in_numbers or any(self._words.values())

    def key(self, key: str) -> bool:
        """Keys come again and again."""
        hit = self._keys.get(key)
        if hit is None:
            hit = self._wanted in key.lower()
            if len(self._keys) < _KEPT_KEYS:
                self._keys[key] = hit
        return hit

    def within(self, keys: Collection[str], values: Sequence[Any]) -> bool | None:
        """Whether these members, or anything within them, may hold it, told level by level at once.

        None for what is too much to be told at once.
        """
        for _ in range(_LEVELS):
            kinds = set(map(type, values))
            texts = [value for value in values if type(value) is str] if str in kinds else []
            if sum(map(len, texts)) + sum(map(len, keys)) > _MUCH << 4:
                return None
            if self._wanted in "\n".join(keys).lower() or self._wanted in "\n".join(texts).lower():
                return True
            if self._in_others and self._in_other(kinds, values):
                return True
            if kinds.isdisjoint(_CONTAINERS):
                return False
            full = list(filter(None, values))
            objects = [value for value in full if type(value) is dict]
            lists = [value for value in full if type(value) is list]
            if not objects and not lists:
                return False
            if sum(map(len, objects)) + sum(map(len, lists)) > _MUCH:
                return None
            keys = set().union(*objects)
            values = [*chain.from_iterable(lists), *chain.from_iterable(map(dict.values, objects))]
        return None

    def _in_other(self, kinds: set[type], values: Sequence[Any]) -> bool:
        """Whether it is in a number, `true`, `false` or `null`."""
        if kinds <= _TEXTS:
            return False
        others = [value for value in values if type(value) not in _TEXTS]
        if self._in_numbers:
            return self._wanted in "\n".join(map(repr, others))
        return any(self._words[value] for value in others if value is None or type(value) is bool)

    def row(self, item: dict[str, Any] | list[Any]) -> bool:
        """Whether a container may hold it, told at once if it has simple values only: a row of a table."""
        values = item.values() if isinstance(item, dict) else item
        if not _CONTAINERS.isdisjoint(map(type, values)):
            return True
        shape = tuple(item) if isinstance(item, dict) else ()
        hit = self._shapes.get(shape)
        if hit is None:
            hit = any(map(self.key, shape))
            if len(self._shapes) < _KEPT_KEYS:
                self._shapes[shape] = hit
        texts = "\n".join([value for value in values if type(value) is str])
        if hit or len(texts) > _LONG or self._wanted in texts.lower():
            return True
        return self._in_others and any(map(self.simple, values))

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
