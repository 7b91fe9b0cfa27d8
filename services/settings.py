"""The configuration as values: what the rest of the program sees of `config.toml`.

Made by `services.config.file` after checking and after expanding `${VAR}`; importing
this module costs nothing (no pydantic), so screens and tests may use it freely.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.remedies import Remedy


__all__ = ("LEVELS", "Configuration", "Level", "Problem", "ServerSettings", "Transport", "UiSettings")

ApprovalMode = Literal["auto", "prompt", "writes", "approve"]

Transport = Literal["stdio", "http", "sse"]
Level = Literal["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""The levels of RFC 5424 that MCP has, lowest first."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """One `[mcp_servers.NAME]` table. Defaults are those of the file format."""

    name: str
    transport: Transport = "stdio"
    # stdio
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    env_vars: tuple[str, ...] = ()
    cwd: str | None = None
    watch: tuple[str, ...] = ()
    """Patterns of files, relative to `cwd`, whose change starts the server again."""
    # http and sse
    url: str = ""
    bearer_token_env_var: str | None = None
    http_headers: Mapping[str, str] = field(default_factory=dict)
    env_http_headers: Mapping[str, str] = field(default_factory=dict)
    http_headers_helper: str | None = None
    allow_token_over_http: bool = False
    """Whether a token may go where everybody on the way can read it (RFC 6750, 5.3)."""
    # both
    protocol: str = "auto"
    enabled: bool = True
    required: bool = False
    startup_timeout_sec: float = 30.0
    tool_timeout_sec: float = 300.0
    enabled_tools: tuple[str, ...] | None = None
    disabled_tools: tuple[str, ...] = ()
    default_tools_approval_mode: ApprovalMode = "auto"
    tools: Mapping[str, ApprovalMode] = field(default_factory=dict)
    """Approval mode by tool name (`tools.NAME.approval_mode`)."""
    roots: tuple[str, ...] = ()
    """Directories that the server is told of."""
    log_level: Level | Literal[""] = ""
    """The lowest level of log messages it is asked for; empty: all."""
    resend: bool = False
    """Send a call once more if the connection broke under it and the tool says that this does no harm."""
    sandbox: Mapping[str, object] = field(default_factory=dict)
    """The file's `[sandbox]` table, as written."""
    source: str = field(default="", compare=False)
    """The file that the table stands in; empty for a server that is not configured."""
    scopes: tuple[str, ...] | None = None
    oauth_resource: str | None = None
    oauth: Mapping[str, str | int | bool] = field(default_factory=dict)
    invalid: str = ""
    """What is wrong with the table, one printable line; such a server is shown, never started."""
    hint: str = ""
    """What to do about it."""

    @property
    def shown_name(self) -> str:
        """The name as it is drawn and printed."""
        return one_line(self.name, 80)


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The `[ui]` table."""

    theme: str | None = None
    images: Literal["halfblock", "off"] = "halfblock"
    editor: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """A warning or error about the file: which table and key, which line, what to do."""

    message: str
    table: str = ""
    key: str = ""
    line: int | None = None
    hint: str = ""
    severity: Literal["warning", "error"] = "warning"
    server: str = ""
    """The server whose table it is, by its exact name; empty for the rest of the file."""
    remedy: Remedy | None = None
    """What to do beside what `hint` says; None for nothing."""
    source: str = ""
    """The file, where it is a project's and the message names it; empty for the configuration's own."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The whole configuration: the servers in the order of the file, and what was wrong with it."""

    servers: tuple[ServerSettings, ...] = ()
    ui: UiSettings = field(default_factory=UiSettings)
    credentials_store: Literal["auto", "keyring", "file"] = "auto"
    callback_port: int | None = None
    callback_url: str | None = None
    model: Mapping[str, str] = field(default_factory=dict)
    sandbox: Mapping[str, object] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
