"""The tasks that are open at servers, kept on disk, so that a restart finds them again.

One file of the home, JSON, written whole, for this user only. It holds no results, and arguments masked.
Beside it each task that is followed has a lock, so that two programs on one home do not both follow it.
"""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.connections.eras import server_mark
from services.errors import ConfigurationError
from services.files import locked, take, write_whole
from services.secrecy.urls import masked_url
from services.tasks.task import Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from services.settings import ServerSettings

__all__ = ("KeptTask", "TaskBook", "home_tasks")

_FILE: Final = "tasks.json"
_LOCKS: Final = "task-locks"
_MOST: Final = 200
_LARGEST: Final = 4 << 20
_LONGEST_KEPT: Final = 30 * 24 * 3600.0
"""Seconds after which a task that never expires is forgotten."""


@dataclass(frozen=True, slots=True)
class KeptTask:
    """A task as it is kept, with the server it belongs to."""

    task: Task
    mark: str
    """The server by name and address: `services.connections.eras.server_mark`."""
    url: str = ""
    """Where the server is reached that is not configured; empty where its address holds a secret."""


class TaskBook:
    """Reads and writes a file: not on the event loop. Without one it remembers in memory."""

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._kept: tuple[KeptTask, ...] = ()

    def all(self) -> tuple[KeptTask, ...]:
        """Every task that may still be open, oldest first."""
        return self._fresh(_read(self._path) if self._path is not None else self._kept)

    def of(self, settings: ServerSettings) -> tuple[Task, ...]:
        """Those of one server."""
        mark = server_mark(settings)
        return tuple(one.task for one in self.all() if one.mark == mark)

    def remember(self, settings: ServerSettings, task: Task) -> None:
        """Keep a task, or how it is now. Raises ConfigurationError when the file cannot be written."""
        url = (
            settings.url if settings.transport != "stdio" and masked_url(settings.url) == settings.url else ""
        )
        new = KeptTask(task, server_mark(settings), url)
        self._change(lambda kept: (*_without(kept, new.mark, task.id), new)[-_MOST:])

    def forget(self, settings: ServerSettings, task_id: str) -> None:
        """Keep a task no longer. Raises ConfigurationError when the file cannot be written."""
        self._change(lambda kept: _without(kept, server_mark(settings), task_id))

    def claim(self, settings: ServerSettings, task_id: str) -> Callable[[], None] | None:
        """Follow a task alone, until what is returned is called; None while another program follows it.

        A program that ends follows nothing, however it ends; what is not kept anybody may follow. Raises
        ConfigurationError where nothing can be locked.
        """
        mark = server_mark(settings)
        if self._path is None or (mark, task_id) not in map(_key, self.all()):
            return _nothing
        return take(self._lock(self._path, mark, task_id))

    def _fresh(self, kept: Iterable[KeptTask]) -> tuple[KeptTask, ...]:
        now = self._clock()
        return tuple(one for one in kept if now - one.task.created < _LONGEST_KEPT)

    @staticmethod
    def _lock(book: Path, mark: str, task_id: str) -> Path:
        name = hashlib.sha256(f"{mark}\0{task_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return book.parent / _LOCKS / f"{name}.lock"

    def _change(self, change: Callable[[tuple[KeptTask, ...]], tuple[KeptTask, ...]]) -> None:
        if self._path is None:
            self._kept = change(self._kept)
            return
        with locked(self._path):
            before = _read(self._path)
            if (after := change(self._fresh(before))) == before:
                return
            write_whole(self._path, json.dumps([_wire(one) for one in after], indent=1) + "\n")
        left = {_key(one) for one in before} - {_key(one) for one in after}
        for mark, task_id in left:  # whoever still has such a lock follows what is over
            with suppress(OSError):
                self._lock(self._path, mark, task_id).unlink(missing_ok=True)


def home_tasks() -> TaskBook:
    """That of the home directory; only in memory where there is none."""
    from services.config.paths import home

    try:
        return TaskBook(home() / _FILE)
    except ConfigurationError:
        return TaskBook()


def _nothing() -> None:
    pass


def _without(kept: Iterable[KeptTask], mark: str, task_id: str) -> tuple[KeptTask, ...]:
    return tuple(one for one in kept if _key(one) != (mark, task_id))


def _key(kept: KeptTask) -> tuple[str, str]:
    return kept.mark, kept.task.id


def _wire(kept: KeptTask) -> dict[str, Any]:
    task = kept.task
    return {
        "server": task.server,
        "mark": kept.mark,
        "url": kept.url,
        "id": task.id,
        "tool": task.tool,
        "arguments": task.arguments,
        "created": task.created,
        "ttl": task.ttl,
        "poll": task.poll,
    }


def _read(path: Path) -> tuple[KeptTask, ...]:
    try:
        if path.stat().st_size > _LARGEST:
            return ()
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    kept = (
        [one for entry in entries if (one := _entry(entry)) is not None] if isinstance(entries, list) else []
    )
    return tuple(kept[-_MOST:])


def _entry(entry: Any) -> KeptTask | None:
    """One entry; None for what somebody else wrote."""
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        texts = {key: entry[key] for key in ("server", "mark", "url", "id", "tool", "arguments")}
        if all(isinstance(text, str) for text in texts.values()):
            ttl = None if entry["ttl"] is None else float(entry["ttl"])
            task = Task(
                texts["server"],
                texts["id"],
                texts["tool"],
                texts["arguments"],
                created=float(entry["created"]),
                ttl=ttl,
                poll=float(entry["poll"]),
            )
            return KeptTask(task, texts["mark"], texts["url"])
    return None
