"""Checking JSON values against schemas of servers, bounded whatever the schema says.

`keywords` does the checking; here a schema is read once, and what breaks it is said in plain words.
"""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from services.schemas.keywords import Wording, limited, undecidable, validator
from services.schemas.sentences import sentence
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ("SchemaCheck",)

_MOST_STEPS = 2_000
"""Keywords looked at in one check: some 60 ms."""
_SECONDS = 2.0
"""Beside the steps, for what one of them may cost."""
_MOST_STEPS_READING = 40_000
_LARGEST_SCHEMA = 256 * 1024
_MOST_REASONS = 10

_WORDING: Final = Wording(
    pattern=lambda _, source: f"must match {one_line(str(source), 60)}",
    unknown=lambda names: (f"unknown: {', '.join(one_line(name, 40) for name in names[:5])}",),
    repeated=lambda _: "the same entry twice",
    multiple=lambda _, step: f"a multiple of {step}",
    more=lambda places: f"not allowed: {', '.join(f'entry {place}' for place in places[:5])}",
)


class SchemaCheck:
    """Checks values against a schema or a part of it; a schema that is itself wrong checks nothing."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._validator: Validator | None = None
        self._read = False

    def reasons(self, value: Any, part: object = None) -> list[tuple[tuple[str | int, ...], str]]:
        """Where a value breaks the schema (or the given part of it) and why; empty when it fits."""
        self.prepare()
        check = self._validator
        if check is None or isinstance(part, bool):
            return []
        try:
            with limited(steps=_MOST_STEPS, seconds=_SECONDS):
                if part is not None:
                    check = check.evolve(schema=part)
                errors = islice(check.iter_errors(value), _MOST_REASONS)
                found = [_telling(error) for error in errors]
                return [(tuple(error.absolute_path), sentence(error)) for error in found]
        except undecidable():
            return []  # the server says for itself what it takes

    def fits(self, value: Any, part: object) -> bool | None:
        """Whether a value fits a part of the schema; None where that takes too long to tell, or cannot be."""
        self.prepare()
        if isinstance(part, bool) or self._validator is None:
            return part if isinstance(part, bool) else None
        try:
            with limited(steps=_MOST_STEPS, seconds=_SECONDS):
                return next(self._validator.evolve(schema=part).iter_errors(value), None) is None
        except undecidable():
            return None

    def prepare(self) -> None:
        """Import what checking needs and read the schema, once; a thread may do it ahead."""
        if not self._read:
            self._validator = _validator(self._root)
            self._read = True


def _validator(root: Mapping[str, Any]) -> Validator | None:
    """A validator for a schema that is one, fits the limits and can be read; otherwise None."""
    try:
        with limited(steps=_MOST_STEPS_READING):
            return validator(json.loads(_dumped(root)), _WORDING)
    except undecidable():
        return None


def _dumped(root: Mapping[str, Any]) -> str:
    pieces, size = [], 0
    for piece in json.JSONEncoder(check_circular=True).iterencode(dict(root)):
        pieces.append(piece)
        size += len(piece)
        if size > _LARGEST_SCHEMA:
            raise ValueError("too large a schema")
    return "".join(pieces)


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
