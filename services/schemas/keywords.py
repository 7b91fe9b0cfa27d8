"""JSON Schema's keywords as every check of this program applies them, bounded whatever a schema says.

jsonschema does the work; what an untrusted schema could abuse is replaced: regular expressions (see
`patterns`), references to other documents, comparisons of quadratic cost; and multiples are those of
decimal numbers. Every keyword that is looked at is counted or timed, and a check that grows too dear
ends without a verdict. Imported late: 100 ms.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from services.schemas.abridged import Text, plain
from services.schemas.evaluated import evaluated, evaluated_items
from services.schemas.numbers import comparable, is_multiple
from services.schemas.patterns import Undecided, compile_pattern, pattern_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ("Wording", "damaged", "limited", "undecidable", "validator")


@dataclass(frozen=True, slots=True)
class Wording:
    """How the replaced keywords say what is wrong."""

    pattern: Callable[[object, str], str]
    """From the value and the pattern."""
    unknown: Callable[[list[str]], Iterable[str]]
    """From the names of properties that are not allowed: the messages, one or several."""
    repeated: Callable[[object], str]
    """From a list with an entry twice."""
    multiple: Callable[[object, object], str]
    """From the value and the step."""
    more: Callable[[list[int]], str]
    """From the places of entries that are not allowed, counted from 1."""


@dataclass(slots=True)
class _Budget:
    steps: int | None
    deadline: float | None
    around: _Budget | None
    """Of what is bounded around it, which pays as well."""

    def spend(self) -> None:
        """Take one keyword off. Raises `Undecided` when there is nothing left."""
        if self.around is not None:
            self.around.spend()
        if self.steps is not None:
            self.steps -= 1
            if self.steps < 0:
                raise Undecided
        if self.deadline is not None and time.monotonic() > self.deadline:
            raise Undecided


_budget: ContextVar[_Budget | None] = ContextVar("_budget", default=None)


@contextmanager
def limited(*, steps: int | None = None, seconds: float | None = None) -> Iterator[None]:
    """Bound the checks inside, several together; they raise `Undecided` when they take more."""
    deadline = None if seconds is None else time.monotonic() + seconds
    token = _budget.set(_Budget(steps, deadline, _budget.get()))
    try:
        yield
    finally:
        _budget.reset(token)


def damaged() -> tuple[type[Exception], ...]:
    """What jsonschema raises for schemas that are none, beside what references lead to."""
    from jsonschema.exceptions import UnknownType

    return (UnknownType, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


def undecidable() -> tuple[type[Exception], ...]:
    """What a check raises that ends without a verdict, for whatever reason."""
    from referencing.exceptions import Unresolvable

    return (Undecided, Unresolvable, RecursionError, *damaged())


def validator(schema: Mapping[str, Any], wording: Wording) -> Validator:
    """What checks values against a schema, in the dialect it names. Raises ValueError for one that is none.

    References lead to what the schema holds and to the dialects themselves, never to the network.
    """
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    kind = _bounded(validator_for(schema, default=Draft202012Validator), wording)
    error = next(iter(kind(kind.META_SCHEMA, registry=REGISTRY).iter_errors(schema)), None)
    if error is not None:
        raise ValueError(error.message)
    found: Validator = kind(schema, registry=REGISTRY)
    return found


_ROOM: Final = 30
"""More calls than one step into a schema nests before the next one; those known nest fewer than ten.

