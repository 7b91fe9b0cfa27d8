"""Saved calls as values: what a `calls.toml` holds, and what came of running it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from services.errors import JackfieldError
    from services.results.content import ToolResult
    from services.settings import Problem

__all__ = ("CallOutcome", "CallsFile", "Check", "CheckKind", "CheckOutcome", "SavedCall", "Status")

CheckKind = Literal[
    "is_error",
    "text",
    "text_contains",
    "text_matches",
    "equals",
    "matches",
    "schema_valid",
    "image",
    "links",
    "faster_than",
    "tokens_fewer_than",
]
"""The keys of a `check` table."""

Status = Literal["passed", "failed", "error", "skipped"]
"""`error`: there was no result to check; `skipped`: an earlier call saved nothing that this one needs."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a result must be."""

    kind: CheckKind
    expected: Any
    """As the file has it, variables not yet replaced."""
    path: str = ""
    """Where to look, for `equals` and `matches`: a JSON Pointer or a JSONPath."""
    keys: tuple[str, ...] = ()
    """Where it stands in the file, below the call; empty for one that the file does not spell out."""

    @property
    def shown(self) -> str:
        """The check as people name it: `equals /sum`."""
        return f"{self.kind} {self.path}" if self.kind in ("equals", "matches") else self.kind


@dataclass(frozen=True, slots=True)
class SavedCall:
    """One `[calls.NAME]` table."""

    name: str
    server: str = ""
    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Variables are not yet replaced."""
    checks: tuple[Check, ...] = ()
    save: Mapping[str, str] = field(default_factory=dict)
    """Names for later calls, and the path in the result that each is taken from."""
    timeout: float | None = None
    """Seconds; None: the server's own limit alone."""
    description: str = ""
    line: int = 0
    invalid: str = ""
    """What is wrong with the table, one printable line; such a call is shown, never sent."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CallsFile:
    """A `calls.toml` as it was read."""

    path: Path
    calls: tuple[SavedCall, ...] = ()
    problems: tuple[Problem, ...] = ()
    """All that is wrong with the file, in its order."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """How one check went. Texts are printable, secrets masked."""

    check: Check
    passed: bool
    message: str = ""
    """Why it failed, in one line; of one that was updated, what was wrong."""
    difference: tuple[str, ...] = ()
    """What was expected (`- …`) and what came (`+ …`), line by line."""
    seen: Any = field(default=None, repr=False)
    """What stood there, for writing it into the file; not masked."""
    updated: bool = False
    """Whether what was seen takes the place of what was expected: then it passed."""


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """How one saved call went."""

    file: Path
    call: SavedCall
    status: Status
    checks: tuple[CheckOutcome, ...] = ()
    message: str = ""
    """Why there was nothing to check, in one printable line, secrets masked."""
    hint: str = ""
    seconds: float = 0.0
    error: JackfieldError | None = None
    unreachable: bool = False
    """Whether the server was not there to be called."""
    result: ToolResult | None = field(default=None, repr=False)
    """Not masked."""

    @property
    def failures(self) -> tuple[CheckOutcome, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if not check.passed)
