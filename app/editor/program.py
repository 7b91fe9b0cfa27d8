"""Which editor is started."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("EditorError", "editor_command")


class EditorError(JackfieldError):
    """No editor could be started, or what came of it cannot be used."""


def editor_command(setting: str | None, environ: Mapping[str, str]) -> list[str]:
    """The words of the command: `[ui] editor`, `$VISUAL`, or `$EDITOR`. Raises `EditorError`."""
    named = (("[ui] editor", setting), ("$VISUAL", environ.get("VISUAL")), ("$EDITOR", environ.get("EDITOR")))
    name, text = next(((name, text) for name, text in named if text and text.strip()), ("", ""))
    if not text:
        raise EditorError("no editor is set: say which in $VISUAL, $EDITOR or [ui] editor of config.toml")
    try:
        words = shlex.split(text)
    except ValueError:
        raise EditorError(f"{name} is no command: a quotation mark is never closed") from None
    if shutil.which(words[0], path=environ.get("PATH")) is None:
        raise EditorError(f"there is no program {words[0]!r}, which {name} names")
    return words
