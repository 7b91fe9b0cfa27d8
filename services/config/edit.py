"""Editing TOML files of ours: only the characters that an edit means change, the rest stays as written.

Edits work on the text itself, by the places that `toml_text.scan` finds, and are checked
before they are written: the new text must hold the old values with just the one change.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.config.file import read_text, read_toml
from services.config.paths import locked, write_whole
from services.config.tables import SERVERS, name_trouble
from services.config.toml import splice
from services.config.toml.values import key_text, value_text
from services.errors import ConfigurationError, UnknownServer
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from services.config.toml.values import Value

__all__ = ("add_server", "add_table", "put_values", "remove_server", "set_enabled", "set_value")

Data = dict[str, Any]
Keys = tuple[str, ...]


def add_server(path: Path, name: str, table: Mapping[str, Value | None], *, force: bool = False) -> None:
    """Add `[mcp_servers.NAME]` at the end of the file at `path`, which is made if need be.

    Raises ConfigurationError for a bad name, and when the server exists; with `force` the
    old table goes first.
    """
    trouble = name_trouble(name)
    if trouble:
        raise ConfigurationError(trouble)

    def edited(text: str) -> str:
        if name in _servers(text, path):
            if not force:
                hint = "Remove it first, or replace it with --force."
                raise ConfigurationError(f"MCP server '{one_line(name)}' is already configured", hint=hint)
            text = _removed(text, path, name)
        where = (SERVERS, name)
        candidates = splice.appended(text, where, table)
        return _checked(text, candidates, path, where, lambda data: _put(data, where, _as_read(table)))

    _edit(path, edited, new=_new_file)


def remove_server(path: Path, name: str) -> bool:
    """Take the server's table out of the file; False when there is none."""
    found = False

    def edited(text: str) -> str:
        nonlocal found
        found = name in _servers(text, path)
        return _removed(text, path, name) if found else text

    _edit(path, edited)
    return found


def set_enabled(path: Path, name: str, enabled: bool) -> None:
    """Enable or disable a server; raises UnknownServer."""
    set_value(path, name, "enabled", enabled)


def set_value(path: Path, name: str, key: str | tuple[str, ...], value: Value | None) -> None:
    """Set a key of the server's table, or take it out with None; raises UnknownServer.

    A `key` of several parts is a key of a table within: `("tools", "search", "approval_mode")`.
    """
    keys = (key,) if isinstance(key, str) else key

    def edited(text: str) -> str:
        server = _servers(text, path).get(name)
        if not isinstance(server, dict):
            raise UnknownServer(f"No MCP server named '{one_line(name)}' found.")
        return _set(_modern(text, path, name, server), path, (SERVERS, name, *keys), value)

    _edit(path, edited)


def add_table(path: Path, where: Keys, table: Mapping[str, Value]) -> None:
    """Add a table at the end of a file that need not be there, each of its values on one line.

    Raises ConfigurationError when there is something at that place.
    """

    def edited(text: str) -> str:
        inner: Any = read_toml(text, str(path))
        for key in where:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if inner is not None:
            raise ConfigurationError(f"{one_line(str(path))} has {key_text(*where)} already")
        candidates = [splice.with_table(text, where, table)]
        return _checked(text, candidates, path, where, lambda data: _put(data, where, _as_read(table)))

    _edit(path, edited, new=str)


def put_values(path: Path, values: Iterable[tuple[Keys, Value | None]]) -> None:
    """Set what stands at each of these places of a file, or take it out with None; all or nothing."""

    def edited(text: str) -> str:
        for where, value in values:
            text = _set(text, path, where, value)
        return text

    _edit(path, edited)


def _edit(path: Path, edited: Callable[[str], str], *, new: Callable[[], str] | None = None) -> None:
    """Read, change and write under the lock; a file that does not change is not written.

    `new` gives the text that a file which is not there begins with; without it none is made.
    """
    with locked(path):
        before = read_text(path)
        if before is None and new is None:
            edited("")
            return
        after = edited(new() if before is None and new is not None else before or "")
        if after == before:
            return
        try:
            data = after.encode()
        except UnicodeEncodeError:
            raise ConfigurationError(f"{path.name} can only hold text that is valid Unicode") from None
        write_whole(path, data)


def _new_file() -> str:
    from services.config.schema import SCHEMA

    return f"#:schema {SCHEMA.as_uri()}\n"


def _servers(text: str, path: Path) -> Data:
    servers = read_toml(text, str(path)).get(SERVERS, {})
    return servers if isinstance(servers, dict) else {}


def _removed(text: str, path: Path, name: str) -> str:
    return _set(text, path, (SERVERS, name), None)


def _set(text: str, path: Path, where: Keys, value: Value | None) -> str:
    if value is None:
        return _checked(text, [splice.without(text, where)], path, where, lambda data: _drop(data, where))
    read = _as_read(value)
    candidates = splice.placed(text, where, value)
    return _checked(text, candidates, path, where, lambda data: _put(data, where, read))


def _modern(text: str, path: Path, name: str, server: Data) -> str:
    """The text with the server's `startup_timeout_ms` as `startup_timeout_sec`, which wins if it is there."""
    old, new = ((SERVERS, name, f"startup_timeout_{unit}") for unit in ("ms", "sec"))
    value = server.get("startup_timeout_ms")
    if isinstance(value, bool) or not isinstance(value, int):
        return text
    if "startup_timeout_sec" in server:
        return _set(text, path, old, None)

    def change(data: Data) -> None:
        _drop(data, old)
        _put(data, new, _as_read(value / 1000))

    candidate = splice.renamed(text, old, new[-1], value / 1000)
    return _checked(text, [candidate], path, new, change)


def _checked(
    text: str, candidates: Iterable[str], path: Path, where: Keys, change: Callable[[Data], None]
) -> str:
    """The first candidate that is TOML and holds the values of `text` with `change` made at `where`."""
    wanted = _exact(text, path)
    change(wanted)
    _prune(wanted, where)
    for candidate in candidates:
        try:
            found = _exact(candidate, path)
        except ConfigurationError:
            continue
        _prune(found, where)
        if found == wanted:
            return candidate
    raise ConfigurationError(
        f"{one_line(str(path))} is written in a way that cannot be edited safely",
        hint="Make the change in an editor.",
    )


def _exact(text: str, path: Path) -> Data:
    return read_toml(text, str(path), parse_float=_Number)


class _Number(str):
    """A float as written, so that comparing neither rounds nor stumbles over NaN."""


def _as_read(value: Any) -> Any:
    """The value as reading the edited file gives it; entries of None are not written."""
    return _exact(f"value = {value_text(value)}", Path())["value"]


def _prune(data: Data, where: Keys) -> None:
    """Tables around `where` that hold nothing say as much as none."""
    if len(where) < 2 or not isinstance(data.get(where[0]), dict):
        return
    _prune(data[where[0]], where[1:])
    if not data[where[0]]:
        del data[where[0]]


def _put(data: Data, where: Keys, value: Any) -> None:
    for key in where[:-1]:
        data = data.setdefault(key, {})
    data[where[-1]] = value


def _drop(data: Data, where: Keys) -> None:
    for key in where[:-1]:
        data = data.get(key, {})
    data.pop(where[-1], None)
