"""What every command shares: the answer on standard output, the rest on standard error, exit statuses."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TextIO

from app.command_line.terminal import documents
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from services.errors import JackfieldError
    from services.settings import Configuration

__all__ = (
    "DECLINED",
    "FAILED",
    "LOGIN",
    "MASK",
    "OK",
    "TOOL_ERROR",
    "UNREACHABLE",
    "USAGE",
    "Cell",
    "answer",
    "fail",
    "masked",
    "note",
    "note_nulls",
    "note_problems",
    "paint",
    "print_json",
    "printable_lines",
    "status_of",
    "table",
    "warn",
    "warning",
)

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
"""Wrong usage or configuration."""
LOGIN: Final = 3
"""A login is needed first."""
UNREACHABLE: Final = 4
"""The server cannot be started or reached."""
TOOL_ERROR: Final = 5
"""The tool itself reported an error."""
DECLINED: Final = 6
"""A question was declined because nobody could answer it."""

_OF_MODELS: Final = {
    "not_configured": USAGE,
    "not_installed": USAGE,
    "unknown_model": USAGE,
    "key": LOGIN,
    "network": UNREACHABLE,
    "overloaded": UNREACHABLE,
}
"""The exit status of a `ModelFailed` by its reason; else FAILED."""

MASK: Final = "*****"
"""What stands for a secret value in every output."""

_STYLES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Cell(NamedTuple):
    """A cell of a table with a style: `bold`, `dim`, `red`, `green`, `yellow` or `cyan`."""

    text: str
    style: str = ""


def answer(text: str) -> None:
    """Print what was asked for on standard output, as one or more lines."""
    _write(sys.stdout, text)


def note(text: str) -> None:
    """Print anything else, for the person, on standard error."""
    _write(sys.stderr, text)


def warn(text: str) -> None:
    """Say on standard error what a person should know, in one line."""
    note(warning(one_line(text, 1_000)))


def warning(text: str) -> str:
    """A printable text as a warning for standard error."""
    return f"{paint('Warning:', 'yellow', sys.stderr)} {text}"


def print_json(value: object) -> None:
    """Print a value as JSON on standard output; control characters are written as `\\uXXXX`."""
    note_nulls(documents.put(value))


def note_nulls(places: Sequence[str]) -> None:
    """Say where JSON has null for NaN or an infinity; nothing where it has none."""
    if places:
        where = ", ".join(place or "the whole" for place in places[:5]) + (", …" if len(places) > 5 else "")
        warn(f"NaN and Infinity are not JSON: null stands for them at {where}")


def fail(error: JackfieldError | str, status: int | None = None) -> NoReturn:
    """Say what went wrong and what to do about it, in plain lines, and leave with `status`.

    Without one the kind of the error decides, see `status_of`.
    """
    if status is None:
        status = FAILED if isinstance(error, str) else status_of(error)
    from app.remedy_words import told_in_shell

    note(paint("Error:", "red", sys.stderr) + " " + printable(told_in_shell(error)))
    documents.refuse(error)
    raise SystemExit(status)


def status_of(error: BaseException) -> int:
    """The exit status that an error means."""
    from services import errors

    if isinstance(error, errors.ModelFailed):
        return _OF_MODELS.get(error.reason, FAILED)
    kinds = (
        (errors.LoginNeeded, LOGIN),
        (errors.ConfigurationError, USAGE),
        (errors.InvalidArguments, USAGE),
        (errors.MissingVariable, USAGE),
        (errors.UnknownServer, USAGE),
        (errors.UnknownTool, USAGE),
        (errors.ConnectionFailed, UNREACHABLE),
    )
    return next((status for kind, status in kinds if isinstance(error, kind)), FAILED)


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """`text` with a style where the stream (standard output by default) shows it to a person."""
    code = _STYLES.get(style)
    if not code or not text or not _colours(stream or sys.stdout):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def table(rows: Iterable[Sequence[str | Cell]], headers: Sequence[str]) -> str:
    """Aligned columns under `headers`, each cell one printable line; an empty cell is `-`.

    On a terminal columns are shortened, the widest first, until a row fits a line (never the
    first, which holds the names); elsewhere nothing is cut.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    heading = [Cell(header, "bold") for header in headers]
    widths = [max(_width(row[at].text) for row in [heading, *cells]) for at in range(len(headers))]
    if sys.stdout.isatty():
        widths = _fitted(widths, [_width(header) for header in headers])
    return "\n".join(_line(row, widths) for row in [heading, *cells])


def printable_lines(lines: Iterable[str]) -> str:
    """The lines that are not empty, each made one printable line, with its indentation."""
    return "\n".join(
        line[: len(line) - len(line.lstrip(" "))] + one_line(line, 10_000) for line in lines if line
    )


def masked(values: Iterable[str]) -> str:
    """Names whose values are secret, as people read them: `TOKEN=*****, PORT=*****`."""
    return ", ".join(f"{one_line(name)}={MASK}" for name in values)


def note_problems(configuration: Configuration, servers: Container[str] | None = None) -> None:
    """Say on standard error what is wrong with the file: all of it, or what concerns these servers.

    What makes a server invalid is left to whoever shows or starts it: it stands in its `invalid`.
    """
    for problem in configuration.problems:
        server = problem.server
        if server and (problem.severity == "error" or (servers is not None and server not in servers)):
            continue
        style = "red" if problem.severity == "error" else "yellow"
        where = f"line {problem.line}: " if problem.line else ""
        text = " ".join(part for part in (f"{where}{problem.message}.", problem.hint) if part)
        note(f"{paint(f'{problem.severity.capitalize()}:', style, sys.stderr)} {printable(text)}")


def _write(stream: TextIO, text: str) -> None:
    stream.write(text + "\n")
    stream.flush()


def _colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _cell(cell: str | Cell) -> Cell:
    text, style = cell if isinstance(cell, Cell) else (cell, "")
    return Cell(one_line(text), style) if text else Cell("-", "dim")


def _width(text: str) -> int:
    """How many columns a terminal takes for `text`."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _fitted(widths: list[int], least: Sequence[int]) -> list[int]:
    from shutil import get_terminal_size

    fitted = list(widths)
    excess = sum(fitted) + 2 * (len(fitted) - 1) - get_terminal_size().columns
    while excess > 0:
        at = max(range(1, len(fitted)), key=fitted.__getitem__, default=0)
        if at == 0 or fitted[at] <= max(least[at], 8):
            break
        fitted[at] -= 1
        excess -= 1
    return fitted


def _line(row: Sequence[Cell], widths: Sequence[int]) -> str:
    parts = []
    for (text, style), width in zip(row, widths, strict=True):
        cut = _shortened(text, width)
        parts.append(paint(cut, style) + " " * (width - _width(cut)))
    return "  ".join(parts).rstrip()


def _shortened(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    cut = text[: width - 1]
    while _width(cut) > width - 1:
        cut = cut[:-1]
    return cut + "…"
