"""What is kept of threads: sessions in which something was said to a model, and their turns."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from services.arguments.words import words
from services.errors import InvalidArguments
from services.numbers import read_number
from services.threads.items import AgentMessage, McpToolCall, Reasoning, TextInput, ToolResult, UserMessage
from services.transcript.entries import CALLS
from services.transcript.folder import MODEL, beside, sessions
from services.transcript.reading import oldest_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from services.threads.items import Item
    from services.transcript.entries import Entry
    from services.transcript.folder import KeptSession

__all__ = ("KeptTurn", "page_of", "turns_of")

_PAGE: Final = 50
_OUTCOMES: Final[dict[str, Literal["ok", "failed", "denied", "cancelled"]]] = {
    "done": "ok",
    "failed": "failed",
    "denied": "denied",
}


@dataclass(slots=True)
class KeptTurn:
    """What was said at once, and all that came of it."""

    id: str
    at: float
    """Seconds since the epoch."""
    items: list[Item] = field(default_factory=list)
    error: str = ""
    """What it failed with, in one line; empty where it did not."""


def page_of(
    folder: Path,
    *,
    cursor: str | None = None,
    limit: int | None = None,
    directories: Collection[str] | None = None,
    term: str = "",
) -> tuple[list[KeptSession], str | None]:
    """Threads that are kept, those last written to first, and the cursor of the next page.

    `directories`: those that were begun in one of these. `term`: those whose first words contain it.
    Blocks. Raises InvalidArguments for a cursor that is none any more.
    """
    found = [
        session
        for session in sessions(folder)
        if beside(session.path, MODEL).is_file()
        and (directories is None or session.heading.directory in directories)
        and term.casefold() in session.first.casefold()
    ]
    if cursor is not None:
        ids = [session.id for session in found]
        if cursor not in ids:
            raise InvalidArguments("the cursor is not known any more", hint="Ask for the first page again.")
        found = found[ids.index(cursor) + 1 :]
    page = found[: limit or _PAGE]
    return page, page[-1].id if len(page) < len(found) else None


def turns_of(thread: str, paths: Iterable[Path]) -> list[KeptTurn]:
    """What was said and called, each time from what the person said on. Blocks."""
    turns: list[KeptTurn] = []
    for entry in oldest_first(paths):
        if entry.kind == "entry" or not turns:
            turns.append(KeptTurn(f"{thread}-turn-{len(turns) + 1}", entry.at))
        if (item := _item(f"{thread}-{entry.number}", entry)) is not None:
            turns[-1].items.append(item)
        elif entry.kind == "error":
            turns[-1].error = _text(entry)
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
