"""A project's file in words: everything that a yes to it would let run, so that it can be asked about."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.secrecy.names import MASK, is_secret_value
from services.secrecy.secrets import looks_secret, masked_arguments, masked_url
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.config.projects.project_file import ProjectFile
    from services.settings import ServerSettings

__all__ = ("STATES", "ShownServer", "shown_problems", "shown_servers", "waiting")

_WHOLE: Final = 1 << 20
"""Characters of a line: nothing that is asked about is cut."""
_OPAQUE: Final = re.compile(r"[\w.~+/=:@%-]*")
"""What a secret is made of. Anything else could be a command and is not hidden by a mask."""

STATES: Final = {
    "yes": "You allowed it.",
    "no": "You refused it.",
    "changed": "It has changed since you answered.",
    "unasked": "",
}
"""What the person has answered so far."""


class ShownServer(NamedTuple):
    """One server with every key of its table: what would be run, where, with what of ours."""

    name: str
    kind: str
    lines: tuple[str, ...]


def shown_servers(file: ProjectFile) -> Iterator[ShownServer]:
    """The servers of the file, secrets masked and nothing cut; each text is one printable line."""
    for server in file.servers:
        table = file.tables.get(server.name)
        kind = server.transport if server.enabled else f"{server.transport}  (disabled)"
        lines = tuple(_described(server, table if isinstance(table, dict) else {}))
        yield ShownServer(one_line(server.name), kind, lines)


def shown_problems(file: ProjectFile) -> Iterator[str]:
    """What is wrong with the file, a line each."""
    for problem in file.problems:
        where = f"line {problem.line}: " if problem.line else ""
        yield one_line(where + problem.message)


def waiting(file: ProjectFile, command: str) -> str:
    """Why nothing of the file is used yet, in one line; `command` is where it is asked about."""
    broken = next((problem for problem in file.problems if problem.severity == "error"), None)
    if broken and not file.servers:
        where = "" if one_line(str(file.path)) in broken.message else f"{file.shown}: "
        return f"{where}{broken.message}; nothing of it is used"
    if file.consent == "changed":
        return f"{file.shown} has changed since you answered; nothing of it is used: {command}"
    count = len(file.servers)
    servers = "1 MCP server that waits" if count == 1 else f"{count} MCP servers that wait"
    return f"{file.shown} has {servers} for your yes: {command}"


def _described(server: ServerSettings, table: Mapping[str, Any]) -> Iterator[str]:
    if server.invalid:
        yield f"invalid: {one_line(server.invalid, _WHOLE)}"
    if server.transport == "stdio" and not server.invalid:
        words = [server.command, *map(_unmasked, server.args, masked_arguments(server.args))]
        yield f"runs: {one_line(' '.join(map(shlex.quote, words)), _WHOLE)}"
        yield f"in: {one_line(server.cwd or '', _WHOLE)}"
    for key, value in table.items():
        if key not in ("command", "args", "cwd", "enabled") or server.invalid:
            yield f"{one_line(key, 80)}: {one_line(_text(key, value), _WHOLE)}"


def _unmasked(argument: str, masked: str) -> str:
    """What is shown of an argument: nothing that could be run by itself is hidden.

    `npx --secret cowsay` runs cowsay; so a whole word is masked for what it is, never for the option
    before it.
    """
    if masked == MASK:
        return masked if is_secret_value(argument) else argument
    return masked if _OPAQUE.fullmatch(argument) else argument


def _text(name: str, value: Any) -> str:
    """A value with what is a secret masked, and nothing else; however deep it is."""
    parts: list[str] = []
    rest: list[tuple[str, str, Any]] = [("", name, value)]
    while rest:
        before, key, item = rest.pop()
        if isinstance(item, dict):
            inner = [(f"{name}=", str(name), entry) for name, entry in item.items()]
        elif isinstance(item, list):
            inner = [("", key, entry) for entry in item]
        else:
            parts.append(before + _scalar(key, item))
            continue
        first, *others = inner or [("", key, "")]
        rest.extend(reversed(others))
        rest.append((before + first[0], first[1], first[2]))
    return ", ".join(parts)


def _scalar(name: str, value: Any) -> str:
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if looks_secret(name, value) and _OPAQUE.fullmatch(value.split(" ", 1)[-1]):
        return MASK
    return masked_url(value) if "://" in value and not re.search(r"\s", value) else value
