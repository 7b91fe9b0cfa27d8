"""A configured server as it may be shown: as JSON with the field names of OpenAI Codex, and in a line."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING, Any, Final

from services.config.server_models import HTTP_SERVER, STDIO_SERVER
from services.secrecy.secrets import MASK, REFERENCE, masked_arguments, masked_url

if TYPE_CHECKING:
    from services.config.source import Configured

__all__ = ("AUTH", "command_line", "command_or_url", "configured_auth", "list_value", "server_value")

AUTH: Final = {
    "unsupported": "Unsupported",
    "not_logged_in": "Not logged in",
    "bearer_token": "Bearer token",
    "oauth": "OAuth",
    "unknown": "Unknown",
}
"""What `auth_status` can be, and the same in words."""

_MORE = (
    *("protocol", "required", "scopes", "oauth_resource", "default_tools_approval_mode"),
    *("watch", "roots", "sampling"),
)
"""Keys of ours that `get` shows where the table has them: texts, truths and lists of texts."""


def list_value(server: Configured, auth: str = "") -> dict[str, Any]:
    """What `list --json` says of a server. One that is invalid is never started: not enabled, and why.

    `auth` is its status where that was asked for.
    """
    enabled = server.settings.enabled and not server.invalid
    return {
        "name": server.settings.name,
        "enabled": enabled,
        "disabled_reason": server.invalid or None,
        "transport": _transport(server),
        "startup_timeout_sec": _startup_timeout(server),
        "tool_timeout_sec": _number(server.table.get("tool_timeout_sec")),
        "auth_status": auth or configured_auth(server),
    }


def server_value(server: Configured, auth: str = "", reason: str = "") -> dict[str, Any]:
    """What `get --json` says of a server; `reason` is why its status is not known."""
    settings, table = server.settings, server.table
    value = list_value(server, auth) | ({"auth_status_reason": reason} if reason else {})
    value |= {key: _strings(table.get(key)) for key in ("enabled_tools", "disabled_tools")}
    if not server.invalid:
        mine = STDIO_SERVER if settings.transport == "stdio" else HTTP_SERVER
        value |= {key: table[key] for key in _MORE if key in table and key in mine.keys}
    if settings.tools:
        value["tools"] = {name: {"approval_mode": mode} for name, mode in settings.tools.items()}
    if settings.oauth:
        value["oauth"] = {k: MASK if k == "client_secret" else v for k, v in settings.oauth.items()}
    return value


def command_or_url(server: Configured) -> str:
    """What the server is, in one line with its secrets masked."""
    transport = list_value(server)["transport"]
    if "command" not in transport:
        return str(transport["url"])
    return command_line([transport["command"], *transport["args"]]) if transport["command"] else ""


_STAND_IN: Final = "__masked__"


def command_line(words: list[str]) -> str:
    """A command line as a shell would take it, with the masks left as they are."""
    quoted = (shlex.quote(word.replace(MASK, _STAND_IN)) if word else "''" for word in words)
    return " ".join(quoted).replace(_STAND_IN, MASK)


def configured_auth(server: Configured) -> str:
    """The status as far as the configuration alone tells; `unknown` where the server has to be asked."""
    if server.settings.transport == "stdio" or not server.settings.enabled:
        return "unsupported"
    headers = {*_named(server.table, "http_headers"), *_named(server.table, "env_http_headers")}
    if _text(server, "bearer_token_env_var") or any(name.lower() == "authorization" for name in headers):
        return "bearer_token"
    return "unknown"


def _transport(server: Configured) -> dict[str, Any]:
    if server.settings.transport == "stdio":
        return {
            "type": "stdio",
            "command": _text(server, "command") or "",
            "args": list(masked_arguments(_strings(server.table.get("args")) or [])),
            "env": _masked(server, "env"),
            "env_vars": _env_vars(server.table.get("env_vars")),
            "cwd": _text(server, "cwd"),
        }
    helper = _text(server, "http_headers_helper")
    return {
        "type": "sse" if server.settings.transport == "sse" else "streamable_http",
        "url": masked_url(_text(server, "url") or ""),
        "bearer_token_env_var": _text(server, "bearer_token_env_var"),
        "http_headers": _masked(server, "http_headers"),
        "env_http_headers": (
            _named(server.table, "env_http_headers") if "env_http_headers" in server.table else None
        ),
        "http_headers_helper": MASK if helper else None,
    }


def _masked(server: Configured, key: str) -> dict[str, str] | None:
    if key not in server.table:
        return None
    return {
        name: value if REFERENCE.fullmatch(value) else MASK
        for name, value in _named(server.table, key).items()
    }


# The table may be anything that TOML can hold: what is not of the right type is left out.


def _text(server: Configured, key: str) -> str | None:
    value = server.table.get(key)
    return value if isinstance(value, str) else None


def _named(table: Any, key: str) -> dict[str, str]:
    value = table.get(key)
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}


def _strings(value: Any) -> list[str] | None:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else None


def _env_vars(value: Any) -> list[str | dict[str, str]]:
    entries = value if isinstance(value, list) else []
    return [
        entry
        if isinstance(entry, str)
        else {k: v for k, v in entry.items() if k in ("name", "source") and isinstance(v, str)}
        for entry in entries
        if isinstance(entry, str | dict)
    ]


def _startup_timeout(server: Configured) -> float | None:
    seconds = _number(server.table.get("startup_timeout_sec"))
    milliseconds = _number(server.table.get("startup_timeout_ms"))
    return seconds if seconds is not None or milliseconds is None else milliseconds / 1000


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
