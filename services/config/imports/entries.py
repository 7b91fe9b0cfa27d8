"""One server as another program's file has it, made into a table for config.toml.

The programs name the same few things differently and seldom contradict each other, so one
tolerant reading serves them all; what differs in meaning is in `Dialect`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from services.config.imports.references import References
from services.config.tables import name_trouble, read_server
from services.secrecy.secrets import secret_places
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ("Dialect", "Draft", "Skipped", "draft", "unique_name")


Style = Literal["editor", "dollar", "braced", "literal"]


class Dialect(NamedTuple):
    """What a program means by what it writes."""

    references: Style = "editor"
    in_headers: Style | None = None
    """How references are written in headers, where that is another way."""
    timeout_key: str = "tool_timeout_sec"
    timeout_unit: float = 0.001
    bare_url: Literal["http", "sse"] = "http"
    """The transport of an entry with a `url` and no type."""


class Draft(NamedTuple):
    """A server ready to be added: `table` is for config.toml."""

    name: str
    table: dict[str, Any]
    scope: str = "user"
    notes: tuple[str, ...] = ()
    """What was changed, and what could not be carried over: one printable line each."""
    secrets: tuple[str, ...] = ()
    """The keys that hold a secret in clear: `env.API_KEY`, `args[2]`, `url`."""
    inputs: frozenset[str] = frozenset()
    """The inputs (VS Code) that the table refers to."""


class Skipped(NamedTuple):
    """A server that cannot be brought over, and why."""

    name: str
    reason: str


_ALIASES = {
    "command": ("command", "cmd"),
    "url": ("httpUrl", "url", "serverUrl", "baseUrl", "uri"),
    "env": ("env", "environment", "envs"),
    "headers": ("headers", "http_headers"),
    "enabled_tools": ("includeTools", "allowedTools", "enabledTools", "available_tools"),
    "disabled_tools": ("excludeTools", "blockedTools", "disabledTools"),
    "bearer": ("bearerTokenEnvVar", "bearerTokenEnv", "bearer_token_env_var"),
}
_READ = {alias for aliases in _ALIASES.values() for alias in aliases} | {
    *("type", "transport", "args", "cwd", "env_keys", "headersHelper", "oauth", "enabled", "disabled"),
    *("timeout", "scopes", "dev", "watchPaths"),
}
_OF_NO_CONSEQUENCE = {
    "name",
    "description",
    "display_name",
    "bundled",
    "gallery",
    "version",
    "icon",
    "alwaysLoad",
}
_UNREACHABLE = {"ws": "WebSocket", "websocket": "WebSocket"}
_BUILT_IN = {"builtin", "platform", "frontend", "inline_python"}
_OAUTH = {
    key: ours
    for ours, keys in {
        "client_id": ("clientId", "client_id"),
        "client_secret": ("clientSecret", "client_secret"),
        "callback_port": ("callbackPort",),
        "callback_url": ("redirectUri", "callbackUrl"),
    }.items()
    for key in keys
}


class _Unusable(Exception):
    pass


def draft(
    name: str, entry: Any, dialect: Dialect, *, scope: str = "user", project: Path | None = None
) -> Draft | Skipped:
    """The entry `name` of another program's file as a table of ours, or why it cannot be one."""
    if not isinstance(entry, dict):
        return Skipped(one_line(name), "is not a table")
    reading = _Entry(entry, dialect, project)
    try:
        table = reading.table()
    except _Unusable as error:
        return Skipped(one_line(name), one_line(str(error)))
    return finished(name, table, scope, reading.references.notes + reading.notes, reading.references.inputs)


def finished(
    name: str, table: dict[str, Any], scope: str, notes: Iterable[str] = (), inputs: Iterable[str] = ()
) -> Draft:
    """A draft with a name that can be one, and with notes on what is wrong with its table."""
    notes = list(notes)
    good = _good_name(name)
    if good != name:
        notes.append(f"renamed: '{name}' cannot be a name here")
    reading = read_server(good, table, None)
    notes += [f"{found.message} ({found.severity})" for found in reading.complaints]
    lines = tuple(one_line(note, 300) for note in notes)
    return Draft(good, table, scope, lines, secret_places(table), frozenset(inputs))


def unique_name(name: str, taken: Iterable[str]) -> str:
    """`name`, or `name-2`, `name-3`, … when it is taken."""
    taken = set(taken)
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate


def _good_name(name: str) -> str:
    if not name_trouble(name):
        return name
    return re.sub(r"[^A-Za-z0-9_:@/.-]+", "-", name).strip("-") or "server"


