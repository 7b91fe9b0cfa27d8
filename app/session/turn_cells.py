"""One turn of a conversation in the history: the answer as it streams, thinking, and a cell for each call."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, Final

from app.session.begun_cells import shown_arguments
from app.session.cell_source import of_call
from app.session.running_cell import RunningCell
from services.amounts import seconds_text
from services.model import events as happened
from services.text import one_line
from widgets.history.cells import Cell, MarkdownPart, NotePart, TextPart
from widgets.views.markdown_blocks import MarkdownStream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

    from app.session.transcript import Transcript
    from services.approval import ToolCall
    from services.model.events import ModelEvent

__all__ = ("TurnCells",)

_PAUSE: Final = 0.08
"""Seconds between two times that a growing text is drawn, however fast it comes."""


class TurnCells:
    """Writes the events of one turn into the history; `stop_call` ends a call by its id."""

    def __init__(self, transcript: Transcript, stop_call: Callable[[str], bool]) -> None:
        self._transcript = transcript
        self._stop_call = stop_call
        self._growing: _Growing | None = None
        self._calls: dict[str, _CallCell] = {}
        self._said = False
        self._retrying: int | None = None
        """The cell that tells of retries of the request under way."""
        self.last: ModelEvent | None = None

    async def hear(self, event: ModelEvent) -> None:
        """One more event."""
        self.last = event
        if not isinstance(event, happened.Retrying):
            self._retrying = None
        match event:
            case happened.TextDelta(text=text, part=part):
                self._said = True
                self._grow(_Answer, text, part)
            case happened.ThinkingDelta(text=text, part=part):
                self._grow(_Thinking, text, part)
            case happened.CallWanted(call=call):
                self._settle()
                self._calls[call.id] = self._call(call)
            case happened.ApprovalAsked(request=request) if cell := self._calls.get(request.call.id):
                cell.waits()
            case happened.CallBegun(call=call) if cell := self._calls.get(call.id):
                cell.begun(call.arguments)
            case happened.CallProgressed(call=call, progress=progress) if cell := self._calls.get(call.id):
                cell.progress(progress)
            case happened.CallEnded(call=call):
                self._said = True
                cell = self._calls.pop(call.id, None) or self._call(call)
                await cell.ended(event)
            case happened.Retrying(error=error, seconds=seconds):
                self._retry(f"{error.message}; asking again in {seconds_text(seconds)}")
            case happened.Noticed(text=text):
                self._transcript.notice(text)
            case happened.Ended() | happened.Cancelled() | happened.Failed():
                self._end(event)
            case _:
                pass

    def leave(self) -> None:
        """The turn is over, however: nothing goes on growing or running."""
        self._settle()
        for cell in self._calls.values():
            cell.cancelled()
        self._calls.clear()

    def _end(self, event: happened.Ended | happened.Cancelled | happened.Failed) -> None:
        self.leave()
        match event:
            case happened.Failed(error=error):
                self._transcript.failure(error)
            case happened.Cancelled():
                self._transcript.notice("Stopped. Your next text continues from here.")
            case happened.Ended() if not self._said:
                self._transcript.notice("The model gave no answer.")
            case _:
                pass

    def _retry(self, text: str) -> None:
        """One cell, however often a request is made again."""
        cell = Cell("warning", parts=(TextPart(text),))
        if self._retrying is None:
            self._retrying = self._transcript.add(cell)
        else:
            self._transcript.replace(self._retrying, cell)

    def _call(self, call: ToolCall) -> _CallCell:
        cell = _CallCell(self._transcript, call)
        cell.stop = partial(self._stop_call, call.id)
        return cell

    def _grow(self, kind: type[_Growing], text: str, part: int) -> None:
        growing = self._growing
        if growing is None or type(growing) is not kind or growing.part != part:
            if not text.strip():
                return
            self._settle()
            growing = self._growing = kind(self._transcript, part)
        growing.add(text)

    def _settle(self) -> None:
        if self._growing is not None:
            self._growing.end()
            self._growing = None


class _Growing(ABC):
    """A cell whose text comes in pieces; drawn a few times a second."""

    def __init__(self, transcript: Transcript, part: int) -> None:
        self._transcript = transcript
        self.part = part
        self._began = transcript.clock()
        self._id: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        """More of it."""
        self.take(text)
        if self._id is None:
            self._id = self._transcript.add(self.cell())
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PAUSE, self._draw)

    def end(self) -> None:
        """That was all."""
        if self._timer is not None:
            self._timer.cancel()
        if self._id is not None:
            self._transcript.replace(
                self._id, self.cell(seconds_text(self._transcript.clock() - self._began))
            )

    def _draw(self) -> None:
        self._timer = None
        assert self._id is not None
        self._transcript.replace(self._id, self.cell())

    @abstractmethod
    def take(self, text: str) -> None:
        """Keep a piece."""

    @abstractmethod
    def cell(self, took: str = "") -> Cell:
        """The cell as it is now; `took` is set when it has ended."""


class _Answer(_Growing):
    """What the model says, as Markdown."""

    def __init__(self, transcript: Transcript, part: int) -> None:
        super().__init__(transcript, part)
        self._stream = MarkdownStream()
        self._begun = False

    def take(self, text: str) -> None:
        self._stream.add(text if self._begun else text.lstrip("\n"))
        self._begun = True

    def cell(self, took: str = "") -> Cell:
        if took:
            self._stream.end()
        return Cell("answer", parts=(MarkdownPart(self._stream.blocks),))


class _Thinking(_Growing):
    """What the model thinks before it answers: folded and dim."""

    def __init__(self, transcript: Transcript, part: int) -> None:
        super().__init__(transcript, part)
        self._texts: list[str] = []

    def take(self, text: str) -> None:
        self._texts.append(text)

    def cell(self, took: str = "") -> Cell:
        whole = "".join(self._texts)
        self._texts, text = [whole], whole.strip()
        return Cell("thinking", "thinking", right=took, parts=(TextPart(text, "dim"),))


class _CallCell(RunningCell):
    """A call that the model wants: asked about, running, ended."""

    def __init__(self, transcript: Transcript, call: ToolCall) -> None:
        self._call = call
        name = ".".join(one_line(part, 100) for part in (call.server, call.tool) if part)
        cell = Cell("running", name, shown_arguments(call.arguments), started=transcript.clock())
        super().__init__(transcript, cell, of_call(transcript.reach, call.server, call.tool, call.arguments))

    def waits(self) -> None:
        """The person is asked whether it may be made."""
        self._put(parts=(NotePart("waits for your answer below", "warning"),))

    def begun(self, arguments: Mapping[str, Any]) -> None:
        """It goes out, perhaps with other arguments."""
        again = of_call(self._transcript.reach, self._call.server, self._call.tool, arguments)
        self.source.again, self.source.shell = again.again, again.shell
        self._put(parts=(), detail=shown_arguments(arguments))

    async def ended(self, event: happened.CallEnded) -> None:
        """How it ended, and what it brought back."""
        if event.outcome == "cancelled":
            self.cancelled()
        elif event.outcome == "denied":
            self.show_text("denied", event.answer, "dim")
        elif event.error is not None:
            self.fail(event.error)
        elif event.result is not None:
            await self.show_tool_result(event.result, *_told_of(event.files))
        else:
            self.show_text("failed" if event.outcome == "refused" else "done", event.answer)


def _told_of(files: tuple[Path, ...]) -> list[NotePart]:
    return [NotePart(f"the model was told of the file {one_line(str(path), 300)}") for path in files]
