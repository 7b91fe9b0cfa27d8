"""What the keys of a cell do: copy, save, look closer, call again, compare, keep, cancel."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from app.session.actions.saving import Saving
from app.session.screens.viewer import Viewer
from services.text import one_line
from widgets.history.cells import LinkPart, MarkdownPart, PicturePart
from widgets.views.json_content import JsonContent

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.session.actions.calls import Calls
    from app.session.actions.saved import Saved
    from app.session.cell_source import Source
    from app.session.context import SessionContext
    from app.slash.parse import Invocation, ParseProblem

__all__ = ("CellActions",)

_MOST_COPIED: Final = 1_000_000
"""Bytes: terminals drop longer ones without a word."""


class CellActions:
    """Carries out what is wanted of one cell."""

    def __init__(
        self,
        context: SessionContext,
        calls: Calls,
        saved: Saved,
        read: Callable[[str], Invocation | ParseProblem],
        send: Callable[[str], object],
    ) -> None:
        """`read` understands a slash command, `send` carries out a line as if it had been entered."""
        self._context = context
        self._calls = calls
        self._saved = saved
        self._read = read
        self._send = send
        self.saving = Saving(context)
        self._marked: int | None = None
        """The cell that the next one is compared with."""

    def act(self, cell: int, action: str, target: int | None) -> None:
        """Begin an action on a cell; returns at once."""
        source = self._context.transcript.sources.get(cell)
        match action:
            case "copy":
                self._context.run(self._copy_result(cell, source), "copying")
            case "copy_cell":
                self.copy(self._context.history.cell_text(cell), "the cell")
            case "save" | "open_outside":
                self._context.run(self._to_files(cell, source, action), "saving")
            case "raw":
                self._context.run(self._raw(source), "viewing")
            case "call_again" if source is not None and source.again:
                self._fill_in(source.again)
            case "send_again" if source is not None and source.again:
                self._send(source.again)
            case "copy_command" if source is not None and source.shell:
                self.copy(source.shell, "the call as a shell command")
            case "compare":
                self._compare(cell)
            case "plain":
                self._turn_markdown(cell)
            case "keep" if source is not None and source.call is not None:
                self._context.run(self._keep(source), "saving")
            case "open" | "view":
                self._open(cell, source, target)
            case "cancel":
                self._cancel(cell)
            case _:
                self._context.notify("This cell has nothing of the kind.", warning=True)

    def _cancel(self, cell: int) -> None:
        running = self._context.transcript.running.get(cell)
        if running is None or not running.cancel():
            self._context.focus_composer()

    # Copying and saving.

    def copy(self, text: str, what: str) -> None:
        """Put a text of ours into the clipboard and say so; one that terminals do not take is not sent."""
        size = len(text.encode(errors="replace"))
        if size > _MOST_COPIED:
            refusal = f"Not copied: {size / 1e6:.1f} MB is more than terminals take. Save it instead."
            self._context.notify(refusal, warning=True)
            return
        self._context.copy(text)
        self._context.notify(f"Copied {what}.")

    async def _copy_result(self, cell: int, source: Source | None) -> None:
        """What came back, without the head of the cell."""
        if source is not None and source.copied:
            self.copy(source.copied, "the address")
            return
        text = ""
        if (result := await _result(source)) is not None:
            from services.results.sent import result_text

            text = await asyncio.to_thread(result_text, result)
        if text:
            self.copy(text, "the result")
        elif shown := self._context.history.cell_text(cell, head=False):
            self.copy(shown, "the text")
        else:
            self.copy(self._context.history.cell_text(cell), "the cell")

    async def _keep(self, source: Source) -> None:
        """Keep a call that can be made again."""
        result = await _result(source)
        if source.call is not None:
            self._saved.keep(*source.call, is_error=bool(getattr(result, "is_error", False)))

    async def _to_files(self, cell: int, source: Source | None, action: str) -> None:
        """What the cell brought back: pictures, audio, blobs, texts; without a result its own text."""
        stem = source.stem if source is not None and source.stem else "jackfield"
        result: Any = await _result(source) or self._context.history.cell_text(cell)
        (self.saving.save if action == "save" else self.saving.open)(result, stem, cell)

    # Looking closer.

    def _open(self, cell: int, source: Source | None, target: int | None) -> None:
        targets = self._context.history.cell(cell).targets
        if target is None or not 0 <= target < len(targets):
            self._context.run(self._view(cell, source), "viewing")
            return
        match targets[target]:
            case PicturePart(picture, heading):
                all_of_them = [
                    (each.heading, each.picture) for each in targets if isinstance(each, PicturePart)
                ]
                self._context.open(Viewer(heading, picture, all_of_them))
            case LinkPart(uri) if source is not None and source.open is not None:
                source.open(uri)
            case LinkPart(uri) if source is not None and source.server:
                self._calls.read_resource(source.server, uri)
            case _:
                pass

    async def _view(self, cell: int, source: Source | None) -> None:
        """The result on a screen of its own: JSON to look through, or all of the text."""
        value = await self._value(cell, source)
        title = self._title(cell)
        text = self._context.history.cell_text(cell)
        self._context.open(Viewer(title, JsonContent(value) if isinstance(value, dict | list) else text))

    async def _value(self, cell: int, source: Source | None) -> Any:
        """What came back as JSON, else as text."""
        from services.results.sent import result_value

        if (result := await _result(source)) is not None:
            value = await asyncio.to_thread(result_value, result)
            if value != "":
                return value
        return self._context.history.cell_text(cell, head=False)

    def _title(self, cell: int) -> str:
        shown = self._context.history.cell(cell)
        return one_line(f"{shown.name} {shown.detail}".strip(), 200) or "Cell"

    async def _raw(self, source: Source | None) -> None:
        raw = None if source is None else await asyncio.to_thread(lambda: source.raw)  # may be in a file
        if source is None or raw is None:
            self._context.notify("No JSON came with this cell.", warning=True)
            return
        self._context.open(Viewer(f"{source.stem} · raw JSON", JsonContent(raw)))

    def _turn_markdown(self, cell: int) -> None:
        """Markdown as it was written, and drawn again."""
        shown = self._context.history.cell(cell)
        parts = tuple(
            replace(part, plain=not part.plain) if isinstance(part, MarkdownPart) else part
            for part in shown.parts
        )
        self._context.transcript.replace(cell, replace(shown, parts=parts))

    # Again, and against another.

    def _fill_in(self, line: str) -> None:
        """The form of a call with what it was called with; other lines go into the composer."""
        from app.slash.parse import ParseProblem

        read = self._read(line) if line.startswith("/") else None
        if (
            read is None
            or isinstance(read, ParseProblem)
            or not self._calls.fill_in(read.name, read.arguments)
        ):
            self._context.fill_composer(line)

    def _compare(self, cell: int) -> None:
        """Mark a cell; with one marked already, show what differs between the two."""
        marked, self._marked = self._marked, None
        if marked == cell:
            self._context.notify("No cell is marked any more.")
        elif marked is None or not self._context.history.holds(marked):
            self._marked = cell
            self._context.notify("Marked for comparison. Press d on another cell to see what differs.")
        else:
            # By their age, not by which was chosen first.
            self._context.run(self._show_difference(min(marked, cell), max(marked, cell)), "viewing")

    async def _show_difference(self, before: int, now: int) -> None:
        from app.session.screens.difference import DifferenceScreen, difference_lines

        sources = self._context.transcript.sources
        old, new = await self._value(before, sources.get(before)), await self._value(now, sources.get(now))
        if isinstance(old, str) is not isinstance(new, str):
            old, new = (self._context.history.cell_text(cell, head=False) for cell in (before, now))
        summary, lines = await asyncio.to_thread(difference_lines, old, new)
        self._context.open(DifferenceScreen(self._title(before), self._title(now), summary, lines))


async def _result(source: Source | None) -> Any:
    """What a cell brought back; of a session that was reopened it is read from its file."""
    return None if source is None else await asyncio.to_thread(lambda: source.result)
