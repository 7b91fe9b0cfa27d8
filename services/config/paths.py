"""Where Jackfield keeps its files, and how they are written: whole or not at all, one writer at a time."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("config_file", "home", "locked", "make_directory", "write_whole")

LOCK_SECONDS = 10.0
"""How long one writer waits for another before it gives up and says so."""


def home(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """The directory that holds `config.toml`: `$JACKFIELD_HOME`, else the user's configuration directory.

    The default need not exist yet (`write_whole` makes it); a directory that was named must.
    """
    named = environ.get("JACKFIELD_HOME")
    if not named:
        return _default_home(platform)
    path = Path(named).absolute()
    trouble = "" if path.is_dir() else "is not a directory" if path.exists() else "does not exist"
    if trouble:
        raise ConfigurationError(
            f'JACKFIELD_HOME points to "{one_line(named)}", but that path {trouble}',
            hint="Make that directory, or unset JACKFIELD_HOME.",
        )
    return path


def config_file(directory: Path) -> Path:
    """The configuration file of the home `directory`."""
    return directory / "config.toml"


def _default_home(platform: str) -> Path:
    if platform == "win32":
        from platformdirs.windows import Windows as Dirs
    elif platform == "darwin":
        from platformdirs.macos import MacOS as Dirs  # type: ignore[assignment]
    else:
        from platformdirs.unix import Unix as Dirs  # type: ignore[assignment]
    return Path(Dirs("jackfield", appauthor=False).user_config_dir)


def make_directory(directory: Path) -> None:
    """Make `directory`, and the parents it lacks, readable by this user only (0700)."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)


def write_whole(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Write `path` whole or not at all: temporary file beside it, fsync, rename.

    A file that exists keeps its mode, a new one gets `mode`; a symbolic link is followed
    and stays a link. Raises ConfigurationError when the file cannot be written.
    """
    target = Path(os.path.realpath(path))
    data = content.encode() if isinstance(content, str) else content
    try:
        make_directory(target.parent)
        with suppress(FileNotFoundError):
            mode = target.stat().st_mode & 0o7777
        _replace(target, data, mode)
    except OSError as error:
        raise _cannot("write", path, error) from error


def _replace(target: Path, data: bytes, mode: int) -> None:
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync_directory(target.parent)


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
    from filelock import FileLock, Timeout

    target = Path(os.path.realpath(path))
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=timeout, mode=0o600, thread_local=False)
    try:
        make_directory(target.parent)
        lock.acquire()
    except Timeout as error:
        raise ConfigurationError(
            f"another process has been writing {one_line(str(path))} for {timeout:g} s",
            hint="Try again when it has ended.",
        ) from error
    except OSError as error:
        raise _cannot("lock", path, error) from error
    try:
        yield
    finally:
        lock.release()


def _cannot(what: str, path: Path, error: OSError) -> ConfigurationError:
    reason = error.strerror or type(error).__name__
    return ConfigurationError(f"cannot {what} {one_line(str(path))}: {one_line(reason)}")
