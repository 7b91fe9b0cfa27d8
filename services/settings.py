"""The configuration as values: what the rest of the program sees of `config.toml`.

Made by `services.config.file` after checking and after expanding `${VAR}`; importing
this module costs nothing (no pydantic), so screens and tests may use it freely.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.remedies import Remedy


__all__ = (
    "LEVELS",
    "ApprovalMode",
    "Configuration",
    "GatewayIssuer",
    "GatewayQuestions",
    "GatewaySettings",
    "Level",
    "ModelSettings",
    "Problem",
    "Reasoning",
    "ServerSettings",
    "Transport",
    "UiSettings",
)

ApprovalMode = Literal["auto", "prompt", "writes", "approve"]
Reasoning = Literal["none", "minimal", "low", "medium", "high", "xhigh"]

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
    """Whether a token may go where anybody on the way can read it (RFC 6750, 5.3)."""
    # both
    protocol: str = "auto"
    start: Literal["eager", "lazy"] = "eager"
    """Whether it is started at once, or at its first use."""
    enabled: bool = True
    required: bool = False
    startup_timeout_sec: float = 30.0
    tool_timeout_sec: float = 300.0
    enabled_tools: tuple[str, ...] | None = None
    disabled_tools: tuple[str, ...] = ()
    default_tools_approval_mode: ApprovalMode = "auto"
    tools: Mapping[str, ApprovalMode] = field(default_factory=dict)
    """Approval mode by tool name (`tools.NAME.approval_mode`)."""
    tool_output_limits: Mapping[str, int] = field(default_factory=dict)
    """Tokens of one result that a model is given, by tool name (`tools.NAME.output_token_limit`)."""
    supports_parallel_tool_calls: bool = False
    """Whether a model's calls to it may run side by side, also those that are not read-only."""
    sampling: Literal["ask", "off"] = "ask"
    """Whether it may ask for a model's answer; every time the person is asked first."""
    roots: tuple[str, ...] | None = None
    """Directories that the server is told of; None: the person is asked, empty: it may not ask."""
    log_level: Level | Literal[""] = ""
    """The lowest level of log messages it is asked for; empty: all."""
    keep_alive: bool = False
    """Whether commands of the shell leave it running for the next one."""
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

    @property
    def written_cwd(self) -> str | None:
        """`cwd` as it stands in the table, wherever the server is started from."""
        return self.cwd


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """`[model]`, or one `[models.NAME]` table."""

    title: str = ""
    """NAME; empty for `[model]`."""
    provider: str = ""
    """A key of `services.model_providers.PROVIDERS`."""
    name: str = ""
    """What the provider calls the model."""
    base_url: str = ""
    """Where the interface is; empty: where the provider's own is."""
    api_key_env_var: str | None = None
    allow_key_over_http: bool = False
    """Whether the key may go where anybody on the way can read it."""
    reasoning: Reasoning | None = None
    max_output_tokens: int | None = None
    context_window: int | None = None
    """Tokens; None: what is known of the model."""
    tool_output_token_limit: int | None = None
    """Tokens of one result that the model is given; None: a tenth of the context window."""
    system_prompt: str = ""
    system_prompt_file: str = ""
    """Read at the start of a conversation; a relative path counts from the configuration's directory."""
    omit_tools_from: tuple[str, ...] = ()
    """Servers whose tools this model is not offered."""
    source: str = field(default="", compare=False)
    """The file that the table stands in."""
    invalid: str = ""
    """What is wrong with the table, one printable line; such a model is shown, never asked."""
    hint: str = ""
    """What to do about it."""

    @property
    def shown(self) -> str:
        """What the model goes by: NAME, else `model`."""
        return self.title or "model"

    @property
    def table(self) -> str:
        """The table it stands in, as people write it."""
        return f"[models.{self.title}]" if self.title else "[model]"


@dataclass(frozen=True, slots=True)
class UiSettings:
    """The `[ui]` table."""

    theme: str | None = None
    images: Literal["auto", "kitty", "sixel", "halfblock", "off"] = "auto"
    editor: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the id of a binding, as written."""
    history: Literal["on", "off"] = "on"


GatewayQuestions = Literal["client", "here", "decline"]


@dataclass(frozen=True, slots=True)
class GatewayIssuer:
    """Whose access tokens the gateway takes: `[gateway.oauth]`."""

    issuer: str
    audience: str
    """What a token must be meant for (`aud`, RFC 8707)."""
    required_scopes: tuple[str, ...] = ()
    """What a token must allow, all of them."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The `[gateway]` table."""

    questions: GatewayQuestions = "client"
    """Who answers what servers ask: the calling client, whoever sits here, or nobody."""
    search: bool = False
    """Whether three tools that find and call stand for all tools."""
    pinned: tuple[str, ...] = ()
    """Tools that are offered beside those three."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The servers of each group, by the group's name."""
    allowed_origins: tuple[str, ...] = ()
    requests_per_minute: int = 6_000
    """Of one caller."""
    max_request_bytes: int = 4 << 20
    oauth: GatewayIssuer | None = None
    state: str | None = field(default=None, repr=False)
    """Where what several processes share is kept, as written; it may hold a password."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A warning or error about the file: which table and key, which line, what to do."""

    message: str
    table: str = ""
    key: str = ""
    line: int | None = None
    hint: str = ""
    severity: Literal["note", "warning", "error"] = "warning"
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
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    credentials_store: Literal["auto", "keyring", "file"] = "auto"
    callback_port: int | None = None
    callback_url: str | None = None
    login_trouble: str = field(default="", compare=False)
    """What is wrong with one of these three: then nobody logs in, and no credentials are written."""
    start: Literal["eager", "lazy"] = "eager"
    """That of the servers which do not say it."""
    model: Mapping[str, Any] = field(default_factory=dict)
    """The `[model]` table, as written."""
    models: tuple[ModelSettings, ...] = ()
    """`[model]` first where there is one, then those of `[models.NAME]` in the order of the file."""
    sandbox: Mapping[str, object] = field(default_factory=dict)
    idle_minutes: int = 15
    """Minutes without a command after which a resident ends (`[resident]`)."""
    lends_session: bool = True
    """Whether commands of the shell use the servers of an open session (`[resident]`)."""
    problems: tuple[Problem, ...] = ()
