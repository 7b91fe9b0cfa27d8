"""The icons that a server names for itself and for what it offers (`Icon` of the specification)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from services.text import one_line

__all__ = ("Icon", "icons_of")

MAX_ICONS: Final = 8
MAX_SOURCE: Final = 400_000
"""Characters of a `data:` URI: what is longer is not kept."""


@dataclass(frozen=True, slots=True)
class Icon:
    """One icon, not looked at yet. Untrusted."""

    source: str = field(repr=False)
    """A URI as it came, https or data; empty for one that is too long to keep."""
    mime_type: str = ""


def icons_of(item: object) -> tuple[Icon, ...]:
    """The icons of an object of the protocol; what is not well-formed is left out."""
    named = item.get("icons") if isinstance(item, dict) else None
    found = [_icon(each) for each in (named if isinstance(named, list) else ())[:MAX_ICONS]]
    return tuple(icon for icon in found if icon is not None)


def _icon(item: Any) -> Icon | None:
    source = item.get("src") if isinstance(item, dict) else None
    if not isinstance(source, str) or not source:
        return None
    kind = item.get("mimeType")
    return Icon(
        source if len(source) <= MAX_SOURCE else "", one_line(kind, 60) if isinstance(kind, str) else ""
    )
