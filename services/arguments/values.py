"""Turning one typed value into the JSON value a schema asks for, or saying in plain words why not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

from services.errors import InvalidArguments
from services.numbers import exact_json, read_number, same_number, whole_number
from services.ranking import nearest
from services.schemas import properties as schemas
from services.sendable import unsendable
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.schemas.properties import Schema

__all__ = ("as_text", "read_json", "refuse", "shown", "typed_value")

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST_NUMBER = 400
"""Digits; Python itself refuses to read whole numbers of more than 4300."""

_YES_NO = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_TRUE_FALSE = ("true", "false")

_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list as JSON, such as [1, 2]",
    "object": 'an object as JSON, such as {"a": 1}',
    "null": "null",
}


def typed_value(key: str, value: str, schema: Schema, root: Mapping[str, Any]) -> Any:
    """The text as the JSON value the schema asks for; raises `InvalidArguments`."""
    allowed = schemas.choices(schema, root)
    if allowed:
        return _chosen(key, value, allowed)
    kinds = schemas.types(schema, root)
    if not kinds:
        return read_json(value, shown(key)) if value[:1] in ("{", "[") else value
    if "null" in kinds and value == "null":
        return None
    if "boolean" in kinds and value.casefold() in (_TRUE_FALSE if "string" in kinds else _YES_NO):
        return _YES_NO[value.casefold()]
    if kinds & {"integer", "number"} and (number := _number(value, whole="number" not in kinds)) is not None:
        return number
    if kinds & {"array", "object"} and ("string" not in kinds or value[:1] in ("{", "[")):
        return _container(key, value, kinds)
    if "string" in kinds:
        return value
    refuse(f"{shown(key)} must be {_expected(kinds)}, not {shown(value)}.")


def _container(key: str, value: str, kinds: frozenset[str]) -> Any:
    """The value of an argument that takes a list or an object."""
    expected = f"{shown(key)} must be {_expected(kinds)}"
    if value[:1] not in ("{", "["):
        refuse(f"{expected}, not {shown(value)}.")
    read = read_json(value, shown(key))
    if ("array" if isinstance(read, list) else "object") not in kinds:
        refuse(f"{expected}.")
    return read


def _chosen(key: str, value: str, allowed: tuple[Any, ...]) -> Any:
    for choice in allowed:
        if value == as_text(choice):
            return choice
    if (number := _number(value, whole=False)) is not None:
        for choice in allowed:
            if same_number(choice, number):
                return choice
    near = nearest(value, [as_text(choice) for choice in allowed], 1)
    hint = f"Did you mean {shown(near[0])}?" if near else ""
    listed = ", ".join(one_line(as_text(choice), 40) for choice in allowed[:8])
    more = ", …" if len(allowed) > 8 else ""
    refuse(f"{shown(key)} must be one of {listed}{more}, not {shown(value)}.", hint)


def as_text(choice: Any) -> str:
    """A choice as somebody types it."""
    return choice if isinstance(choice, str) else exact_json(choice, ensure_ascii=False)


def _number(text: str, *, whole: bool) -> int | float | None:
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    try:
        return whole_number(text) if whole else read_number(text)
    except ValueError:
        return None


def read_json(text: str, what: str) -> Any:
    """The JSON value in the text; raises `InvalidArguments` that begins with `what`."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=read_number)
    except json.JSONDecodeError as error:
        wrong = f"{error.msg} at character {error.pos + 1}"
        raise InvalidArguments(f"{what} is not valid JSON: {wrong}.", hint=_JSON_HINT) from error
    except RecursionError as error:
        raise InvalidArguments(f"{what} is nested too deeply.") from error
    except ValueError as error:  # NaN, a number of thousands of digits
        raise InvalidArguments(f"{what} holds what JSON cannot: {one_line(str(error), 120)}.") from error
    if (found := unsendable(value)) is not None:
        raise InvalidArguments(f"{what} holds what JSON cannot: {found[1]}.")
    return value


_JSON_HINT = 'Texts and names stand in double quotes: {"name": "value"}.'


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _expected(kinds: frozenset[str]) -> str:
    """The types in words; a whole number is a number anyway."""
    named = kinds - {"integer"} if "number" in kinds else kinds
    return " or ".join(words for kind, words in _WORDS.items() if kind in named)


def shown(text: str) -> str:
    """The text in quotes, short enough for a message."""
    return f'"{one_line(text, 60)}"'


def refuse(message: str, hint: str = "") -> NoReturn:
    """Raise `InvalidArguments`."""
    raise InvalidArguments(message, hint=hint)