class _Entry:
    """One entry while it is read."""

    def __init__(self, entry: Mapping[str, Any], dialect: Dialect, project: Path | None) -> None:
        self._entry = entry
        self._dialect = dialect
        self.references = References(dialect.references, project)
        self._in_headers = References(dialect.in_headers or dialect.references, project)
        self._in_headers.inputs, self._in_headers.notes = self.references.inputs, self.references.notes
        self.notes: list[str] = []

    def table(self) -> dict[str, Any]:
        kind = str(self._entry.get("type") or self._entry.get("transport") or "").lower()
        if kind in _UNREACHABLE:
            raise _Unusable(f"{_UNREACHABLE[kind]} is not an MCP transport")
        if kind in _BUILT_IN:
            raise _Unusable(f"it is part of that program ({kind})")
        command, url = self._first("command"), self._first("url")
        remote = url and (not command or kind not in ("", "stdio", "local"))
        if not command and not url:
            raise _Unusable("it has neither a command nor a URL")
        if command and url:
            self.notes.append(f"{'command' if remote else 'url'} is not imported: one transport only")
        table = self._http(str(url), kind) if remote else self._stdio(command)
        table |= self._common()
        for key in self._entry:
            if key not in _READ and key not in _OF_NO_CONSEQUENCE:
                self.notes.append(f"{key} is not imported")
        return table

    def _first(self, what: str) -> Any:
        return next((self._entry[key] for key in _ALIASES[what] if self._entry.get(key)), None)

    def _texts(self, values: Any, what: str) -> list[str]:
        if not isinstance(values, list):
            raise _Unusable(f"{what} is not a list")
        return [self.references(_text(value)) for value in values]

    def _named_texts(self, what: str) -> dict[str, str]:
        values = self._first(what) or {}
        if not isinstance(values, dict):
            raise _Unusable(f"{what} is not a table")
        translated = self._in_headers if what == "headers" else self.references
        return {str(key): translated(_text(value)) for key, value in values.items() if value is not None}

    def _stdio(self, command: Any) -> dict[str, Any]:
        words = self._texts(command if isinstance(command, list) else [command], "command")
        words += self._texts(self._entry.get("args") or [], "args")
        table: dict[str, Any] = {"command": words[0]}
        table |= {"args": words[1:]} if words[1:] else {}
        table |= {"env": env} if (env := self._named_texts("env")) else {}
        names = self._entry.get("env_keys")
        if isinstance(names, list) and names:
            table["env_vars"] = [str(name) for name in names]
            self.notes.append(f"these must be set in the environment: {', '.join(table['env_vars'])}")
        cwd = self._entry.get("cwd")
        table |= {"cwd": self.references(str(cwd), expanded=False)} if cwd else {}
        return table | self._dev()

    def _dev(self) -> dict[str, Any]:
        """VS Code's development mode: the files to watch."""
        dev = self._entry.get("dev")
        dev = dev if isinstance(dev, dict) else {}
        self.notes += [f"dev.{key} is not imported" for key in dev if key != "watch"]
        watch = dev.get("watch")
        patterns = [watch] if isinstance(watch, str) else watch or self._entry.get("watchPaths")
        return {"watch": self._texts(patterns, "dev.watch")} if patterns else {}

    def _http(self, url: str, kind: str) -> dict[str, Any]:
        if url.startswith(("unix:", "pipe:")):
            raise _Unusable("a socket of this machine cannot be a URL here")
        table: dict[str, Any] = {"url": self.references(url)}
        untyped = kind == "" and "httpUrl" not in self._entry
        if kind == "sse" or (untyped and self._dialect.bare_url == "sse"):
            table["transport"] = "sse"
        table |= {"http_headers": headers} if (headers := self._named_texts("headers")) else {}
        if helper := self._entry.get("headersHelper"):
            table["http_headers_helper"] = self.references(str(helper), expanded=False)
        if bearer := self._first("bearer"):
            table["bearer_token_env_var"] = str(bearer)
        if self._first("env"):
            self.notes.append("env is not imported: it is for programs")
        return table | self._oauth()

    def _oauth(self) -> dict[str, Any]:
        oauth = self._entry.get("oauth")
        oauth = oauth if isinstance(oauth, dict) else {}
        scopes = oauth.get("scopes", oauth.get("scope", self._entry.get("scopes")))
        table: dict[str, Any] = {}
        if scopes:
            listed = scopes if isinstance(scopes, list) else re.split(r"[\s,]+", str(scopes).strip())
            table["scopes"] = [str(scope) for scope in listed]
        client: dict[str, Any] = {}
        for key, value in oauth.items():
            if key in _OAUTH and value:
                client[_OAUTH[key]] = value if isinstance(value, int) else str(value)
            elif key not in ("scopes", "scope", "enabled"):
                self.notes.append(f"oauth.{key} is not imported")
        return table | ({"oauth": client} if client else {})

    def _common(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        if self._entry.get("disabled") is True or self._entry.get("enabled") is False:
            table["enabled"] = False
        timeout = self._entry.get("timeout")
        if isinstance(timeout, int | float) and not isinstance(timeout, bool) and 0 < timeout < 1e12:
            table[self._dialect.timeout_key] = round(timeout * self._dialect.timeout_unit, 3)
        for key in ("enabled_tools", "disabled_tools"):
            tools = self._first(key)
            if isinstance(tools, list):
                table[key] = [str(tool) for tool in tools]
        return table


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
