"""Values of forms as people read and write them."""

from __future__ import annotations

from services.numbers import exact_json
from services.text import escaped

__all__ = ("LONGEST_NUMBER", "LONGEST_SHOWN", "count_text", "json_text", "number_text", "span_text")

LONGEST_NUMBER = 400
LONGEST_SHOWN = 20_000
"""Editors are slow with long texts: 1 MB takes one a second to open."""


def json_text(value: object) -> str | None:
    """JSON text for a value, on several lines when long; None for what is none or is too long.

    What cannot be drawn is escaped rather than taken out, so the text still says the same.
    """
    try:
        text = exact_json(value, ensure_ascii=False, allow_nan=False)
        if len(text) > 60:
            text = exact_json(value, ensure_ascii=False, indent=2)
    except (ValueError, TypeError, RecursionError):
        return None
    return escaped(text) if len(text) <= LONGEST_SHOWN else None


def number_text(value: int | float) -> str:
    """A number as a person writes it: 5, not 5.0."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value) if value.bit_length() <= 3 * LONGEST_NUMBER else f"{'-' * (value < 0)}10^…"


def count_text(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def span_text(least: int | float | None, most: int | float | None, what: str = "") -> str:
    """Bounds in words: "2 to 20 characters", "at least 1"."""
    low = None if least is None else number_text(least)
    high = None if most is None else number_text(most)
    if low is None and high is None:
        return ""
    if low is None:
        text = f"up to {high}"
    elif high is None:
        text = f"at least {low}"
    else:
        text = high if low == high else f"{low} to {high}"
    if not what or text is None:
        return text or ""
    return f"{text} {what}" if (most if high is not None else least) == 1 else f"{text} {what}s"
