"""How files are written: whole or not at all, one writer at a time, readable by this user only."""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = (
    "LOCK_SECONDS",
    "hold",
    "keep_private",
    "locked",
    "make_directory",
    "open_to_append",
    "patiently",
    "replacing",
    "sync",
    "take",
    "write_all",
    "write_whole",
)

T = TypeVar("T")

LOCK_SECONDS = 10.0
"""How long one writer waits for another before it gives up and says so."""

_POLL_SECONDS = 0.01
_WINDOWS_TRIES = 50
_ABANDONED = 60.0
"""Seconds after which a temporary file is nobody's."""


def make_directory(directory: Path) -> None:
    """Make `directory`, and the parents it lacks, readable by this user only (0700)."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)


def patiently(act: Callable[[], T]) -> T:
    """What `act` returns; tried again on Windows, which refuses while another process has the file open."""
    for _ in range(_WINDOWS_TRIES if os.name == "nt" else 0):
        with suppress(PermissionError):
            return act()
        time.sleep(_POLL_SECONDS)
    return act()


def write_whole(path: Path, content: str | bytes, mode: int = 0o600, *, keep_mode: bool = True) -> None:
    """Write `path` whole or not at all: temporary file beside it, fsync, rename.

    A file that exists keeps its mode (unless `keep_mode` is false), a new one gets `mode`; a
    symbolic link is followed and stays a link. Raises ConfigurationError when the file cannot be
    written.
    """
    target = Path(os.path.realpath(path))
    data = content.encode() if isinstance(content, str) else content
    try:
        make_directory(target.parent)
        if keep_mode:
            with suppress(FileNotFoundError):
                mode = target.stat().st_mode & 0o7777
        with replacing(target, mode) as file:
            file.write(data)
    except OSError as error:
        raise _cannot("write", path, error) from error


@contextmanager
def replacing(target: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A file to write, which is at `target` once it is written whole, and nowhere if that fails.

    Raises OSError. Where nothing may be overwritten, `services.results.saving` places what it has written.
    """
    _sweep(target)
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            sync(file)
        temporary.chmod(mode)
        patiently(lambda: temporary.replace(target))
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_directory(target.parent)


def _sweep(target: Path) -> None:
    """Remove what writers left that were killed: nobody else takes a minute over one file."""
    ours = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{12}}\.tmp")
    with suppress(OSError), os.scandir(target.parent) as found:
        for entry in found:
            if ours.fullmatch(entry.name) and time.time() - entry.stat().st_mtime > _ABANDONED:
                Path(entry.path).unlink()


def open_to_append(path: Path) -> int:
    """A file to append to, made where there is none: a regular one, ours alone (0600). Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"):
        flags |= getattr(os, name, 0)
    number = os.open(path, flags, 0o600)
    state = os.fstat(number)
    if not stat.S_ISREG(state.st_mode):
        os.close(number)
        raise OSError(0, "not a regular file", str(path))
    if hasattr(os, "fchmod") and stat.S_IMODE(state.st_mode) & 0o077:
        os.fchmod(number, 0o600)
    return number


def write_all(number: int, data: bytes | bytearray) -> None:
    """Write everything to an open file, in one go where the system takes it. Raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(number, view) :]


def keep_private(directory: Path) -> None:
    """Make a directory of ours where there is none, readable by this user only. Raises OSError."""
    make_directory(directory)
    if stat.S_IMODE(directory.stat().st_mode) & 0o077:
        directory.chmod(0o700)


def sync(file: BinaryIO) -> None:
    """Have on the disk what was written to a file."""
    file.flush()
    os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """Make the rename itself last, where the system allows a directory to be synced."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def locked(path: Path, timeout: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock that every writer of `path` takes: read the file again inside, then write.

    The lock is a file of its own beside the real one (`.NAME.lock`), so that replacing the
    file does not lose it; it works across processes and between threads.
    """
    target = Path(os.path.realpath(path))
    lock_file = target.with_name(f".{target.name}.lock")
    with hold(lock_file, f"writing {one_line(str(path))}", timeout, path):
        yield


@contextmanager
def hold(
    lock_file: Path,
    doing: str,
    timeout: float,
    path: Path | None = None,
    given_up: Callable[[], bool] | None = None,
) -> Iterator[None]:
    """Hold the lock `lock_file` while `doing` something, such as "writing FILE".

    The wait for it ends early once `given_up` says so. Raises ConfigurationError when it cannot be
    had; `path` is the file that its message names.
    """
    give_back = _acquired(lock_file, timeout, path or lock_file, given_up)
    if give_back is None:
        raise ConfigurationError(
            f"another process has been {doing} for {timeout:g} s",
            hint="Try again when it has ended.",
        )
    try:
        yield
    finally:
        give_back()


def take(lock_file: Path) -> Callable[[], None] | None:
    """Have the lock `lock_file` until what is returned gives it back; None while somebody else has it.

    The system gives it back when the process ends, however it does. Raises ConfigurationError.
    """
    return _acquired(lock_file, 0.0, lock_file)


def _acquired(
    lock_file: Path, timeout: float, path: Path, given_up: Callable[[], bool] | None = None
) -> Callable[[], None] | None:
    from filelock import FileLock, Timeout

    lock = FileLock(lock_file, timeout=timeout, mode=0o600, thread_local=False, poll_interval=_POLL_SECONDS)
    try:
        make_directory(lock_file.parent)
        lock.acquire(cancel_check=given_up)
    except Timeout:
        return None
    except OSError as error:
        raise _cannot("lock", path, error) from error
    return lock.release


def _cannot(what: str, path: Path, error: OSError) -> ConfigurationError:
    reason = error.strerror or type(error).__name__
    return ConfigurationError(f"cannot {what} {one_line(str(path))}: {one_line(reason)}")
