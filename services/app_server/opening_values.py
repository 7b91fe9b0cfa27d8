"""What is said at the beginning, of one's own program and of the configuration; and of requests at all."""

from __future__ import annotations

from services.driving.values import Value

__all__ = (
    *("CancelParams", "ClientInfo", "ConfigWarning", "InitializeCapabilities", "InitializeParams"),
    *("InitializeResult", "RequestResolved", "ServerInfo", "Warned"),
)


class ClientInfo(Value):
    """Who drives."""

    name: str
    version: str
    title: str | None = None


class InitializeCapabilities(Value):
    """What the driver can, or does not want."""

    opt_out_notification_methods: list[str] | None = None
    """Notifications that are not sent to it."""
    sampling: bool = False
    """It answers `mcpServer/sampling/request`."""
    roots: bool = False
    """It answers `mcpServer/roots/request`."""


class InitializeParams(Value):
    """The first request."""

    client_info: ClientInfo
    capabilities: InitializeCapabilities | None = None


class ServerInfo(Value):
    """Who answers."""

    name: str
    version: str


class InitializeResult(Value):
    """Who answers, and where it is at home."""

    user_agent: str
    server_info: ServerInfo
    home: str
    """The home directory: configuration, logins, logs."""
    platform_family: str
    """`unix` or `windows`."""
    platform_os: str
    max_line_bytes: int
    """Longer lines are refused."""


class CancelParams(Value):
    """Which request is no longer wanted."""

    id: str | int


class ConfigWarning(Value):
    """Something in the configuration is wrong, or worth knowing."""

    summary: str
    details: str | None = None
    """What to do about it."""


class Warned(Value):
    """Something that the person should know; one line."""

    message: str
    thread_id: str | None = None


class RequestResolved(Value):
    """A request to the driver needs no answer any more."""

    request_id: str | int
    thread_id: str | None = None
    reason: str
