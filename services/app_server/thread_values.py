"""Conversations with a model as drivers see them: begun, listed, read, gone on with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from services.app_server.turn_values import TurnValue
from services.driving.values import Value

__all__ = (
    *("ThreadListParams", "ThreadListResult", "ThreadReadParams", "ThreadResumeParams", "ThreadStartParams"),
    *("ThreadStarted", "ThreadStatus", "ThreadTold", "ThreadValue"),
)


class ThreadStartParams(Value):
    """A conversation that is to begin."""

    model: str | None = None
    """NAME of `[models.NAME]`; `[model]`, or the first one, without it."""
    servers: list[str] | None = None
    """The servers whose tools the model is given; all without it."""


class ThreadStatus(Value):
    """Whether a thread is open here, and a turn of it under way."""

    type: Literal["notLoaded", "idle", "active"]


class ThreadValue(Value):
    """A conversation."""

    id: str
    """Of one that is kept the name of its session, as `jackfield --resume` takes it."""
    preview: str = ""
    """What was said first."""
    model: str | None
    """None where it is not open here."""
    model_provider: str | None
    created_at: int
    """Seconds since the epoch, as everywhere here."""
    updated_at: int
    cwd: str
    cli_version: str
    path: str | None
    """Its file below `history/`."""
    ephemeral: bool
    """Whether it is gone with this program, as the configuration keeps no history."""
    status: ThreadStatus
    turns: list[TurnValue] = []
    """Only where it is resumed, or read with them."""


class ThreadStarted(Value):
    """A conversation that began."""

    thread: ThreadValue


class ThreadTold(Value):
    """One conversation."""

    thread: ThreadValue


class ThreadListParams(Value):
    """Which conversations, and how many."""

    cursor: str | None = None
    """`nextCursor` of the page before."""
    limit: int | None = Field(default=None, ge=1)
    """Threads on a page; 50 without it."""
    cwd: str | list[str] | None = None
    """Those that were begun in this working directory, or one of these."""
    search_term: str | None = None
    """Those whose `preview` contains it, however it is written."""


class ThreadListResult(Value):
    """A page of conversations, those that something was said in last first."""

    data: list[ThreadValue]
    next_cursor: str | None


class ThreadReadParams(Value):
    """A conversation to look at."""

    thread_id: str
    include_turns: bool = False


class ThreadResumeParams(Value):
    """A conversation to go on with."""

    thread_id: str
    model: str | None = None
    """As in `thread/start`."""
    servers: list[str] | None = None
    exclude_turns: bool = False
