"""Codex's config.toml: its tables are ours, but for `${VAR}`, enterprise logins and keys of the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from services.config.imports.entries import Draft, Skipped, finished
from services.config.imports.references import References
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("remarks", "servers")

_REFERRING = ("command", "args", "env", "url", "http_headers")
_WHOLE_FILE = ("mcp_oauth_credentials_store", "mcp_oauth_callback_port", "mcp_oauth_callback_url")
_ENTERPRISE = "ema_auth"


def servers(data: dict[str, Any]) -> Iterator[Draft | Skipped]:
    """Each server, with what Codex means by it in our words."""
    references = References("literal", None)
    for name, table in _table(data.get("mcp_servers")).items():
        if not isinstance(table, dict):
            yield Skipped(one_line(name), "is not a table")
            continue
        translated = {key: _literal(value, key, references) for key, value in table.items()}
        notes: list[str] = []
        if translated.get("auth") == _ENTERPRISE:
            translated, notes = _enterprise(translated, data)
        yield finished(name, translated, "user", notes)


def remarks(data: dict[str, Any]) -> tuple[str, ...]:
    """The keys of logins at the top of the file: they are for all servers, also those there are already."""
    return tuple(
        f"{key} = {json.dumps(data[key], ensure_ascii=False, default=str)} is about all servers and is not"
        " imported: write it at the top of config.toml if you want it"
        for key in _WHOLE_FILE
        if key in data
    )


def _enterprise(table: dict[str, Any], data: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """`auth = "ema_auth"` as our grant, with the identity provider that the file, or the server, names."""
    said = _table(table.get("oauth"))
    provider = _table(_table(data.get("mcp_enterprise_managed_auth")).get("idp")) or _table(said.get("idp"))
    ours = {"idp_issuer": provider.get("issuer"), "idp_client_id": provider.get("client_id")}
    kept = {key: value for key, value in said.items() if key != "idp"}
    oauth = kept | {"grant": "enterprise"} | {key: value for key, value in ours.items() if value}
    lacking = [f"oauth.{key}" for key in ("client_id", *ours) if not oauth.get(key)]
    lacking.append("oauth.id_token_file or oauth.id_token_env_var")
    note = f'auth = "{_ENTERPRISE}" is oauth.grant = "enterprise" here; it needs {", ".join(lacking)}'
    return {key: value for key, value in table.items() if key != "auth"} | {"oauth": oauth}, [note]


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _literal(value: Any, key: str, references: References) -> Any:
    if key not in _REFERRING:
        return value
    if isinstance(value, str):
        return references(value)
    if isinstance(value, list):
        return [_literal(entry, key, references) for entry in value]
    return (
        {name: _literal(entry, key, references) for name, entry in value.items()}
        if isinstance(value, dict)
        else value
    )
