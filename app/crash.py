"""What is said when the session meets a fault of its own: two plain lines, and a report in a file.

Textual would print every local variable of every frame, tokens among them. The report holds
where the fault was and what it was called, and no value.
"""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING

from services.errors import ConfigurationError
from services.text import one_line, printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("report",)


def report(error: BaseException, folder: Path | None = None) -> str:
    """Write the report into `folder` (`logs/` of the home directory), and say so in two lines."""
    said = f"Internal error in Jackfield: {_named(error)}"
    try:
        return f"{said}\nThe report is in {_written(error, folder)}; it contains no values."
    except (ConfigurationError, OSError):
        return f"{said}\n{_where(error)}"


def _written(error: BaseException, folder: Path | None) -> Path:
    from services.config.paths import home, write_whole

    path = (folder or home() / "logs") / f"crash-{time.strftime('%Y%m%d-%H%M%S')}.txt"
    write_whole(path, _places(error))
    return path


def _places(error: BaseException) -> str:
    """The frames of the error and of those behind it, the first cause first."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.insert(0, following)
        following = following.__cause__ or following.__context__
    parts = ["".join((*traceback.format_tb(one.__traceback__), _named(one), "\n")) for one in chain]
    return printable("\n".join(parts))


def _named(error: BaseException) -> str:
    """The kind of the error and the first line of what it says: further lines may quote values."""
    lines = str(error).splitlines()
    return one_line(": ".join([type(error).__name__, *lines[:1]]), 300)


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"It happened in {frames[-1].filename}, line {frames[-1].lineno}." if frames else ""
