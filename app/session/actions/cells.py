"""What the keys of a cell do: copy, save, raw JSON, call again, copy as a command, keep, open, cancel."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.session.screens.viewer import Viewer
from services.amounts import byte_size
from services.error_translation import translating
from services.errors import JackfieldError
from services.results.indented import indented
from services.text import one_line
from widgets.history.cells import LinkPart, PicturePart

if TYPE_CHECKING:
    from app.session.actions.calls import Calls
    from app.session.actions.saved import Saved
    from app.session.context import SessionContext
    from app.session.transcript import Source
    from widgets.picture import Drawable

__all__ = ("CellActions",)

_MOST_COPIED = 1_000_000
"""Bytes: terminals drop longer ones without a word."""


class CellActions:
    """Carries out what is wanted of one cell."""

    def __init__(self, context: SessionContext, calls: Calls, saved: Saved) -> None:
        self._context = context
        self._calls = calls
        self._saved = saved

    def act(self, cell: int, action: str, target: int | None) -> None:
        """Begin an action on a cell; returns at once."""
        source = self._context.transcript.sources.get(cell)
        match action:
            case "copy" if source is not None and source.copied:
                self.copy(source.copied, "the address")
            case "copy":
                self.copy(self._context.history.cell_text(cell), "the cell")
            case "save":
                self._context.run(self._save(cell, source), "saving")
            case "raw":
                self._context.run(self._json(source), "viewing")
            case "call_again" if source is not None and source.again:
                self._context.fill_composer(source.again)
            case "copy_command" if source is not None and source.shell:
                self.copy(source.shell, "the call as a shell command")
            case "keep" if source is not None and source.call is not None:
                self._saved.keep(*source.call, is_error=bool(getattr(source.result, "is_error", False)))
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

    def copy(self, text: str, what: str) -> None:
        """Put a text of ours into the clipboard and say so; one that terminals do not take is not sent."""
        size = len(text.encode(errors="replace"))
        if size > _MOST_COPIED:
            refusal = f"Not copied: {size / 1e6:.1f} MB is more than terminals take. Save it instead."
            self._context.notify(refusal, warning=True)
            return
        self._context.copy(text)
        self._context.notify(f"Copied {what}.")

    def _open(self, cell: int, source: Source | None, target: int | None) -> None:
        targets = self._context.history.cell(cell).targets
        if target is None or not 0 <= target < len(targets):
            text = self._context.history.cell_text(cell)
            self._context.open(Viewer("Cell", text))
            return
        match targets[target]:
            case PicturePart(picture, heading):
                self._context.open(Viewer(heading, picture))
            case LinkPart(uri) if source is not None and source.open is not None:
                source.open(uri)
            case LinkPart(uri) if source is not None and source.server:
                self._calls.read_resource(source.server, uri)
            case _:
                pass

    async def _json(self, source: Source | None) -> None:
        raw = None if source is None else await asyncio.to_thread(lambda: source.raw)  # may be in a file
        if source is None or raw is None:
            self._context.notify("No JSON came with this cell.", warning=True)
            return
        try:
            text = await asyncio.to_thread(indented, raw)
        except RecursionError:
            self._context.notify("It is nested too deeply to show.", warning=True)
            return
        self._context.open(Viewer(f"{source.stem} · raw JSON", text))

    def save_shown(self, title: str, content: str | Drawable) -> None:
        """Save what the viewer shows: a text, or a picture as it came."""
        from services.results.content import ImageBlock, ToolResult

        shown: Any = content
        if not isinstance(content, str):
            picture: Any = content
            shown = ToolResult(blocks=(ImageBlock(picture.mime_type, picture.data),))
        self._context.run(self._write(shown, title), "saving")

    async def _save(self, cell: int, source: Source | None) -> None:
        """Save what the cell brought back: pictures, audio, blobs, texts; without a result its own text."""
        stem = source.stem if source is not None and source.stem else "jackfield"
        result = None if source is None else await asyncio.to_thread(lambda: source.result)
        await self._write(result or self._context.history.cell_text(cell), stem)

    async def _write(self, result: Any, stem: str) -> None:
        """Write files into the working directory and say where they are."""
        from services.results import saving

        try:
            with translating():
                paths = await saving.save(result, Path.cwd(), stem)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not saved")
            return
        for path in paths:
            size = byte_size(path.stat().st_size)
            self._context.transcript.notice(f"Saved {one_line(str(path), 300)}  {size}")
