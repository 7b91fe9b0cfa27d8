"""What the keys of a cell do: copy, save, raw JSON, call again, copy as a command, open, cancel."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.session.screens.viewer import Viewer
from services.amounts import byte_size
from services.errors import JackfieldError, translating
from services.results.indented import indented
from services.text import one_line
from widgets.history.cells import LinkPart, PicturePart

if TYPE_CHECKING:
    from app.jackfield import Jackfield
    from app.session.transcript import Source
    from widgets.picture import Drawable

__all__ = ("CellActions",)

_MOST_COPIED = 1_000_000
"""Bytes: terminals drop longer ones without a word."""


class CellActions:
    """Carries out what is wanted of one cell."""

    def __init__(self, app: Jackfield) -> None:
        self._app = app

    def act(self, cell: int, action: str, target: int | None) -> None:
        """Begin an action on a cell; returns at once."""
        source = self._app.session.transcript.sources.get(cell)
        match action:
            case "copy" if source is not None and source.copied:
                self.copy(source.copied, "the address")
            case "copy":
                self.copy(self._app.session.history.cell_text(cell), "the cell")
            case "save":
                self._app.run_worker(self._save(cell, source), group="saving", exit_on_error=False)
            case "raw":
                self._app.run_worker(self._json(source), group="viewing", exit_on_error=False)
            case "call_again" if source is not None and source.again:
                self._app.fill_composer(source.again)
            case "copy_command" if source is not None and source.shell:
                self.copy(source.shell, "the call as a shell command")
            case "open" | "view":
                self._open(cell, source, target)
            case "cancel":
                self._cancel(cell)
            case _:
                self._app.notify(
                    "This cell has nothing of the kind.", severity="warning", markup=False, timeout=3
                )

    def _cancel(self, cell: int) -> None:
        running = self._app.session.transcript.running.get(cell)
        if running is None or not running.cancel():
            self._app.session.composer.focus()

    def copy(self, text: str, what: str) -> None:
        """Put a text of ours into the clipboard and say so; one that terminals do not take is not sent."""
        size = len(text.encode(errors="replace"))
        if size > _MOST_COPIED:
            refusal = f"Not copied: {size / 1e6:.1f} MB is more than terminals take. Save it instead."
            self._app.notify(refusal, severity="warning", markup=False)
            return
        self._app.copy_to_clipboard(text)
        self._app.notify(f"Copied {what}.", markup=False, timeout=3)

    def _open(self, cell: int, source: Source | None, target: int | None) -> None:
        targets = self._app.session.history.cell(cell).targets
        if target is None or not 0 <= target < len(targets):
            text = self._app.session.history.cell_text(cell)
            self._app.push_screen(Viewer("Cell", text))
            return
        match targets[target]:
            case PicturePart(picture, heading):
                self._app.push_screen(Viewer(heading, picture))
            case LinkPart(uri) if source is not None and source.server:
                self._app.dispatcher.calls.read_resource(source.server, uri)
            case _:
                pass

    async def _json(self, source: Source | None) -> None:
        if source is None or source.raw is None:
            self._app.notify("No JSON came with this cell.", severity="warning", markup=False, timeout=3)
            return
        try:
            text = await asyncio.to_thread(indented, source.raw)
        except RecursionError:
            self._app.notify("It is nested too deeply to show.", severity="warning", markup=False, timeout=3)
            return
        self._app.push_screen(Viewer(f"{source.stem} · raw JSON", text))

    def save_shown(self, title: str, content: str | Drawable) -> None:
        """Save what the viewer shows: a text, or a picture as it came."""
        from services.results.content import ImageBlock, ToolResult

        shown: Any = content
        if not isinstance(content, str):
            picture: Any = content
            shown = ToolResult(blocks=(ImageBlock(picture.mime_type, picture.data),))
        self._app.run_worker(self._write(shown, title), group="saving", exit_on_error=False)

    async def _save(self, cell: int, source: Source | None) -> None:
        """Save what the cell brought back: pictures, audio, blobs, texts; without a result its own text."""
        stem = source.stem if source is not None and source.stem else "jackfield"
        result = source.result if source is not None else None
        await self._write(result or self._app.session.history.cell_text(cell), stem)

    async def _write(self, result: Any, stem: str) -> None:
        """Write files into the working directory and say where they are."""
        from services.results import saving

        try:
            with translating():
                paths = await saving.save(result, Path.cwd(), stem)
        except JackfieldError as error:
            self._app.session.transcript.error(f"Not saved: {error.message}", error.hint)
            return
        for path in paths:
            size = byte_size(path.stat().st_size)
            self._app.session.transcript.notice(f"Saved {one_line(str(path), 300)}  {size}")
