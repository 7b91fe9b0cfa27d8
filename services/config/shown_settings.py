"""The settings a server is lived by, as they may be shown: masked, each with where it comes from."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from services.secrecy.names import MASK
from services.secrecy.secrets import masked_arguments
from services.secrecy.urls import masked_url, masked_urls
from services.settings import ServerSettings
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Setting", "shown_settings")

_HIDDEN: Final = ("name", "source", "invalid", "hint", "tool_output_limits")
_STDIO: Final = ("command", "args", "env", "env_vars", "cwd", "watch")
_HTTP: Final = (
    *("url", "bearer_token_env_var", "http_headers", "env_http_headers", "http_headers_helper"),
    *("allow_token_over_http", "scopes", "oauth_resource", "oauth"),
)
_SECRET_TABLES: Final = ("env", "http_headers")
_LONGEST: Final = 500


class Setting(NamedTuple):
    """One key with its value, both printable, and the file it stands in; an empty one is the default."""

    key: str
    value: str
    source: str = ""


def shown_settings(settings: ServerSettings) -> tuple[Setting, ...]:
    """Every key that means something for the server's transport, those of its file first."""
    found = tuple(_settings(settings))
    return (*(one for one in found if one.source), *(one for one in found if not one.source))


def _settings(settings: ServerSettings) -> Iterator[Setting]:
    foreign = _HTTP if settings.transport == "stdio" else _STDIO
    for field in fields(ServerSettings):
        if field.name in _HIDDEN or field.name in foreign:
            continue
        value = getattr(settings, field.name)
        usual = field.default if field.default is not MISSING else None
        own = value != usual and value not in ((), {})
        source = one_line(settings.source, 200) or "this session" if own else ""
        yield Setting(field.name, one_line(_shown(field.name, value), _LONGEST), source)


def _shown(key: str, value: Any) -> str:
    if key == "args":
        return " ".join(masked_arguments(list(value)))
    if key == "http_headers_helper":
        return MASK if value else "–"
    if key == "oauth":
        value = {name: MASK if name == "client_secret" else item for name, item in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "–"
    if hasattr(value, "items"):
        hidden = key in _SECRET_TABLES
        return ", ".join(f"{name}={MASK if hidden else item}" for name, item in value.items()) or "–"
    text = "" if value is None else str(value)
    return (masked_url(text) if key == "url" else masked_urls(text)) or "–"
