"""What pydantic has against a value, in the words of JSON: it speaks to those who write Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = ("complaint", "complaints", "first_complaint")

_MUST_BE: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "none_required": "null",
}
_OTHERWISE: Final = {"missing": "is missing", "extra_forbidden": "is not allowed"}
_SAID: Final = re.compile(r"(?:Input|Value|String|List) should ")


def first_complaint(error: ValidationError) -> str:
    """The first of what is wrong in one line: where and what."""
    return complaint(complaints(error)[0])


def complaints(error: ValidationError) -> Sequence[ErrorDetails]:
    """All that is wrong, without the values themselves."""
    return error.errors(include_url=False, include_context=False, include_input=False)


def complaint(found: ErrorDetails, place: Sequence[int | str] | None = None) -> str:
    """One of what is wrong in one line; at another place than pydantic gives it, if need be."""
    where = ".".join(str(part) for part in (found["loc"] if place is None else place))
    kind = found["type"]
    must = _MUST_BE.get(kind)
    what = f"must be {must}" if must else _OTHERWISE.get(kind) or _SAID.sub("must ", found["msg"], count=1)
    if not where:
        return one_line(what, 200)
    return one_line(f"{where} {what}" if kind in _OTHERWISE else f"{where}: {what}", 200)
