"""Numbers as they were written: on their way to a server no digit is lost, and none is made up.

What is whole by its value becomes an `int` (`2.0`, `7.960607143101464577e18`), what a float writes back
with the same digits a `float`, and anything else an `ExactNumber`. The SDK and pydantic know no number
with more digits than a float has: on its way through them a text stands for it (`stand_ins`), and
where bytes are made the number takes the place of that text (`restored`). So does any other value for
which their types have no place (`stand_in`).
"""

from __future__ import annotations

import json
import math
import os
import re
from decimal import Decimal, DecimalException
from typing import Any, Final

__all__ = (
    *("ExactNumber", "exact_json", "finite", "json_text", "read_number", "restored", "same_number"),
    *("stand_in", "stand_ins", "whole_number"),
)

_JSON: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_MARK: Final = f"exact-{os.urandom(16).hex()}:"
"""Nobody outside can know it, so nothing but a stand-in looks like one."""
_STAND_IN: Final = re.compile(f'"?{_MARK}(?:({_JSON.pattern})|x([0-9a-f]+))"?'.encode())


class ExactNumber(float):
    """A number with more digits than a float has; the float is the nearest to it."""

    literal: str
    """The number as JSON writes it."""

    def __new__(cls, literal: str) -> ExactNumber:
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.literal,)

    def __repr__(self) -> str:
        return self.literal

    def is_integer(self) -> bool:
        return False  # what is whole is an int


def read_number(literal: str) -> int | float:
    """The number that a decimal literal means; ValueError for one beyond what receivers can read.

    The literal is one of JSON, or one that a person writes: `+1`, `.5`. A whole number that only a
    float writes as short, such as `1e30`, is that float: `whole_number` is for where an `int` is wanted.
    """
    if _WHOLE.fullmatch(literal):
        return int(literal)
    near = float(literal)
    if not math.isfinite(near):
        raise ValueError(f"{literal[:40]} is too large a number")
    try:
        exact = Decimal(literal)
        whole = exact == exact.to_integral_value()
    except DecimalException as error:
        raise ValueError(f"{literal[:40]} has too long an exponent") from error
    if not exact and exact.is_signed():
        return near
    if whole and (int(exact) == near or Decimal(repr(near)) != exact):
        return int(exact)
    if Decimal(repr(near)) == exact:
        return near
    return ExactNumber(literal if _JSON.fullmatch(literal) else str(exact))


def whole_number(literal: str) -> int:
    """The whole number that a decimal literal means, however it is written; ValueError for any other."""
    number = read_number(literal)
    if isinstance(number, float) and not number.is_integer():
        raise ValueError(f"{literal[:40]} is not a whole number")
    return number if isinstance(number, int) else int(Decimal(repr(number)))


def same_number(one: object, other: int | float) -> bool:
    """Whether a value is this number, however both are written: 2.0 is 2, and 1e30 is 10 ** 30."""
    if isinstance(one, bool) or not isinstance(one, int | float):
        return False
    if isinstance(one, float) is isinstance(other, float):
        return repr(one) == repr(other) or one == other == 0
    return _decimal(one) == _decimal(other)


def _decimal(number: int | float) -> Decimal:
    """The number as the decimal it is written as."""
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def stand_ins(value: Any) -> Any:
    """The value with a text in the place of every `ExactNumber`; the value itself where there is none."""
    match value:
        case ExactNumber():
            return _MARK + value.literal
        case dict():
            changed: Any = {key: stand_ins(item) for key, item in value.items()}
            same = all(changed[key] is item for key, item in value.items())
        case list() | tuple():
            changed = [stand_ins(item) for item in value]
            same = all(new is item for new, item in zip(changed, value, strict=True))
        case _:
            return value
    return value if same else changed


def stand_in(value: Any) -> str:
    """A text in the place of a whole value."""
    return f"{_MARK}x{exact_json(value, ensure_ascii=False).encode().hex()}"


def restored(data: bytes) -> bytes:
    """The bytes with the values in the place of their stand-ins."""
    return _STAND_IN.sub(_stood_for, data) if _MARK.encode() in data else data


def _stood_for(found: re.Match[bytes]) -> bytes:
    return found[1] if found[2] is None else bytes.fromhex(found[2].decode())


def exact_json(value: Any, **options: Any) -> str:
    """`json.dumps` that writes numbers as they were written."""
    text = json.dumps(stand_ins(value), **options)
    return restored(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def finite(value: Any) -> tuple[Any, tuple[str, ...]]:
    """The value with null for NaN and infinities, which JSON has no words for, and where they stood.

    The places are JSON pointers (RFC 6901). A value without any comes back as it is, unless nested too
    deeply: RecursionError.
    """
    places: list[str] = []
    return _finite(value, "", places), tuple(places)


def _finite(value: Any, place: str, places: list[str]) -> Any:
    match value:
        case float() if not math.isfinite(value):
            places.append(place)
            return None
        case dict():
            changed: Any = {
                key: _finite(item, f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}", places)
                for key, item in value.items()
            }
            same = all(changed[key] is item for key, item in value.items())
        case list() | tuple():
            changed = [_finite(item, f"{place}/{index}", places) for index, item in enumerate(value)]
            same = all(new is item for new, item in zip(changed, value, strict=True))
        case _:
            return value
    return value if same else changed


def json_text(value: Any, **options: Any) -> str:
    """`json.dumps` whose text is JSON for everybody: NaN and infinities are written as null."""
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:  # a circle too, which is found again
        return json.dumps(finite(value)[0], allow_nan=False, **options)
