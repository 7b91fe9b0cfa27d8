"""Threads as they are kept, told to drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.app_server.thread_values import ThreadListResult, ThreadStatus, ThreadValue
from services.app_server.turn_values import TurnValue
from services.driving.failures import ErrorData
from services.threads.items import TurnError
from services.threads.kept import page_of

if TYPE_CHECKING:
    from pathlib import Path

    from services.app_server.thread_values import ThreadListParams
    from services.threads.kept import KeptTurn
    from services.transcript.folder import KeptSession

__all__ = ("kept_thread", "kept_turn", "listed")


def listed(folder: Path, params: ThreadListParams) -> ThreadListResult:
    """A page of the threads that are kept. Blocks. Raises InvalidArguments."""
    directories = [params.cwd] if isinstance(params.cwd, str) else params.cwd
    page, cursor = page_of(
        folder,
        cursor=params.cursor,
        limit=params.limit,
        directories=directories,
        term=params.search_term or "",
    )
    return ThreadListResult(data=[kept_thread(session) for session in page], next_cursor=cursor)


def kept_thread(session: KeptSession) -> ThreadValue:
    """A thread that is not open here."""
    return ThreadValue(
        id=session.id,
        preview=session.first,
        model=None,
        model_provider=None,
        created_at=int(session.heading.at),
        updated_at=int(session.changed),
        cwd=session.heading.directory,
        cli_version=session.heading.version,
        path=str(session.path),
        ephemeral=False,
        status=ThreadStatus(type="notLoaded"),
    )


def kept_turn(turn: KeptTurn) -> TurnValue:
    """A turn that was kept."""
    error = TurnError(message=turn.error, data=ErrorData(reason="error")) if turn.error else None
    return TurnValue(
        id=turn.id,
        status="completed" if error is None else "failed",
        error=error,
        started_at=int(turn.at),
        items=turn.items,
    )
