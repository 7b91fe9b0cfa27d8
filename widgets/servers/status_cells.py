"""What the status panel says of one server: column by column, why it is in trouble, which key helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from services.amounts import duration, latency, plural, rough
from services.events import ServerState, ServerStatus
from services.text import one_line
from widgets.servers.for_model import tokens_words
from widgets.servers.server_actions import offered
from widgets.servers.status_text import auth_words, cause_of, traffic

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("helping_key", "shown_cause", "status_cell")

_NO_KEY = Content("")
_RETRY = Content.assemble(("c", "$text-accent"), (" retry", "$text-muted"))
_LOGIN_HINT = "Run /mcp login"
_LOGIN = Content.assemble(("l", "$text-accent"), (" login", "$text-muted"))


def helping_key(status: ServerStatus) -> Content:
    """The key that helps a server in trouble."""
    if status.state is ServerState.LOGIN_NEEDED and offered("login", status):
        return _LOGIN

    return _RETRY if status.state is ServerState.FAILED else _NO_KEY


def shown_cause(status: ServerStatus) -> str:
    """Why the server is in its state; nothing where the key at the edge says the same as the hint."""
    cause = cause_of(status)
    return "" if helping_key(status) is _LOGIN and cause.startswith(_LOGIN_HINT) else cause


def status_cell(key: str, status: ServerStatus, now: float, tokens: Mapping[str, int]) -> str:
    """What stands in a column; empty where there is nothing to say."""
    match key:
        case "tokens" | "tok":
            cost = tokens.get(status.server, 0)
            return "" if not cost else tokens_words(cost) if key == "tokens" else f"{rough(cost)} tok"
        case "state":
            return str(status.state)
        case "transport":
            return status.transport
        case "auth":
            return auth_words(status)
        case "protocol":
            return one_line(status.protocol, 12)
        case "latency":
            return latency(status.latency)
        case "uptime":
            return f"up {duration(now - status.since)}" if status.since else ""
        case "bytes":
            return traffic(status)
        case _:
            return plural(status.restarts, "restart") if status.restarts else ""
