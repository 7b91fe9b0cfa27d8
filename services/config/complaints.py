"""What is said about a table that is not as it should be: one plain line each, and what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from services import ranking
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.remedies import Remedy
    from services.settings import Problem

__all__ = ("Complaint", "Place", "describe", "key_name", "nearest", "shown")

Severity = Literal["note", "warning", "error"]
"""A note is no fault: it stays one where warnings are taken for errors."""

Part = str | int
"""One step of a place: a key, or an index into a list."""


class Complaint(NamedTuple):
    """Something wrong at `path` of the file; `message` does not name the server yet."""

    message: str
    path: tuple[str, ...]
    hint: str = ""
    severity: Severity = "error"
    remedy: Remedy | None = None

    def in_earnest(self) -> Complaint:
        """As `--strict` takes it: a warning is an error."""
        return self._replace(severity="error") if self.severity == "warning" else self


class Place(NamedTuple):
    """A place in the file: `depth` parts of its path are named by the table, the rest is the key."""

    path: tuple[Part, ...] = ()
    depth: int = 0

    @property
    def key(self) -> str:
        return key_name(self.path[self.depth :])

    def within(self, *parts: Part) -> Place:
        return Place((*self.path, *parts), self.depth)

    def complaint(self, message: str, hint: str = "", severity: Severity = "error") -> Complaint:
        keys = tuple(part for part in self.path if isinstance(part, str))
        return Complaint(message, keys, hint, severity)


def describe(problem: Problem) -> str:
    """A problem in one line, with the line of the file where it is known."""
    return f"{problem.message} (line {problem.line})" if problem.line else problem.message


def key_name(path: Iterable[Part]) -> str:
    """A path as people read it: `env.PORT`, `args[0]`, with anything odd made printable."""
    parts = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return one_line(parts.removeprefix("."), 120)


def shown(value: object) -> str:
    """A value that is not a secret, short enough for a message."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{one_line(value, 40)}"' if isinstance(value, str) else one_line(str(value), 40)


_OTHER_CLIENTS = {
    "headers": "http_headers",
    "type": "transport",
    "timeout": "tool_timeout_sec",
    "disabled": "enabled",
    "environment": "env",
    "envs": "env",
    "httpUrl": "url",
    "serverUrl": "url",
    "baseUrl": "url",
    "uri": "url",
    "cmd": "command",
    "mcpServers": "mcp_servers",
    "servers": "mcp_servers",
}
"""What the same key is called in the files of other programs."""


def nearest(key: str, known: Iterable[str]) -> str:
    """The known key that `key` was probably meant to be; empty when none comes near."""
    names = list(known)
    other = _OTHER_CLIENTS.get(key, "")
    if other in names:
        return other
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).replace("-", "_").lower()
    if plain in names:
        return plain
    return next(iter(ranking.nearest(plain, names, 1)), "")
