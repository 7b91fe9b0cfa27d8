"""Which request an answer is for: by its bytes where it cannot be read, by its value where it can."""

from __future__ import annotations

import json
import re
from typing import Final

__all__ = ("answer_id", "same_id", "whole_id")

_VERSION = rb'"jsonrpc"\s*:\s*"[^"\\]{0,8}"\s*'
_ID = rb'"id"\s*:\s*(-?\d{1,18}(?:\.0{1,8})?|"(?:[^"\\]|\\.){0,200}")\s*'
_ID_FIRST = re.compile(rb"\s*\{\s*(?:" + _VERSION + rb",\s*)?" + _ID + rb',\s*(?!"method")')
_ID_LAST = re.compile(rb",\s*" + _ID + rb"(?:,\s*" + _VERSION + rb")?\}\s*\Z")
_METHOD_FIRST = re.compile(rb"\s*\{\s*(?:" + _VERSION + rb',\s*)?"method"')
_LARGEST: Final = 1 << 53
"""Above it a float does not say which whole number was meant."""


def answer_id(head: bytes, tail: bytes) -> int | str | None:
    """Which request a text answers, from its beginning and end; None where these do not say."""
    if _METHOD_FIRST.match(head):
        return None
    found = _ID_FIRST.match(head) or _ID_LAST.search(tail)
    try:
        value = whole_id(json.loads(found[1])) if found else None
    except ValueError:
        return None
    return value if isinstance(value, int | str) else None


def whole_id(value: object) -> object:
    """An id as an `int` where it was written as `1.0`; languages without whole numbers write it so."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST
    return int(value) if whole and isinstance(value, float) else value


def same_id(one: object, other: object) -> bool:
    """Whether two ids are of one request, where a server made a text of the number."""
    return one is not None and not isinstance(one, bool) and str(one) == str(other)
