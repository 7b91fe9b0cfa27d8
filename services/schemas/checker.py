"""Checking JSON values against schemas of servers, bounded whatever the schema says.

jsonschema does the work; what an untrusted schema could abuse is replaced: regular expressions
(see `patterns`), references to other documents, comparisons of quadratic cost. Every keyword that
is looked at counts, and a check that grows too dear ends without a verdict. Imported late: 100 ms.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from services.forms.fields import is_multiple
from services.schemas.patterns import Undecided, compile_pattern
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ("SchemaCheck",)

_MOST_STEPS = 2_000
"""Keywords looked at in one check: some 60 ms."""
_MOST_STEPS_READING = 40_000
_LARGEST_SCHEMA = 256 * 1024
_MOST_REASONS = 10

_steps: ContextVar[int] = ContextVar("steps")

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


class SchemaCheck:
    """Checks values against a schema or a part of it; a schema that is itself wrong checks nothing."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._validator: Validator | None = None
        self._read = False

    def reasons(self, value: Any, part: object = None) -> list[tuple[tuple[str | int, ...], str]]:
        """Where a value breaks the schema (or the given part of it) and why; empty when it fits."""
        from referencing.exceptions import Unresolvable

        validator = self._prepared()
        if validator is None or isinstance(part, bool):
            return []
        token = _steps.set(0)
        try:
            if part is not None:
                validator = validator.evolve(schema=part)
            errors = islice(validator.iter_errors(value), _MOST_REASONS)
            found = [_telling(error) for error in errors]
            return [(tuple(error.absolute_path), _sentence(error)) for error in found]
        except (Undecided, Unresolvable, RecursionError, ValueError, TypeError, LookupError, AttributeError):
            return []  # the server says for itself what it takes
        finally:
            _steps.reset(token)

    def _prepared(self) -> Validator | None:
        self.prepare()
        return self._validator

    def prepare(self) -> None:
        """Import what checking needs and read the schema, once; a thread may do it ahead."""
        if not self._read:
            self._validator = _validator(self._root)
            self._read = True


def _validator(root: Mapping[str, Any]) -> Validator | None:
    """A validator for a schema that is one, fits the limits and can be read; otherwise None."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    token = _steps.set(_MOST_STEPS - _MOST_STEPS_READING)
    try:
        copy = json.loads(_dumped(root))
        named = isinstance(copy.get("$schema"), str)
        kind = _guarded(validator_for(copy, default=Draft202012Validator) if named else Draft202012Validator)
        if not kind(kind.META_SCHEMA, registry=_known_schemas()).is_valid(copy):
            return None
        validator: Validator = kind(copy, registry=Registry())
        return validator
    except (Undecided, Unresolvable, RecursionError, ValueError, TypeError, LookupError, AttributeError):
        return None
    finally:
        _steps.reset(token)


def _dumped(root: Mapping[str, Any]) -> str:
    pieces, size = [], 0
    for piece in json.JSONEncoder(check_circular=True).iterencode(dict(root)):
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST_SCHEMA:
            raise ValueError("too large a schema")
    return "".join(pieces)


def _known_schemas() -> Any:
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]

    return REGISTRY


@lru_cache(maxsize=8)
def _guarded(kind: Any) -> Any:
    """A validator class of the same draft that counts and takes no untrusted regular expression."""
    import attrs
    from jsonschema import validators

    keywords = dict(kind.VALIDATORS)
    keywords["pattern"] = _pattern
    keywords["additionalProperties"] = _additional_properties
    keywords["uniqueItems"] = _unique_items
    for name in keywords.keys() & {"multipleOf"}:
        keywords[name] = _multiple_of
    for name in keywords.keys() & {"patternProperties"}:
        keywords[name] = _pattern_properties
    extend: Any = validators.extend
    guarded = extend(kind, {name: _counted(function) for name, function in keywords.items()})
    # It searches patterns of its own: left to the server.
    guarded.VALIDATORS.pop("unevaluatedProperties", None)
    # A nested "$schema" would otherwise bring the unguarded class back.
    guarded.evolve = lambda self, **changes: attrs.evolve(self, **changes)
    return guarded


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    def keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
        steps = _steps.get() + 1
        if steps > _MOST_STEPS:
            raise Undecided
        _steps.set(steps)
        return function(validator, value, instance, schema)

    return keyword


def _pattern(validator: Any, source: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not _found(source, instance):
        yield ValidationError(f"must match {one_line(str(source), 60)}")


def _found(source: Any, text: str) -> bool:
    """Whether a pattern is found; a pattern that cannot be read is not held against anyone."""
    compiled = _compiled(source) if isinstance(source, str) else None
    return compiled is None or compiled.found_in(text)


_compiled = lru_cache(maxsize=256)(compile_pattern)


def _pattern_properties(
    validator: Any, patterns: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for source, part in patterns.items():
        compiled = _compiled(source)
        for key, value in instance.items():
            if compiled is not None and compiled.found_in(key):
                yield from validator.descend(value, part, path=key, schema_path=source)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if not isinstance(instance, dict):
        return
    patterns = list(schema.get("patternProperties", ()))
    known = schema.get("properties", {})
    extra = [
        key for key in instance if key not in known and not any(_found(source, key) for source in patterns)
    ]
    if isinstance(allowed, dict):
        for key in extra:
            yield from validator.descend(instance[key], allowed, path=key)
    elif allowed is False and extra:
        names = ", ".join(one_line(key, 40) for key in extra[:5])
        yield ValidationError(f"unknown: {names}")


def _unique_items(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    if wanted is True and isinstance(instance, list):
        seen = {json.dumps(item, sort_keys=True) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError("the same entry twice")


def _multiple_of(validator: Any, step: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    number = isinstance(instance, int | float) and not isinstance(instance, bool)
    if number and not is_multiple(instance, step):
        yield ValidationError(f"a multiple of {step}")


def _telling(error: ValidationError) -> ValidationError:
    """The error inside that says most, unless it takes guessing which branch was meant."""
    from jsonschema.exceptions import best_match

    if error.validator in ("anyOf", "oneOf"):
        branches = [branch for branch in cast("list[Any]", error.validator_value) if not _is_null(branch)]
        if len(branches) > 1:
            return error
    return best_match([error]) or error


def _is_null(branch: object) -> bool:
    return isinstance(branch, dict) and branch.get("type") == "null"


def _sentence(error: ValidationError) -> str:
    """The reason in plain words."""
    value: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = [one_line(str(name), 40) for name in value if name not in instance]
            return f"{', '.join(missing[:5])}: required"
        case "type":
            kinds = [value] if isinstance(value, str) else value
            return "must be " + " or ".join(_TYPES.get(kind, one_line(str(kind), 40)) for kind in kinds)
        case "enum":
            return "must be one of " + one_line(", ".join(json.dumps(one) for one in value[:10]), 100)
        case "const":
            return "must be " + one_line(json.dumps(value), 60)
        case "anyOf" | "oneOf":
            return "fits none of the forms allowed" if error.context else "fits more than one form"
        case "minItems" | "maxItems":
            return f"{'at least' if error.validator == 'minItems' else 'at most'} {value} entries"
        case "minLength" | "maxLength":
            return f"{'at least' if error.validator == 'minLength' else 'at most'} {value} characters"
        case "minimum":
            return f"at least {value}"
        case "maximum":
            return f"at most {value}"
    return one_line(error.message, 120)
