"""Numbers of JSON, compared as the decimals they are written as."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

__all__ = ("comparable", "is_multiple")


def is_multiple(value: int | float, step: int | float) -> bool:
    """Whether one decimal number is a multiple of another: 0.07 is one of 0.01."""
    if not math.isfinite(value) or not math.isfinite(step) or step <= 0:
        return True  # no number of JSON, or no step: nothing to hold against it
    return (Fraction(repr(value)) / Fraction(repr(step))).denominator == 1


def comparable(value: Any) -> Any:
    """The value with whole floats as integers: to JSON Schema 2.0 and 2 are the same."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
