"""How other programs write references to variables, and the same in our way: `${VAR}`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("References",)

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EDITOR = re.compile(
    r"\$\{([A-Za-z]+):([^}]*)\}|\$\{(workspaceFolder|workspaceFolderBasename|userHome|pathSeparator|/)\}"
)
_BRACED = re.compile(r"\{(env|file):([^}]*)\}")
_DOLLAR = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_LITERAL = re.compile(r"\$\{(?=[A-Za-z_][A-Za-z0-9_]*(?:\}|:-)|input:)")
"""What we would expand; before the last `}`, so that one follows."""
_MOST_NOTES = 200
_SHOWN = 300
_INPUT = re.compile(r"\$\{(?=input:)")


class References:
    """Translates the values of one file; what it met on the way is in `inputs` and `notes`.

    `project` is the folder that `${workspaceFolder}` means. `style` says what a program
    understands: `editor` (`${env:VAR}`, `${input:ID}`, and `${VAR}` as ours), `dollar` (`$VAR`
    too), `braced` (`{env:VAR}`), `literal` (nothing at all: `${VAR}` is just text).
    """

    def __init__(self, style: str, project: Path | None) -> None:
        self._style = style
        self._project = project
        self.inputs: set[str] = set()
        self.notes: list[str] = []
        self._noted: set[str] = set()

    def __call__(self, text: str, *, expanded: bool = True) -> str:
        """`text` in our way; `expanded` tells whether the key is one in which we expand references."""
        steps: dict[str, list[Callable[[str], str]]] = {
            "editor": [lambda text: _EDITOR.sub(lambda match: self._editor(match, expanded), text)],
            "dollar": [lambda text: _INPUT.sub("$${", text), lambda text: _DOLLAR.sub(r"${\1}", text)],
            "braced": [lambda text: _INPUT.sub("$${", text), lambda text: _BRACED.sub(self._braced, text)],
            "literal": [lambda text: _LITERAL.sub("$${", text) if expanded else text],
        }
        # No expression looks behind the last `}`: each would do so from every `${` in vain.
        end = text.rfind("}") + 1 if self._style != "dollar" else len(text)
        text, rest = text[:end], text[end:]
        for step in steps[self._style] if "$" in text or "{" in text else ():
            text = step(text)
        text += rest
        if not expanded and self._style != "literal" and "${" in text:
            self._note(f"{text[:_SHOWN]} is not expanded in this place")
        return text

    def _note(self, note: str) -> None:
        if note not in self._noted and len(self._noted) < _MOST_NOTES:
            self._noted.add(note)
            self.notes.append(note)

    def _editor(self, match: re.Match[str], expanded: bool) -> str:
        kind, name, place = match.groups()
        if place:
            return self._place(place, expanded, match[0])
        if kind == "env":
            name, separator, default = name.partition(":-")
            if _VARIABLE.fullmatch(name):
                return f"${{{name}{separator}{default}}}"
        if kind == "input":
            self.inputs.add(name)
            return match[0]
        self._note(f"{match[0]} has no counterpart and stays as it is")
        return match[0]

    def _place(self, place: str, expanded: bool, whole: str) -> str:
        if place in ("pathSeparator", "/"):
            return os.sep
        if place == "userHome":
            home = "${USERPROFILE}" if os.name == "nt" else "${HOME}"
            return home if expanded else str(Path.home())
        if self._project is None:
            self._note(f"{whole} stays as it is: the project's folder is not known")
            return whole
        self._note(f"{whole} became the folder {self._project}")
        return self._project.name if place == "workspaceFolderBasename" else str(self._project)

    def _braced(self, match: re.Match[str]) -> str:
        if match[1] == "env" and _VARIABLE.fullmatch(match[2]):
            return f"${{{match[2]}}}"
        self._note(f"{match[0]} has no counterpart and stays as it is")
        return match[0]
