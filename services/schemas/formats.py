"""The string formats of elicitation: e-mail, URI, date, date-time."""

from __future__ import annotations

import datetime
import re

__all__ = ("FORMAT_NAMES", "format_reason")

FORMAT_NAMES = {
    "email": "e-mail address",
    "uri": "URI",
    "date": "date, YYYY-MM-DD",
    "date-time": "date and time, YYYY-MM-DDThh:mm:ssZ",
}
"""What a field of each format asks for, in a few words. Other formats are annotations (JSON Schema §7)."""

_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)*[^\W_](?:[\w-]{0,61}[^\W_])?"
)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?P<rest>[^\s<>\"{}|\\^`]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,12})?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LONGEST = 4_000


def format_reason(name: str, text: str, *, zone_needed: bool = True) -> str:
    """Why a text is not of a format; empty when it is, or when the format is none of the four.

    RFC 3339 wants a zone after the time; many tools take a time without one (`zone_needed=False`).
    """
    match name:
        case "email":
            right = len(text) <= _LONGEST and _EMAIL.fullmatch(text) is not None
            return "" if right else "must be an e-mail address"
        case "uri":
            return "" if _is_uri(text) else "must be a URI such as https://example.com/"
        case "date":
            return "" if _is_date(text) else "must be a date such as 2026-01-31"
        case "date-time":
            right = _is_date_time(text, zone_needed)
            return "" if right else "must be a date and time such as 2026-01-31T09:30:00Z"
    return ""


def _is_uri(text: str) -> bool:
    found = _URI.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return False
    if text.lower().startswith(("http:", "https:")):
        return re.match(r"//[^/?#]", found["rest"]) is not None
    return True


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_date_time(text: str, zone_needed: bool) -> bool:
    found = _TIME.fullmatch(text[11:])
    if text[10:11] not in ("T", "t", " ") or found is None or not _is_date(text[:10]):
        return False
    hours, minutes, seconds = (int(part) for part in found["clock"].split(":"))
    if hours > 23 or minutes > 59 or seconds > 60:  # 60: a leap second
        return False
    zone = found["zone"] or ""
    if len(zone) == 6 and (int(zone[1:3]) > 23 or int(zone[4:]) > 59):
        return False
    return bool(zone) or not zone_needed
