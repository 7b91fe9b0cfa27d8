"""Lending the terminal to an editor, and what comes back."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.editor.program import EditorError, editor_command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import App

__all__ = ("can_edit", "edit_outside")


def can_edit(app: App[Any]) -> bool:
    """Whether the terminal can be lent: there is one, and the platform can do it."""
    driver = app._driver  # Textual says it nowhere else
    return driver is not None and driver.can_suspend


async def edit_outside(app: App[Any], text: str, name: str, setting: str | None) -> str:
    """The text as the person leaves it in the editor. Raises `EditorError`.

    Others go on meanwhile, and draw nothing. The file is readable by this user only and removed at the end.
    """
    command = editor_command(setting, os.environ)
    folder = Path(tempfile.mkdtemp(prefix="jackfield-"))  # 0700
    try:
        path = folder / name
        await asyncio.to_thread(_write, path, text)
        await _run(app, [*command, str(path)])
        return _without_last_newline(await asyncio.to_thread(_read, path), text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _run(app: App[Any], command: Sequence[str]) -> None:
    failure: BaseException | None = None
    with app.suspend(), _uninterrupted():
        try:  # what is raised in here would leave the terminal to nobody
            status = await _wait(command)
            if status:
                failure = EditorError(f"{command[0]} ended with exit status {status}: nothing was changed")
        except OSError as error:
            failure = EditorError(f"{command[0]} could not be started: {error.strerror or error}")
        except asyncio.CancelledError as cancelled:
            failure = cancelled
    if failure is not None:
        raise failure


async def _wait(command: Sequence[str]) -> int:
    process = await asyncio.create_subprocess_exec(*command)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C is for the editor: the terminal sends it to us as well."""
    former = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise EditorError(f"the editor left no file: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise EditorError("what the editor saved is no UTF-8: nothing was changed") from None


def _without_last_newline(text: str, before: str) -> str:
    """The text without the newline that editors end a file with, where there was none before."""
    return text.removesuffix("\n") if text.endswith("\n") and not before.endswith("\n") else text
