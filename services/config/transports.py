"""Which transport a server's table means, and what is wrong with one that could mean two or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.config.complaints import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.config.complaints import Complaint, Place
    from services.settings import Transport

__all__ = ("transport_of", "transport_trouble")

_STDIO_ONLY = ("command", "args", "env", "env_vars", "cwd", "watch")
_HTTP_ONLY = (
    *("url", "bearer_token_env_var", "http_headers", "env_http_headers", "http_headers_helper"),
    *("allow_token_over_http", "oauth", "oauth_resource"),
)
_CALLED: Mapping[Transport, str] = {"stdio": "stdio", "http": "streamable_http", "sse": "sse"}


def transport_of(table: Any) -> Transport:
    """The transport that the table means, as far as it can be told from a table with faults."""
    if not isinstance(table, dict) or "command" in table or "url" not in table:
        return "stdio"
    return "sse" if table.get("transport") == "sse" else "http"


def transport_trouble(table: dict[str, Any], transport: Transport, place: Place) -> Iterator[Complaint]:
    """No key of any transport, or those of the other one: refused, one by one, with Codex's words."""
    if "command" not in table and "url" not in table:
        yield _no_transport(table, place)
        return
    called = _CALLED[transport]
    stdio = transport == "stdio"
    for key in _HTTP_ONLY if stdio else _STDIO_ONLY:
        if key in table:
            hint = "Set command (a program) or url, not both." if key == "url" else ""
            yield place.within(key).complaint(f"{key} is not supported for {called}", hint)
    if "bearer_token" in table:
        message = f"bearer_token is not supported for {called}" + (
            "" if stdio else "; set bearer_token_env_var"
        )
        hint = "A token does not belong into this file: put it into a variable and name that."
        yield place.within("bearer_token").complaint(message, hint)
    if stdio and table.get("transport", "stdio") != "stdio":
        message = f"transport {shown(table['transport'])} is not supported for stdio"
        yield place.within("transport").complaint(message, "Leave transport out: command says it.")


def _no_transport(table: dict[str, Any], place: Place) -> Complaint:
    message = "invalid transport: neither command nor url"
    for key in table:
        near = nearest(key, ("command", "url"))
        if near:
            place = place.within(key)
            return place.complaint(message, f"Did you mean `{near}` instead of `{place.key}`?")
    return place.complaint(message, "Set command (a program) or url (a server elsewhere).")
