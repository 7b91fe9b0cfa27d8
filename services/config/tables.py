"""From a `[mcp_servers.NAME]` table as it was read to the `ServerSettings` the program works with."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from services.config.complaints import Complaint, Place, key_name
from services.config.expand import expand
from services.config.headers import bad_headers
from services.config.server_models import HTTP_SERVER, OAUTH, STDIO_SERVER
from services.config.transports import transport_of, transport_trouble
from services.errors import MissingVariable
from services.settings import ServerSettings
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from services.settings import Transport

    Inputs = Callable[[str, str], str | None]
    """Gives the answer to an input by server and ID; None where it is to stay as written."""

__all__ = ("NAME_PATTERN", "SERVERS", "Reading", "name_trouble", "read_server", "url_trouble")

SERVERS = "mcp_servers"

NAME_PATTERN = "[A-Za-z0-9_:@/.-]+"
_NAME = re.compile(NAME_PATTERN)


class Reading(NamedTuple):
    """A server, and everything there is to say about its table."""

    settings: ServerSettings
    complaints: tuple[Complaint, ...] = ()


class _Refused(Exception):
    """The table cannot be used, for these reasons."""

    def __init__(self, *complaints: Complaint) -> None:
        super().__init__(complaints[0].message)
        self.complaints = complaints


def name_trouble(name: str) -> str:
    """Why `name` cannot be a server's name; empty when it can."""
    if _NAME.fullmatch(name):
        return ""
    allowed = "use letters, numbers, '-', '_', ':', '@', '/', '.'"
    return f"invalid server name '{one_line(name, 80)}' ({allowed})"


def url_trouble(url: str) -> str:
    """Why `url` cannot be reached by HTTP, to be read after a key's name; empty when it can."""
    from urllib.parse import urlsplit

    if re.search(r"[\x00-\x20\x7f]", url):
        return "must not contain spaces or control characters"
    try:
        parts = urlsplit(url)
        _ = parts.port  # reading it is the check
    except ValueError as error:
        return f"is not a URL: {one_line(str(error))}"
    if parts.scheme not in ("http", "https"):
        return "must start with http:// or https://"
    return "" if parts.hostname else "must name a host"


def read_server(
    name: str,
    table: Any,
    environ: Mapping[str, str] | None,
    *,
    strict: bool = False,
    inputs: Inputs | None = None,
) -> Reading:
    """Check one table. Whatever is wrong with it, a server comes back: invalid ones say why.

    Without `environ` references such as `${VAR}` stay as they are written, and without `inputs`
    those to inputs; `strict` makes errors of the warnings.
    """
    place = Place((SERVERS, name), 2)
    transport = transport_of(table)
    try:
        settings, complaints = _read(name, table, transport, _Expander(name, environ, place, inputs), place)
    except _Refused as refused:
        enabled = not (isinstance(table, dict) and table.get("enabled") is False)
        settings, complaints = ServerSettings(name, transport, enabled=enabled), refused.complaints
    if strict:
        complaints = tuple(found.in_earnest() for found in complaints)
    first = next((found for found in complaints if found.severity == "error"), None)
    if first:
        settings = replace(settings, invalid=f"{first.message} in `{key_name(place.path)}`", hint=first.hint)
    return Reading(settings, complaints)


def _read(
    name: str, table: Any, transport: Transport, expander: _Expander, place: Place
) -> tuple[ServerSettings, tuple[Complaint, ...]]:
    trouble = name_trouble(name)
    if trouble:
        raise _Refused(place.complaint(trouble, "Rename the table."))
    if not isinstance(table, dict):
        raise _Refused(place.complaint("a server must be a table", f"Write [{SERVERS}.NAME] above its keys."))
    mixed = tuple(transport_trouble(table, transport, place))
    if mixed:
        raise _Refused(*mixed)
    complaints = tuple(_checked(table, transport, place))
    if any(found.severity == "error" for found in complaints):
        raise _Refused(*sorted(complaints, key=lambda found: found.severity))  # errors first
    if transport == "stdio":
        return _stdio(name, table, expander), complaints
    settings, dropped = _http(name, table, transport, expander, place)
    return settings, complaints + dropped


def _checked(table: dict[str, Any], transport: Transport, place: Place) -> Iterator[Complaint]:
    for found in (STDIO_SERVER if transport == "stdio" else HTTP_SERVER).check(table, place):
        if transport == "stdio" and found.path[2:] == ("scopes",):
            message, hint = "`scopes` has no effect for stdio", ""
            yield found._replace(message=message, hint=hint)
        else:
            yield found
    oauth = table.get("oauth")
    if isinstance(oauth, dict) and "client_secret" in oauth and "client_id" not in oauth:
        at = place.within("oauth", "client_secret")
        yield at.complaint("oauth.client_secret requires oauth.client_id")


