"""The one JSON document that `--json` prints: the answer, or the error in its place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.errors import JackfieldError

__all__ = ("begin", "begun", "ended", "error_json", "put", "refuse")


class _Document:
    """What the command at hand owes to whoever reads its output."""

    wanted = False
    printed = False


def begin(words: Sequence[str]) -> None:
    """A command begins with these words; those behind `--` are another program's."""
    ours = words[: words.index("--")] if "--" in words else words
    _Document.wanted, _Document.printed = "--json" in ours, False


def begun() -> None:
    """The document is being printed: no error may follow it on standard output."""
    _Document.printed = True


def put(value: object) -> tuple[str, ...]:
    """Print the document; where it has null for NaN and infinities comes back, as JSON pointers."""
    import json

    from services.numbers import finite
    from services.text import escaped

    value, places = finite(value)
    begun()
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(escaped(text) + "\n")
    sys.stdout.flush()
    return places


def refuse(error: JackfieldError | str, reason: str = "") -> None:
    """Print the error as the document, where one is wanted and none was printed."""
    if _Document.wanted and not _Document.printed:
        put({"error": _of_text(error, reason) if isinstance(error, str) else error_json(error)})


def ended(status: int) -> None:
    """A command ended; one that failed without a document leaves the bare fact."""
    if status:
        refuse("cancelled" if status >= 128 else "failed", "cancelled" if status >= 128 else "")


def error_json(error: JackfieldError) -> dict[str, Any]:
    """An error for programs: its kind, what happened, what to do; of a server's the code and data too."""
    from app.remedy_words import advice_in_shell
    from services.errors import ServerError

    told = {"server": error.server} if error.server else {}
    told |= {"reason": error.reason, "message": error.message}
    told |= {"hint": advice_in_shell(error.hint, error.remedy)}
    if isinstance(error, ServerError):
        return {"code": error.code, "data": _data(error), **told}
    return told


def _of_text(text: str, reason: str) -> dict[str, str]:
    message, _, hint = text.partition("\n")
    return {"reason": reason, "message": message, "hint": hint}


def _data(error: Any) -> Any:
    """The data, or the text that stands for it where it cannot be written."""
    from services.numbers import json_text

    try:
        json_text(error.data)
    except (ValueError, TypeError, RecursionError):
        return error.detail
    return error.data
