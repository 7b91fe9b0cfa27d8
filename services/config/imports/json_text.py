"""JSON as settings files hold it: with comments and trailing commas."""

from __future__ import annotations

import json
import re
from typing import Any

from services.errors import ConfigurationError
from services.text import one_line

__all__ = ("parse",)

_COMMENT = r"//[^\n]*+|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)"
_TOKEN = re.compile(rf'("(?:\\[\s\S]|[^"\\])*+(?:"|\Z))|{_COMMENT}|,(?=(?:\s|{_COMMENT})*+[}}\]])')
"""What must be told apart. Nothing is looked at twice, also where a string or comment never ends."""


def parse(text: str, source: str) -> Any:
    """The value of a JSON text; ConfigurationError, with the line, when it is none."""
    try:
        return json.loads(_TOKEN.sub(_plain, text.removeprefix("\ufeff")))
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}: {one_line(error.msg)}"
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:  # a number of too many digits
        reason = one_line(str(error), 80)
    raise ConfigurationError(f"{one_line(source)} is not JSON: {reason}")


def _plain(match: re.Match[str]) -> str:
    """A string stays, anything else becomes the newlines it holds."""
    return match[1] or "\n" * match[0].count("\n") or " "