class _Expander:
    """Expands references in one table's values; does nothing (`idle`) without an environment."""

    def __init__(
        self, server: str, environ: Mapping[str, str] | None, place: Place, inputs: Inputs | None
    ) -> None:
        self._environ = environ
        self._place = place
        self._inputs = partial(inputs, server) if inputs else None
        self.idle = environ is None

    def __call__(self, text: str, *key: str | int) -> str:
        if self._environ is None or "${" not in text:
            return text
        try:
            return expand(text, self._environ, self._inputs)
        except MissingVariable as error:
            at = self._place.within(*key)
            message = f"{error.message}, needed by {at.key},"
            raise _Refused(at.complaint(message, error.hint)._replace(remedy=error.remedy)) from None

    def each(self, table: Mapping[str, str], key: str) -> dict[str, str]:
        return {name: self(value, key, name) for name, value in table.items()}

    def listed(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return tuple(self(entry, key, at) for at, entry in enumerate(table.get(key, ())))


def _common(name: str, transport: Transport, table: dict[str, Any], expanded: _Expander) -> dict[str, Any]:
    keys = (
        *("protocol", "enabled", "required", "default_tools_approval_mode", "resend", "sampling"),
        *("keep_alive", "supports_parallel_tool_calls"),
    )
    startup = STDIO_SERVER.get(table, "startup_timeout_sec")
    if "startup_timeout_sec" not in table and "startup_timeout_ms" in table:
        startup = table["startup_timeout_ms"] / 1000
    allowed = table.get("enabled_tools")
    tools = table.get("tools", {})
    return {key: STDIO_SERVER.get(table, key) for key in keys} | {
        "name": name,
        "transport": transport,
        "startup_timeout_sec": float(startup),
        "tool_timeout_sec": float(STDIO_SERVER.get(table, "tool_timeout_sec")),
        "enabled_tools": None if allowed is None else tuple(allowed),
        "disabled_tools": tuple(table.get("disabled_tools", ())),
        "roots": expanded.listed(table, "roots") if "roots" in table else None,
        "start": table.get("start", "eager"),
        "log_level": table.get("log_level", ""),
        "tools": {tool: entry["approval_mode"] for tool, entry in tools.items() if "approval_mode" in entry},
        "tool_output_limits": {
            tool: entry["output_token_limit"]
            for tool, entry in tools.items()
            if "output_token_limit" in entry
        },
    }


def _stdio(name: str, table: dict[str, Any], expanded: _Expander) -> ServerSettings:
    return ServerSettings(
        **_common(name, "stdio", table, expanded),
        command=expanded(table["command"], "command"),
        args=expanded.listed(table, "args"),
        watch=expanded.listed(table, "watch"),
        env=expanded.each(table.get("env", {}), "env"),
        env_vars=tuple(
            entry if isinstance(entry, str) else entry["name"]
            for entry in table.get("env_vars", ())
            if isinstance(entry, str) or entry.get("source") != "remote"
        ),
        cwd=table.get("cwd"),
    )


def _http(
    name: str, table: dict[str, Any], transport: Transport, expanded: _Expander, place: Place
) -> tuple[ServerSettings, tuple[Complaint, ...]]:
    url = expanded(table["url"], "url").strip()
    # One with an input that is not asked about is not the URL yet.
    trouble = "" if (expanded.idle and "${" in url) or "${input:" in url else url_trouble(url)
    if trouble:
        hint = "Write the whole URL of the server's endpoint."
        raise _Refused(place.within("url").complaint(f"url {trouble}", hint))
    fixed = expanded.each(table.get("http_headers", {}), "http_headers")
    from_env = table.get("env_http_headers", {})
    dropped = {
        **bad_headers(fixed, place.within("http_headers"), values=True),
        **bad_headers(from_env, place.within("env_http_headers"), values=False),
    }
    scopes = table.get("scopes")
    settings = ServerSettings(
        **_common(name, transport, table, expanded),
        url=url,
        bearer_token_env_var=table.get("bearer_token_env_var"),
        http_headers={key: value for key, value in fixed.items() if ("http_headers", key) not in dropped},
        env_http_headers={
            key: value for key, value in from_env.items() if ("env_http_headers", key) not in dropped
        },
        http_headers_helper=table.get("http_headers_helper"),
        allow_token_over_http=table.get("allow_token_over_http", False),
        scopes=None if scopes is None else tuple(scopes),
        oauth_resource=table.get("oauth_resource", "").strip() or None,
        oauth={key: value for key, value in table.get("oauth", {}).items() if key in OAUTH.keys},
    )
    return settings, tuple(dropped.values())
