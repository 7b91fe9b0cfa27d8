"""Amounts as people say them: bytes, times and numbers of things."""

from __future__ import annotations

from typing import Final

__all__ = ("byte_size", "duration", "latency", "plural", "rough", "seconds_text")

_UNITS: Final = ((1_000_000, "MB"), (1_000, "kB"))


def byte_size(count: int) -> str:
    """A number of bytes as people say it: `214 kB`, `1.3 MB`."""
    for unit, name in _UNITS:
        if count >= unit:
            size = count / unit
            return f"{size:.1f} {name}" if size < 9.95 else f"{size:.0f} {name}"

    return f"{count} B"


def seconds_text(seconds: float) -> str:
    """How long something took: `3 ms`, `1.2 s`, `42 s`, `2 min 05 s`, `1 h 02 min`."""
    if seconds < 0.9995:
        return f"{max(seconds, 0) * 1000:.0f} ms"

    if seconds < 9.95:
        return f"{seconds:.1f} s"

    whole = round(seconds)

    if whole < 60:
        return f"{whole} s"

    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"

    return f"{whole // 3600} h {whole // 60 % 60:02} min"


def latency(seconds: float | None) -> str:
    """How long an answer took: `<1 ms`, `1.2 s`, `75 s`; empty when nothing was asked yet."""
    if seconds is None:
        return ""

    if seconds < 0.001:
        return "<1 ms"

    return seconds_text(seconds) if seconds < 59 else f"{seconds:.0f} s"


def duration(seconds: float) -> str:
    """A span of time in its two largest units: `2 s`, `4 min`, `2 h 5 min`, `3 d 1 h`."""
    whole = max(0, int(seconds))

    if whole < 60:
        return f"{whole} s"

    if whole < 3600:
        return f"{whole // 60} min"

    if whole < 86400:
        hours, minutes = divmod(whole // 60, 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"

    days, hours = divmod(whole // 3600, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def plural(number: int, word: str) -> str:
    """`1 tool`, `2 tools`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def rough(number: int) -> str:
    """A number in the digits that matter: `120`, `1.2k`, `12k`, `1.2M`."""
    for unit, sign in ((1_000_000, "M"), (1_000, "k")):
        if number >= unit * 0.9995:
            size = number / unit
            return f"{size:.1f}{sign}" if size < 9.95 else f"{size:.0f}{sign}"

    return str(number)
