"""Threads as they are kept: sessions below `history/` in which something was said to a model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal

from services.app_server.failures import ErrorData
from services.app_server.item_values import (
    AgentMessage,
    McpToolCall,
    Reasoning,
    TextInput,
    ToolResult,
    TurnError,
    UserMessage,
)
from services.app_server.thread_values import ThreadListResult, ThreadStatus, ThreadValue
from services.app_server.turn_values import TurnValue
from services.arguments.words import words
from services.errors import InvalidArguments
from services.numbers import read_number
from services.transcript.entries import CALLS
from services.transcript.folder import MODEL, beside, sessions
from services.transcript.reading import oldest_first

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from services.app_server.item_values import Item
    from services.app_server.thread_values import ThreadListParams
    from services.transcript.entries import Entry
    from services.transcript.folder import KeptSession

__all__ = ("kept_thread", "listed", "turns_of")

_PAGE: Final = 50
_OUTCOMES: Final[dict[str, Literal["ok", "failed", "denied", "cancelled"]]] = {
    "done": "ok",
    "failed": "failed",
    "denied": "denied",
}


def listed(folder: Path, params: ThreadListParams) -> ThreadListResult:
    """A page of the threads that are kept. Blocks. Raises InvalidArguments."""
    wanted = params.cwd if isinstance(params.cwd, list) else [params.cwd]
    term = (params.search_term or "").casefold()
    found = [
        session
        for session in sessions(folder)
        if beside(session.path, MODEL).is_file()
        and (params.cwd is None or session.heading.directory in wanted)
        and term in session.first.casefold()
    ]
    if params.cursor is not None:
        ids = [session.id for session in found]
        if params.cursor not in ids:
            raise InvalidArguments("the cursor is not known any more", hint="Ask for the first page again.")
        found = found[ids.index(params.cursor) + 1 :]
    page = found[: params.limit or _PAGE]
    more = len(page) < len(found)
    return ThreadListResult(
        data=[kept_thread(session) for session in page], next_cursor=page[-1].id if more else None
    )


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


def turns_of(thread: str, paths: Iterable[Path]) -> list[TurnValue]:
    """What was said and called, each time from what the person said on. Blocks."""
    turns: list[TurnValue] = []
    for entry in oldest_first(paths):
        if entry.kind == "entry" or not turns:
            number = f"{thread}-turn-{len(turns) + 1}"
            turns.append(TurnValue(id=number, status="completed", started_at=int(entry.at), items=[]))
        if (item := _item(f"{thread}-{entry.number}", entry)) is not None:
            turns[-1].items.append(item)
        elif entry.kind == "error":
            error = TurnError(message=_text(entry), data=ErrorData(reason="error"))
            turns[-1] = turns[-1].model_copy(update={"status": "failed", "error": error})
    return [turn for turn in turns if turn.items]


def _item(id: str, entry: Entry) -> Item | None:
    """The item that an entry was; None for what is none of a conversation."""
    match entry.kind:
        case "entry":
            return UserMessage(id=id, content=[TextInput(type="text", text=entry.again or _text(entry))])
        case "answer":
            return AgentMessage(id=id, text=_text(entry))
        case "thinking":
            return Reasoning(id=id, content=[_text(entry)])
        case kind if kind in CALLS:
            return _call(id, entry)
    return None


def _call(id: str, entry: Entry) -> McpToolCall:
    outcome = _OUTCOMES.get(entry.kind, "cancelled")
    tool, arguments = _asked(entry)
    content = entry.raw.get("content") if entry.raw is not None else None
    result = ToolResult(
        content=content if isinstance(content, list) else [],
        structured_content=entry.raw.get("structuredContent") if entry.raw is not None else None,
    )
    return McpToolCall(
        id=id,
        server=entry.server,
        tool=tool,
        arguments=arguments,
        status="completed" if outcome == "ok" else "failed",
        outcome=outcome,
        answer=_text(entry) or None,
        result=result if entry.raw is not None else None,
    )


def _asked(entry: Entry) -> tuple[str, dict[str, Any]]:
    """Tool and arguments, from the line that makes the call again; masked ones as they are kept."""
    line = list(words(entry.again))
    if len(line) < 3 or line[0].text != "/call":
        return entry.name.removeprefix(f"{entry.server}."), {}
    given = entry.again[line[3].start :] if len(line) > 3 else "{}"
    try:
        arguments = json.loads(given, parse_float=read_number)
    except (ValueError, RecursionError):
        arguments = None
    return line[2].text, arguments if isinstance(arguments, dict) else {}


def _text(entry: Entry) -> str:
    return "\n".join(part.text for part in entry.parts if part.text)
