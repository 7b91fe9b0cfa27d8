"""Everything that can happen below the screen, as frozen values.

A listener given to `ConnectionManager` receives these one by one, in the order they
happened, on the event loop. Text inside has passed `services.text.printable`, except
`server` fields, which hold the configured name as it is (the key everything goes by).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed

if TYPE_CHECKING:
    from services.errors import JackfieldError
    from services.icons import Icon
    from services.oauth.status import AuthValue
    from services.oauth.steps import Step
    from services.remedies import Remedy
    from services.settings import Level, Transport

__all__ = (
    "CatalogChanged",
    "CatalogKind",
    "Event",
    "LogLine",
    "LogSource",
    "LoginEnded",
    "LoginStarted",
    "LoginStep",
    "LoginUrl",
    "ResourceUpdated",
    "ServerState",
    "ServerStatus",
    "ServersChanged",
    "StatusChanged",
)

CatalogKind = Literal["tools", "resources", "templates", "prompts", "skills"]
LogSource = Literal["stderr", "server", "lifecycle", "stdout"]


class ServerState(StrEnum):
    """Where a server stands in its life cycle."""

    DISABLED = "disabled"
    INVALID = "invalid"
    STARTING = "starting"
    READY = "ready"
    LOGIN_NEEDED = "login needed"
    FAILED = "failed"
    RECONNECTING = "reconnecting"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """One server as the panel shows it, replaced whole at each change."""

    server: str
    state: ServerState
    transport: Transport = "stdio"
    since: float = 0.0
    """When the state began, in seconds of `time.monotonic`."""
    cause: str = ""
    """Why it is in this state, in one line; empty when there is nothing to say."""
    summary: str = ""
    """The cause without what the server said: `JackfieldError.summary`."""
    exit_status: int | None = None
    """The exit status that is the cause; None where it is none."""
    reason: str = ""
    """The kind of that cause for programs: `JackfieldError.reason`, such as `exit` or `timeout`."""
    hint: str = ""
    """What to do about it, in one line: a key, a variable, a command."""
    remedy: Remedy | None = None
    """The same as a value: `JackfieldError.remedy`."""
    auth: AuthValue = "unsupported"
    tools: int = 0
    resources: int = 0
    templates: int = 0
    prompts: int = 0
    skills: int = 0
    faults: tuple[str, ...] = ()
    """The lists that could not be read, each with its error, such as `prompts: no answer within 60 s`."""
    protocol: str = ""
    """Negotiated protocol revision, such as `2025-11-25`; empty before that."""
    identity: str = ""
    """What the server calls itself: name and version."""
    icons: tuple[Icon, ...] = ()
    """The icons that it names for itself; nobody has looked at them yet."""
    instructions: str = ""
    latency: float | None = None
    """Seconds the last answered request took."""
    restarts: int = 0
    """How often it was connected anew, by itself or by the person."""
    attempt: int = 0
    """Which attempt to come back this is, from 1; 0 when none is under way."""
    retry_at: float | None = None
    """When the next attempt begins, in seconds of `time.monotonic`; None unless reconnecting."""
    bytes_in: int = 0
    bytes_out: int = 0
    """Bytes of messages received and sent over all connections of this server."""
    pid: int | None = None
    required: bool = False
    address: str = ""
    """The command line or the URL, secrets masked."""


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A server's state, counts or latency changed."""

    status: ServerStatus


@dataclass(frozen=True, slots=True)
class ServersChanged:
    """The set of servers, or the settings of some, changed; the names in their new order."""

    servers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CatalogChanged:
    """A server's list was read again and differs: names (or URIs) that came and went."""

    server: str
    kind: CatalogKind
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    """What differs in each of those changed, in words: `arguments, description`."""
    first: bool = False
    """True when this is the first listing of this connection."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a server's log: its stderr, its log messages, junk on stdout, our notes on it."""

    server: str
    text: str
    source: LogSource
    level: Level = "info"
    at: float = 0.0
    """Wall clock, seconds since the epoch."""
    logger: str = ""
    started: bool = False
    """Whether it says that the server's process was started: what was said before, another one said."""
    quoted: str = ""
    """What the server wrote, where `text` says something about it: a line that is no MCP message."""


@dataclass(frozen=True, slots=True)
class ResourceUpdated:
    """A subscribed resource changed."""

    server: str
    uri: str


@dataclass(frozen=True, slots=True)
class LoginStarted:
    """A login of the person at a server is under way."""

    server: str


@dataclass(frozen=True, slots=True)
class LoginUrl:
    """Where the person logs in: to be opened in a browser. For the person alone, not for a log."""

    server: str
    url: str


@dataclass(frozen=True, slots=True)
class LoginStep:
    """One thing that happened in a login; the server's trace has it too."""

    server: str
    step: Step


@dataclass(frozen=True, slots=True)
class LoginEnded:
    """A login came to its end; the server connects by itself after one that did."""

    server: str
    error: JackfieldError | None = None


Event = (
    StatusChanged
    | ServersChanged
    | CatalogChanged
    | LogLine
    | ResourceUpdated
    | QuestionAsked
    | LinkFinished
    | QuestionClosed
    | LoginStarted
    | LoginUrl
    | LoginStep
    | LoginEnded
)