Room is looked for ahead, since the map in which references are looked up is no Python code: where the
stack ends inside it, it panics, which is no Exception, and writes to the terminal.
"""


@lru_cache(maxsize=16)
def _bounded(kind: Any, wording: Wording) -> Any:
    """The validator class of the same dialect with the keywords replaced and the budget looked at."""
    import attrs
    from jsonschema.validators import extend

    keywords = dict(kind.VALIDATORS)
    ours = _Keywords(wording)
    for name, keyword in (
        ("additionalProperties", ours.additional_properties),
        ("multipleOf", ours.multiple_of),
        ("pattern", ours.pattern),
        ("patternProperties", _pattern_properties),
        ("unevaluatedItems", ours.unevaluated_items),
        ("unevaluatedProperties", ours.unevaluated_properties),
        ("uniqueItems", ours.unique_items),
    ):
        if name in keywords:
            keywords[name] = keyword
    types = kind.TYPE_CHECKER.redefine_many(
        {
            "string": lambda _, value: isinstance(value, str | Text),
            "integer": lambda _, value: _is_number(value) and value == value // 1,
        }
    )
    extended: Any = extend(kind, type_checker=types)  # type: ignore[no-untyped-call]
    extended.VALIDATORS = {name: _counted(keyword) for name, keyword in keywords.items()}

    def evolve(self: Any, **changes: Any) -> Any:
        _have_room(_ROOM)
        # A nested "$schema" would bring the library's own class back.
        return attrs.evolve(self, **changes)

    extended.evolve = evolve
    return extended


def _have_room(calls: int) -> None:
    """Raise RecursionError unless so many calls more can be nested."""
    if calls:
        _have_room(calls - 1)


def _counted(keyword: Callable[..., Iterable[ValidationError] | None]) -> Callable[..., Any]:
    def check(*arguments: Any) -> Iterator[ValidationError]:
        _spend()
        yield from keyword(*arguments) or ()

    return check


def _spend() -> None:
    if (budget := _budget.get()) is not None:
        budget.spend()


class _Keywords:
    """The keywords that are replaced and have something to say."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def pattern(self, _: Any, source: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        text = plain(instance)
        if isinstance(text, str) and not pattern_found(source, text):
            yield ValidationError(self._wording.pattern(instance, source))

    def additional_properties(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, dict):
            return
        known, patterns = schema.get("properties", {}), tuple(schema.get("patternProperties", ()))
        extra = [
            key
            for key in instance
            if key not in known and not any(pattern_found(source, key) for source in patterns)
        ]
        yield from self._further(validator, allowed, instance, extra)

    def unevaluated_properties(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        if not isinstance(instance, dict) or allowed is True:
            return
        known = evaluated(validator, instance, schema, _spend, around=False)
        yield from self._further(validator, allowed, instance, [key for key in instance if key not in known])

    def unevaluated_items(
        self, validator: Any, allowed: Any, instance: Any, schema: Any
    ) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        if not isinstance(instance, list) or allowed is True:
            return
        known = evaluated_items(validator, instance, schema, _spend, around=False)
        rest = [place for place in range(len(instance)) if place not in known]
        if isinstance(allowed, dict):
            for place in rest:
                yield from validator.descend(instance[place], allowed, path=place)
        elif allowed is False and rest:
            yield ValidationError(self._wording.more([place + 1 for place in rest]))

    def _further(
        self, validator: Any, allowed: Any, instance: Any, extra: list[str]
    ) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        if isinstance(allowed, dict):
            for key in extra:
                yield from validator.descend(instance[key], allowed, path=key)
        elif allowed is False and extra:
            yield from map(ValidationError, self._wording.unknown(extra))

    def unique_items(self, _: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        if wanted is True and isinstance(instance, list):
            seen = {json.dumps(comparable(item), sort_keys=True, default=plain) for item in instance}
            if len(seen) < len(instance):
                yield ValidationError(self._wording.repeated(instance))

    def multiple_of(self, _: Any, step: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        if _is_number(instance) and not is_multiple(instance, step):
            yield ValidationError(self._wording.multiple(instance, step))


def _pattern_properties(
    validator: Any, patterns: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for source, part in patterns.items():
        if compile_pattern(source) is None:
            continue
        for key, value in instance.items():
            if pattern_found(source, key):
                yield from validator.descend(value, part, path=key, schema_path=source)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
