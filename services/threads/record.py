"""Keeping a thread as a session: what is said and called becomes entries of its file."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from services.amounts import seconds_text
from services.arguments.words import quote
from services.errors import UnknownServer
from services.numbers import exact_json
from services.text import one_line, printable
from services.threads.items import AgentMessage, McpToolCall, Reasoning, TextInput, UserMessage
from services.transcript.entries import Entry, Part
from services.transcript.folder import OLDER, beside
from services.transcript.masking import Masker
from services.transcript.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.connection_manager import ConnectionManager
    from services.secrecy.redaction import Redactor
    from services.threads.items import Item
    from services.transcript.entries import Heading

__all__ = ("ThreadRecord",)

_KINDS: Final = {"ok": "done", "denied": "denied", "cancelled": "cancelled"}
_LONGEST: Final = 2_000


class ThreadRecord:
    """Writes one thread; its id is that of the session."""

    def __init__(
        self,
        manager: ConnectionManager,
        path: Path,
        heading: Heading,
        first: int,
        warn: Callable[[str], None],
    ) -> None:
        """`first` is the number of its next entry; `warn` is called in a thread."""
        self._manager = manager
        self._masker = Masker()
        self._numbers = itertools.count(first)
        self.heading = heading
        self.path = path
        self._recorder = Recorder(self._redactor, warn=warn)
        self._recorder.open(path, heading)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Its files, the newest first."""
        return self.path, beside(self.path, OLDER)

    def keep(self, item: Item) -> None:
        """Write an item as it stays."""
        number, now = next(self._numbers), time.time()
        kind = _kind(item)
        self._recorder.put(number, kind, lambda: _entry(number, now, kind, item), new=True)

    def failed(self, message: str) -> None:
        """Write what a turn failed with."""
        number, now = next(self._numbers), time.time()
        part = Part("text", printable(message), "error")
        self._recorder.put(number, "error", lambda: Entry(number, now, "error", parts=(part,)), new=True)

    def said(self, dump: Callable[[], bytes]) -> None:
        """Keep what was said, for a model to go on from; `dump` is called in a thread."""
        self._recorder.keep_conversation(dump)

    def flush(self) -> None:
        """Wait until all is written, for a few seconds at most. Blocks."""
        self._recorder.flush()

    def close(self) -> None:
        """Write what is left. Blocks."""
        self._recorder.close()

    def _redactor(self) -> Redactor:
        for name in self._manager.servers:
            with suppress(UnknownServer):  # it was just removed
                self._masker.learn_from(self._manager.trace(name).redactor)
        return self._masker


def _kind(item: Item) -> str:
    match item:
        case UserMessage():
            return "entry"
        case AgentMessage():
            return "answer"
        case Reasoning():
            return "thinking"
        case McpToolCall():
            return _KINDS.get(item.outcome or "", "failed")


def _entry(number: int, at: float, kind: str, item: Item) -> Entry:
    match item:
        case UserMessage():
            said = "\n".join(one.text if isinstance(one, TextInput) else "(picture)" for one in item.content)
            return Entry(number, at, kind, parts=(Part("text", printable(said)),), again=said)
        case AgentMessage():
            return Entry(number, at, kind, parts=(Part("markdown", printable(item.text)),))
        case Reasoning():
            said = "\n".join(item.content)
            return Entry(number, at, kind, "thinking", parts=(Part("text", printable(said), "dim"),))
        case McpToolCall():
            return _call(number, at, kind, item)


def _call(number: int, at: float, kind: str, item: McpToolCall) -> Entry:
    shown = (f"{key}={exact_json(value, ensure_ascii=False)}" for key, value in item.arguments.items())
    told = item.answer or (item.error.message if item.error is not None else "")
    given = [exact_json(item.arguments, ensure_ascii=False)] if item.arguments else []
    again = " ".join(["/call", quote(item.server), quote(item.tool), *given])
    raw = None
    if item.result is not None:
        raw = {"content": item.result.content}
        if item.result.structured_content is not None:
            raw["structuredContent"] = item.result.structured_content
    return Entry(
        number,
        at,
        kind,
        ".".join(one_line(part, 100) for part in (item.server, item.tool) if part),
        one_line(" ".join(shown), _LONGEST),
        "" if item.duration_ms is None else seconds_text(item.duration_ms / 1_000),
        (Part("text", printable(told)),) if told else (),
        item.server,
        again if item.server else "",
        stem=f"{item.server}-{item.tool}" if item.server else item.tool,
        result="tool" if raw is not None else "",
        raw=raw,
    )
