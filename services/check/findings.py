"""What an examination of servers brings to light, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from services.events import ServerState

if TYPE_CHECKING:
    from services.events import ServerStatus

__all__ = ("Checkup", "Finding", "Severity", "error", "warning")

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: what, in plain words, and what to do about it. All text is printable."""

    severity: Severity
    """An error keeps something from working or breaks a MUST of MCP; a warning is anything less."""
    code: str
    """A word for programs, such as `command-not-found`; the list is in docs/check.md."""
    message: str
    hint: str = ""
    detail: tuple[str, ...] = ()
    """What the server or the network said, line by line."""
    subject: str = ""
    """The tool, resource, template or prompt it is about; empty for the server as a whole."""


def error(
    code: str, message: str, hint: str = "", *, detail: tuple[str, ...] = (), subject: str = ""
) -> Finding:
    """A finding that keeps something from working."""
    return Finding("error", code, message, hint, detail, subject)


def warning(
    code: str, message: str, hint: str = "", *, detail: tuple[str, ...] = (), subject: str = ""
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
