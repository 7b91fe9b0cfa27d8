"""Where a value stands in a JSON document, in the two ways people write it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("Step", "jq_path", "json_pointer")

Step = str | int
"""A key of an object, or the place in an array."""

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def json_pointer(path: Sequence[Step]) -> str:
    """A JSON Pointer (RFC 6901); empty for the whole document."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def jq_path(path: Sequence[Step]) -> str:
    """A path as jq takes it: `.days[3].sky`, `."a key"`, `.` for the whole document."""
    text = "".join(map(_jq_step, path))
    return text if text.startswith(".") else f".{text}"


def _jq_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN.fullmatch(step) else f".{json.dumps(step)}"
