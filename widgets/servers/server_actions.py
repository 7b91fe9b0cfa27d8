"""What a person can want of a server, and what can be wanted in which state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.binding import Binding

from services.events import ServerState

if TYPE_CHECKING:
    from services.events import ServerStatus

__all__ = ("ServerAction", "action_bindings", "offered")

ServerAction = Literal[
    "open",
    "connect",
    "reconnect",
    "disconnect",
    "enable",
    "disable",
    "login",
    "logout",
    "log",
    "trace",
    "reconnect_all",
]

_LINKED = frozenset({ServerState.READY, ServerState.STARTING, ServerState.RECONNECTING})
_IDLE = frozenset({ServerState.STOPPED, ServerState.FAILED, ServerState.LOGIN_NEEDED})
_UNUSED = frozenset({ServerState.DISABLED, ServerState.INVALID})


def offered(action: str, status: ServerStatus | None) -> bool:
    """Whether an action means anything for a server in this state."""
    if status is None:
        return False

    match action:
        case "connect":
            return status.state in _IDLE
        case "reconnect" | "disconnect":
            return status.state in _LINKED
        case "enable":
            return status.state is ServerState.DISABLED
        case "disable":
            return status.state not in _UNUSED
        case "login":
            return _wants_login(status)
        case "logout":
            return status.auth == "oauth"
        case _:
            return True


def _wants_login(status: ServerStatus) -> bool:
    """Whether a login would help the server; a token that is configured comes before one."""
    if status.transport == "stdio" or status.auth == "bearer_token" or status.state in _UNUSED:
        return False

    return status.state is ServerState.LOGIN_NEEDED or status.auth in ("not_logged_in", "unknown")


def action_bindings(place: str) -> list[Binding]:
    """Keys for the actions on one server; `place` begins their ids, `check_action` chooses among them."""
    keys = (
        ("c", "connect"),
        ("c", "reconnect"),
        ("d", "disconnect"),
        ("e", "enable"),
        ("e", "disable"),
        ("l", "login"),
        ("o", "logout"),
    )
    return [Binding(key, f"act('{action}')", action, id=f"{place}.{action}") for key, action in keys]
