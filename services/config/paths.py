"""Where Jackfield keeps its files; how they are written stands in `services.files`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import ConfigurationError
from services.files import locked, make_directory, write_whole
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("config_file", "home", "locked", "make_directory", "write_whole")


def home(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The directory that holds `config.toml`: `$JACKFIELD_HOME`, else the user's configuration directory.

    The default need not exist yet (`write_whole` makes it); a directory that was named must.
    """
    named = environ.get("JACKFIELD_HOME")
    if not named:
        return _default_home(environ, platform)
    path = Path(named).absolute()
    trouble = "" if path.is_dir() else "is not a directory" if path.exists() else "does not exist"
    if trouble:
        raise ConfigurationError(
            f'JACKFIELD_HOME points to "{one_line(named)}", but that path {trouble}',
            hint="Make that directory, or unset JACKFIELD_HOME.",
        )
    return path


def config_file(directory: Path) -> Path:
    """The configuration file of the home `directory`."""
    return directory / "config.toml"


def _default_home(environ: Mapping[str, str], platform: str) -> Path:
    """As platformdirs has it, whose import would take 10 ms of every command."""
    user = Path("~").expanduser()
    if platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or user / "AppData" / "Local")
    elif platform == "darwin":
        base = user / "Library" / "Application Support"
    else:
        base = Path(environ.get("XDG_CONFIG_HOME", "").strip() or user / ".config")
    return base / "jackfield"
