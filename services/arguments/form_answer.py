"""Whether what answers a form is what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.arguments.values import shown
from services.schemas import properties as schemas
from services.schemas.formats import format_reason
from services.sendable import unsendable

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("misfit",)


def misfit(schema: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Why the content does not answer a form with this schema, in a few words; empty where it does."""
    if (found := unsendable(content)) is not None:
        return f"{shown(str(found[0][0]))}: {found[1]}" if found[0] else found[1]
    from services.schemas.checker import SchemaCheck  # late: few are asked anything

    for path, reason in SchemaCheck(schema).reasons(content):
        return f"{shown(str(path[0]))}: {reason}" if path else reason
    known = schemas.properties(schema)
    for name, value in content.items():
        if reason := _of_format(known.get(name, {}), value):
            return f"{shown(name)}: {reason}"
    return ""


def _of_format(part: schemas.Schema, value: object) -> str:
    """Why a text is not of the format that is asked for; empty where it is, or none is."""
    named = part.get("format")
    if not isinstance(named, str) or not isinstance(value, str):
        return ""
    return format_reason(named, value, zone_needed=True)
