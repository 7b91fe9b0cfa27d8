"""Results as files: where they are saved to, and the program that the system opens them with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.session.screens.ask import ConfirmScreen, SaveScreen
from services.amounts import byte_size, plural
from services.error_translation import translating
from services.errors import JackfieldError
from services.text import one_line
from widgets.views.json_content import JsonContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.session.context import SessionContext
    from widgets.picture import Drawable

__all__ = ("Saving",)


class Saving:
    """Saves what cells and viewers show, and opens it elsewhere; what was saved is opened where it is."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._saved: dict[int, tuple[Path, ...]] = {}

    def save(self, result: Any, stem: str, cell: int | None = None) -> None:
        """Ask where to, then write the files of a result, or a text."""
        self._context.run(self._save(result, stem, cell), "saving")

    def save_shown(self, title: str, content: str | Drawable | JsonContent) -> None:
        """Save what the viewer shows: a text, a JSON value, or a picture as it came."""
        self.save(_result_of(content), title)

    def open(self, result: Any, stem: str, cell: int | None = None) -> None:
        """Open what was saved of a cell, else what it brought back, after a yes."""
        self._context.run(self._open(result, stem, cell), "opening")

    def open_shown(self, title: str, content: Drawable) -> None:
        """Open the picture that the viewer shows."""
        self.open(_result_of(content), title)

    async def _save(self, result: Any, stem: str, cell: int | None) -> None:
        from services.results import saving

        directory = Path.cwd()
        try:
            with translating():
                names = await saving.file_names(result, stem)
                several = len(names) > 1
                answer = await self._context.answer_of(self._asking(names, stem, directory))
                if answer is None:
                    return
                folder, name = _place(directory, answer, several)
                paths = await saving.save(result, folder, stem, name)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not saved")
            return
        if cell is not None:
            self._saved[cell] = paths
        for path in paths:
            size = byte_size(path.stat().st_size)
            self._context.transcript.notice(f"Saved {one_line(str(path), 300)}  {size}")

    def _asking(self, names: Sequence[str], stem: str, directory: Path) -> SaveScreen:
        kept = "Nothing is overwritten: a name already taken gets a number."
        about = f"In {one_line(str(directory), 200)} unless you give a full path. {kept}"
        if len(names) == 1:
            return SaveScreen("Save as", about, names[0])
        listed = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        return SaveScreen(
            f"Save {plural(len(names), 'file')} to the folder", f"{listed}\n{about}", "." + os.sep
        )

    async def _open(self, result: Any, stem: str, cell: int | None) -> None:
        from services.results import opening, saving

        kept = [path for path in self._saved.get(cell or -1, ()) if path.exists()]
        names = [path.name for path in kept] or list(await saving.file_names(result, stem))
        place = next((at for at, name in enumerate(names) if not opening.refusal(name, b"")), 0)
        name = names[place]
        more = f" It is one of {plural(len(names), 'file')}." if len(names) > 1 else ""
        about = f"Opens {one_line(name, 200)} with the system's default program.{more}"
        try:
            with translating():
                if why := opening.refusal(name, b""):
                    raise opening.OpenRefused(why)
                if not await self._context.answer_of(ConfirmScreen("Open it in another program?", about)):
                    return
                paths = kept or await saving.save(result, opening.private_directory(), stem)
                await opening.open_file(paths[place], os.environ)
        except JackfieldError as error:
            self._context.transcript.failure(error, "Not opened")
            return
        self._context.notify(f"Opened {one_line(name, 100)}.")


def _place(directory: Path, answer: str, several: bool) -> tuple[Path, str]:
    """The folder to write to, and the name of a single file; empty for one of our own."""
    chosen = directory / Path(answer).expanduser()
    if several or answer.endswith(("/", os.sep)) or chosen.is_dir():
        return chosen, ""
    return chosen.parent, chosen.name


def _result_of(content: str | Drawable | JsonContent) -> Any:
    from services.results.content import ImageBlock, ToolResult
    from services.results.indented import indented

    if isinstance(content, str):
        return content
    if isinstance(content, JsonContent):
        return ToolResult(raw=content.value) if isinstance(content.value, dict) else indented(content.value)
    picture: Any = content
    return ToolResult(blocks=(ImageBlock(picture.mime_type, picture.data),))
