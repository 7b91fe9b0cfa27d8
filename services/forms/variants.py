"""The branches of a union: what each is called, and which of them a value is meant for."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from services.schemas.keywords import limited
from services.schemas.reader import listed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.schemas.checker import SchemaCheck
    from services.schemas.place import Place
    from services.schemas.places import Places

__all__ = ("branch_labels", "fitting")

_MOST_STEPS: Final = 4_000
"""Keywords looked at in all branches together; some 120 ms."""

_KINDS = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "yes/no",
    "array": "list",
    "object": "object",
}
_PYTHON = {
    "string": str,
    "number": int | float,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def branch_labels(branches: Sequence[Any], places: Places) -> list[str]:
    """A name for each branch: its title, the constant that marks it, its definition, or its type."""
    labels = [_label(branch, places.place((branch,)), places) for branch in branches]
    often = Counter(labels)
    return [f"{label} {place}" if often[label] > 1 else label for place, label in enumerate(labels, 1)]


def _label(branch: Any, place: Place, places: Places) -> str:
    title = place.shape.get("title")
    if isinstance(title, str) and title.strip():
        return one_line(title, 40)
    marks = _marks(place, places)
    if marks:
        return one_line(str(next(iter(marks.values()))[0]), 40)
    if name := one_line(places.named(branch), 40):
        return name
    values = listed(place.shape)
    if values:
        return one_line(", ".join(str(value) for value in values[:5]), 40)
    if place.type == "object" and place.properties:
        return one_line(", ".join([*place.required][:3] or [*place.properties][:3]), 40)
    return _KINDS.get(place.type, "other")


def _marks(place: Place, places: Places) -> dict[str, list[Any]]:
    """The properties with one value only, which tell branches apart."""
    found = {}
    for name, parts in list(place.properties.items())[:20]:
        values = listed(places.place(parts).shape)
        if len(values) == 1 and isinstance(values[0], str | int):
            found[name] = values
    return found


def fitting(check: SchemaCheck, places: Places, branches: Sequence[Any], value: Any) -> int:
    """The branch that a value fits, or is meant for; of several the one that names most of what is in it."""
    check.prepare()
    with limited(steps=_MOST_STEPS):
        fit = [check.fits(value, branch) is not False for branch in branches]
    meant = [_score(places.place((branch,)), places, value) for branch in branches]
    ranks = list(zip(fit, meant, strict=True))
    return ranks.index(max(ranks))


def _score(place: Place, places: Places, value: Any) -> int:
    kind = _PYTHON.get(place.type)
    score = 1 if kind is not None and isinstance(value, kind) else 0
    if isinstance(value, dict):
        marks = _marks(place, places)
        score += 100 * sum(1 for name, values in marks.items() if _same(value.get(name), values[0]))
        score += sum(1 for name in value if name in place.properties)
    return score


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, default=str) == json.dumps(other, default=str)
