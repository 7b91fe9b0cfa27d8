"""Which texts of a result say its structured content over again, as the specification recommends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("parsed", "repeats")

_LONGEST: Final = 1 << 22
"""Characters of a text that is parsed: about 40 ms of the GIL."""


def repeats(texts: Sequence[str], structured: Any) -> frozenset[int]:
    """The places of the texts that are the structured content as JSON.

    Many servers wrap what is no object (`{"result": …}`), and give one text for each item of a list.
    """
    wrapped = structured.get("result") if isinstance(structured, dict) and len(structured) == 1 else None
    if isinstance(wrapped, str) and list(texts) == [wrapped]:
        return frozenset((0,))
    said = [parsed(text) for text in texts]
    wanted = [structured] if wrapped is None else [structured, wrapped]
    found = {place for place, value in enumerate(said) if any(_same(value, each) for each in wanted)}
    if not found and any(_same(said, each) for each in wanted):
        found = set(range(len(said)))
    return frozenset(found)


def parsed(text: str) -> Any:
    """The JSON value that a text is; `...` for one that is none, or too long to look."""
    if len(text) > _LONGEST or text.lstrip()[:1] not in _BEGINNINGS:
        return ...
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return ...


_BEGINNINGS: Final = frozenset('{["-0123456789tfn')


def _same(one: Any, other: Any) -> bool:
    try:
        return bool(one == other) and _same_truth(one, other)
    except RecursionError:
        return False


def _same_truth(one: Any, other: Any) -> bool:
    """Whether equal values are true and false at the same places: to Python `true` is 1."""
    if isinstance(one, dict):
        return all(_same_truth(item, other[key]) for key, item in one.items())
    if isinstance(one, list):
        return all(map(_same_truth, one, other))
    return isinstance(one, bool) is isinstance(other, bool)
