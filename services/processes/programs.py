"""Finding the program that a command names, as the child's own environment would."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import ConnectionFailed, ProgramNotFound
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("find_program",)

_PATHEXT = ".COM;.EXE;.BAT;.CMD"


def find_program(command: str, env: Mapping[str, str], cwd: str | None, platform: str) -> str:
    """The program that `command` starts in a child with the environment `env`, or ConnectionFailed.

    On Unix that is the command unchanged, once it is known to be there: execvpe() searches
    the child's PATH itself. On Windows it is the file found through the child's PATH and
    PATHEXT, since CreateProcess() looks for `.exe` only and `npx`, `pnpm`, `yarn` are `.cmd`.
    """
    if cwd is not None and not Path(cwd).is_dir():
        what = "is not a directory" if Path(cwd).exists() else "does not exist"
        raise ConnectionFailed(f"the working directory {one_line(cwd, 200)} {what}", hint="Mend cwd.")
    if platform == "win32":
        return _on_windows(command, env, cwd)
    return _on_unix(command, env, cwd)


def _on_unix(command: str, env: Mapping[str, str], cwd: str | None) -> str:
    folders = [""] if "/" in command else env.get("PATH", os.defpath).split(":")
    # An empty or relative entry of PATH counts from the child's working directory, as a command with a slash.
    candidates = [Path(cwd or ".", folder, command) for folder in folders]
    if any(_is_program(path) for path in candidates):
        return command
    found = next((path for path in candidates if path.exists()), None)
    if found is None:
        raise _not_found(command, ":".join(folders), candidates[0])
    if found.is_dir():
        raise ConnectionFailed(f"command is a directory: {one_line(command, 200)}", hint="Name a program.")
    raise ConnectionFailed(
        f"command is not executable: {one_line(str(found), 200)}",
        hint=f"Try: chmod +x {one_line(str(found))}",
    )


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _on_windows(command: str, env: Mapping[str, str], cwd: str | None) -> str:
    upper = {name.upper(): value for name, value in env.items()}
    named = any(mark in command for mark in "\\/:")
    folders = [""] if named else [folder.strip('"') for folder in upper.get("PATH", "").split(";") if folder]
    names = _with_extensions(command, upper.get("PATHEXT") or _PATHEXT)
    for folder in folders:
        for name in names:
            path = Path(cwd or ".", folder, name)
            if path.is_file():
                return str(path)
    raise _not_found(command, ";".join(folders), Path(cwd or ".", command))


def _with_extensions(command: str, pathext: str) -> list[str]:
    """The file names that `command` may mean; without an extension of PATHEXT it is not a program."""
    extensions = [extension for extension in pathext.split(";") if extension.startswith(".")]
    whole = any(command.lower().endswith(extension.lower()) for extension in extensions)
    names = [command] if whole else []
    for extension in extensions:
        names += dict.fromkeys((command + extension.lower(), command + extension))
    return names


def _not_found(command: str, searched: str, path: Path) -> ConnectionFailed:
    if not command.strip():
        hint = "command is empty."
    elif len(command.split()) > 1:
        hint = "It holds spaces: put the program alone into command and the rest into args."
    elif searched:
        hint = f"PATH searched: {one_line(searched, 2000)}"
    elif "/" in command or "\\" in command:
        hint = f"Looked for {one_line(str(path.absolute()))}"
    else:
        hint = "PATH is empty: nothing was searched."
    failure = ProgramNotFound(f"command not found: {one_line(command, 200)}", hint=hint)
    failure.searched = bool(searched) and len(command.split()) == 1
    return failure
