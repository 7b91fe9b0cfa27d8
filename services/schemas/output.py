"""Does a structured result fit the schema its tool declares? Both come from a stranger.

So nothing of the schema may reach the network, hang or stop the program: references are
looked up in the schema itself, the whole check has two seconds, and patterns go to the
regular expressions of pydantic's core, which are linear in time (Python's hold the GIL for
as long as a bad pattern likes). A pattern they do not know, such as one with a look-ahead,
is taken to match.
"""

from __future__ import annotations

import json
import time
from contextvars import ContextVar
from functools import cache, lru_cache
from itertools import islice
from reprlib import Repr
from typing import TYPE_CHECKING, Any, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ("matches", "misfits")

MAX_ERRORS: Final = 5
SECONDS: Final = 2.0
LONGEST_MATCHED: Final = 1 << 20
"""Characters above which a string is taken to match a pattern."""

_deadline: ContextVar[float] = ContextVar("_deadline")
_repr = Repr()
_repr.maxstring = _repr.maxother = 80

_DAMAGED: Final = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What jsonschema raises for schemas that are none, beside its own errors."""


class _OutOfTime(Exception):
    """The check has taken longer than it may."""


def misfits(value: Any, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What about the value does not fit, one line each; nothing when it fits. Up to two seconds."""
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    token = _deadline.set(time.monotonic() + SECONDS)
    try:
        check = _validator(json.dumps(schema))
        errors = islice(check.iter_errors(_abridged(value)), MAX_ERRORS)
        return tuple(_fault(error) for error in errors)
    except _OutOfTime:
        return (
            f"structuredContent was not checked whole: the tool's output schema takes over {SECONDS:g} s",
        )
    except RecursionError:
        return ("structuredContent was not checked: it or the tool's output schema is nested too deeply",)
    except Unresolvable as error:
        return (f"the tool's output schema refers to what it does not hold: {one_line(str(error), 200)}",)
    except (UnknownType, *_DAMAGED) as error:
        return (f"the tool's output schema is not valid: {one_line(str(error), 200)}",)
    finally:
        _deadline.reset(token)


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text, in linear time; true for a pattern that is not understood."""
    found = _expression(pattern)
    return found is None or found(text)


def _fault(error: ValidationError) -> str:
    where = "" if error.json_path == "$" else f" (at {one_line(error.json_path, 80)})"
    return f"structuredContent does not fit the tool's output schema: {one_line(error.message, 300)}{where}"


@lru_cache(maxsize=64)
def _validator(schema_text: str) -> Validator:
    from jsonschema.validators import Draft202012Validator, validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    schema = json.loads(schema_text)
    kind = validator_for(schema, default=Draft202012Validator)
    error = next(iter(kind(kind.META_SCHEMA, registry=REGISTRY).iter_errors(schema)), None)
    if error is not None:
        raise ValueError(error.message)
    validator: Validator = _bounded(kind)(_without_dialects(schema), registry=REGISTRY)
    return validator


@cache
def _bounded(kind: Any) -> Any:
    """The same kind of validator with the clock looked at for every keyword."""
    from jsonschema.validators import extend

    keywords = {name: _timed(keyword) for name, keyword in kind.VALIDATORS.items()}
    ours = {
        "additionalProperties": _additional_properties,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "unevaluatedProperties": None,  # the library's own looks at patterns by itself
        "uniqueItems": _unique_items,
    }
    for name in ours.keys() & keywords.keys():
        keywords.pop(name)
        if (keyword := ours[name]) is not None:
            keywords[name] = _timed(keyword)
    types = kind.TYPE_CHECKER.redefine("string", lambda _, value: isinstance(value, str | _Text))
    bare: Any = extend(kind, type_checker=types)  # type: ignore[no-untyped-call]
    bare.VALIDATORS = keywords
    return bare


def _timed(
    keyword: Callable[..., Iterable[ValidationError] | None],
) -> Callable[..., Iterator[ValidationError]]:
    def check(*arguments: Any) -> Iterator[ValidationError]:
        if time.monotonic() > _deadline.get():
            raise _OutOfTime
        yield from keyword(*arguments) or ()

    return check


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, _Text):
        instance = instance.text
    if isinstance(instance, str) and len(instance) < LONGEST_MATCHED and not matches(pattern, instance):
        yield ValidationError(f"{_repr.repr(instance)} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for pattern, subschema in patterns.items():
            for key, value in instance.items():
                if _expression(pattern) is not None and matches(pattern, key):
                    yield from validator.descend(value, subschema, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if not validator.is_type(instance, "object"):
        return
    known, patterns = schema.get("properties", {}), tuple(schema.get("patternProperties", {}))
    for key in instance:
        if key in known or any(matches(pattern, key) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"{_repr.repr(key)} is not among the properties it allows")
        elif allowed is not True:
            yield from validator.descend(instance[key], allowed, path=key)


def _unique_items(validator: Any, unique: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if unique and validator.is_type(instance, "array"):
        seen = {json.dumps(item, sort_keys=True, default=_plain) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError(f"{instance!r} has items that are the same")


@lru_cache(maxsize=256)
def _expression(pattern: str) -> Callable[[str], bool] | None:
    from pydantic_core import SchemaError, SchemaValidator, core_schema

    try:
        text = core_schema.str_schema(pattern=pattern, strict=False)
        return SchemaValidator(text, {"regex_engine": "rust-regex"}).isinstance_python
    except SchemaError:
        return None


def _without_dialects(schema: Any) -> Any:
    """The schema without `$schema`: at each one the library would go back to its own validators."""
    if isinstance(schema, dict):
        return {
            key: _without_dialects(value)
            for key, value in schema.items()
            if key != "$schema" or not isinstance(value, str)
        }
    return [_without_dialects(item) for item in schema] if isinstance(schema, list) else schema


def _abridged(value: Any) -> Any:
    """The same value; in error messages it shows its beginning only. A message holds a repr of it."""
    if isinstance(value, dict):
        return _Object((key, _abridged(item)) for key, item in value.items())
    if isinstance(value, list):
        return _Array(_abridged(item) for item in value)
    return _Text(value) if isinstance(value, str) and len(value) > _repr.maxstring else value


def _plain(value: Any) -> str:
    assert isinstance(value, _Text)
    return value.text


class _Object(dict[str, Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return _repr.repr_dict(self, 2)


class _Array(list[Any]):
    __slots__ = ()

    def __repr__(self) -> str:
        return _repr.repr_list(self, 2)


class _Text:
    """A long string; not a subclass, for that would copy it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __len__(self) -> int:
        return len(self.text)

    def __eq__(self, other: object) -> bool:
        return self.text == (other.text if isinstance(other, _Text) else other)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return _repr.repr_str(self.text[:200], 0)
