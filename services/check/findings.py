"""What an examination of servers brings to light, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.events import ServerState

if TYPE_CHECKING:
    from services.events import ServerStatus
    from services.remedies import Remedy

__all__ = ("Checkup", "Code", "Finding", "Severity", "error", "warning")

Severity = Literal["error", "warning"]

Code = Literal[
    # before a connection
    "configuration",
    "missing-variable",
    "command-not-found",
    "command",
    # a process
    "exited",
    "timeout",
    "junk-on-stdout",
    # the network
    "unknown-host",
    "refused",
    "broken",
    "proxy",
    "tls",
    "redirect",
    "http-status",
    "not-mcp",
    "login-needed",
    # MCP
    "protocol-version",
    "handshake",
    "ended",
    "slow-start",
    # what it offers
    "nothing-offered",
    "invalid-list",
    "repeated-cursor",
    "endless-list",
    "failed-list",
    "invalid-entry",
    "duplicate-name",
    "tool-name",
    "unknown-tool",
    "invalid-schema",
    "schema-type",
    "unchecked-schema",
    "foreign-reference",
    "undescribed-argument",
    "resource-uri",
    "uri-template",
    "invalid-skill",
    "skill-file",
    "skill-unread",
]
"""A word for programs; docs/check.md says what each means."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, in plain words, and what to do about it. All text is printable."""

    severity: Severity
    """An error keeps something from working or breaks a MUST of MCP; a warning is anything less."""
    code: Code
    message: str
    hint: str = ""
    detail: tuple[str, ...] = ()
    """What the server or the network said, line by line."""
    subject: str = ""
    """The tool, resource, template or prompt it is about; empty for the server as a whole."""
    remedy: Remedy | None = None
    """What to do, as a value, beside `hint`."""


def error(
    code: Code,
    message: str,
    hint: str = "",
    *,
    detail: tuple[str, ...] = (),
    subject: str = "",
    remedy: Remedy | None = None,
) -> Finding:
    """A finding that keeps something from working."""
    return Finding("error", code, message, hint, detail, subject, remedy)


def warning(
    code: Code, message: str, hint: str = "", *, detail: tuple[str, ...] = (), subject: str = ""
) -> Finding:
    """A finding that is worth knowing."""
    return Finding("warning", code, message, hint, detail, subject)


@dataclass(frozen=True, slots=True)
class Checkup:
    """How one server is."""

    status: ServerStatus
    """As it stood when the lists had been read, or when it had failed."""
    findings: tuple[Finding, ...] = ()
    seconds: float | None = None
    """What the start took, lists included; None for one that did not become ready."""

    @property
    def server(self) -> str:
        return self.status.server

    @property
    def skipped(self) -> bool:
        """Whether it was not looked at, being disabled."""
        return self.status.state is ServerState.DISABLED

    @property
    def well(self) -> bool:
        """Whether nothing was found that keeps it from working."""
        return self.skipped or (
            self.status.state is ServerState.READY and not any(f.severity == "error" for f in self.findings)
        )
