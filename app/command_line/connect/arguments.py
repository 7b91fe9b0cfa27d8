"""Arguments of a call that stand in one JSON object: in the command itself, a file, or a pipe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.arguments.call import json_object
from services.errors import InvalidArguments
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("read_given",)


def read_given(given: str | None, rest: Sequence[str]) -> dict[str, Any] | None:
    """What `--args` gives, None without it; raises InvalidArguments where arguments stand beside it."""
    if given is None:
        return None
    if rest:
        hint = f"{one_line(rest[0], 60)} stands beside it."
        raise InvalidArguments("--args gives all arguments or none", hint=hint)
    return _read_object(given)


def _read_object(source: str) -> dict[str, Any]:
    """The JSON object that `--args` names: JSON itself, `@FILE`, or `-` for standard input."""
    text, name = source, "--args"
    if source == "-":
        text, name = _decoded(sys.stdin.buffer.read(), "standard input"), "standard input"
    elif source.startswith("@"):
        path = Path(source[1:])
        name = one_line(str(path), 200)
        try:
            data = path.read_bytes()
        except OSError as error:
            reason = one_line(error.strerror or type(error).__name__)
            raise InvalidArguments(f"cannot read {name}: {reason}", hint="--args @FILE names it.") from error
        text = _decoded(data, name)
    return json_object(text, name)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidArguments(f"{name} is not UTF-8 text") from error
