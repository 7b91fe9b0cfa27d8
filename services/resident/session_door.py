"""The door of an open session: commands of the shell come in, and use its servers."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from services.errors import NotReady, UnknownServer
from services.events import ServerState
from services.inbox.questions import LinkFinished, QuestionAsked, QuestionClosed
from services.resident import wire
from services.resident.circumstances import Circumstances, can_be_kept
from services.resident.client import COMMANDS
from services.resident.code import Code
from services.resident.lent_servers import LentServer, SessionCaller
from services.resident.messages import Line, Opening
from services.resident.sessions import SERVE, hello, open_sessions, session_name, stale
from services.resident.starting import socket_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.resident.lent_servers import Outside
    from services.settings import Configuration, ServerSettings

__all__ = ("SessionDoor",)

_PATIENCE: Final = 2.0
"""Seconds for a command to say what it wants."""
_MOST: Final = 100
"""Commands at once; whoever comes then connects by itself."""
_LONGEST: Final = 1 << 16
_LENT: Final = (ServerState.READY, ServerState.STARTING, ServerState.RECONNECTING)
"""States in which a server is lent to a command that names it."""
_HELD_BACK: Final = (ServerState.STOPPED, ServerState.DISABLED)
"""States that the person wished for: nobody else changes them."""


class SessionDoor:
    """Lets commands in, while it is open."""

    def __init__(
        self,
        manager: ConnectionManager,
        configuration: Callable[[], Configuration],
        tell: Callable[[Outside], None],
    ) -> None:
        """`tell` hears of everything that a command has had done."""
        self._manager = manager
        self._configuration = configuration
        self._began_with = configuration()
        """Where logins are kept is read when a session begins, and not again."""
        self._tell = tell
        self._code = Code()
        self._path: Path | None = None
        self._server: asyncio.Server | None = None
        self._callers: set[SessionCaller] = set()
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        """Everybody who came in, or is about to."""

    async def begin(self) -> None:
        """Listen. Raises ConfigurationError where no directory will do, OSError."""
        self._environ, self._directory = dict(os.environ), str(Path.cwd())
        self._umask = await asyncio.to_thread(_file_mask)
        listener = await asyncio.to_thread(self._listener)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener)

    async def close(self) -> None:
        """Let nobody in any more, and end what commands have under way."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink()
        if self._server is not None:
            self._server.close()
        tasks = list(self._lines)
        for writer in self._lines.values():
            writer.close()
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)

    def happened(self, event: Event) -> None:
        """Something happened in the session: whom it concerns may know."""
        for caller in self._callers:
            match event:
                case QuestionAsked(question=question):
                    caller.question(question, os.getpid())
                case QuestionClosed() | LinkFinished():
                    pass
                case _ if (server := caller.kept.get(_server_of(event))) is not None:
                    caller.show(server)
                    caller.tell(event)
                case _:
                    pass

    # What callers need.

    async def open(self, _caller: object, opening: Opening) -> tuple[LentServer, ...]:
        """The servers of a command. Raises NotReady where they are no longer those it wants."""
        if not self._fits(opening):
            raise NotReady("the open session does not have these servers any more", hint="Try again.")
        return tuple(LentServer(self._manager, settings.name) for settings in opening.servers)

    def status(self) -> dict[str, Any]:
        """Who we are."""
        return {"pid": os.getpid()}

    # Inside.

    def _listener(self) -> socket.socket:
        user = os.getuid()
        for path, pid in open_sessions(os.environ, user):
            if pid == os.getpid() or stale(pid):
                with suppress(OSError):
                    Path(path).unlink()
        self._path = socket_directory() / session_name(os.environ, os.getpid())
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(os.fspath(self._path))
        self._path.chmod(0o600)
        listener.listen(64)
        return listener

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines[task] = writer
        try:
            async with asyncio.timeout(_PATIENCE):
                asker = await self._met(reader, writer)
            if asker:
                line = Line(reader, writer, restricted=True)
                caller = SessionCaller(line, self, asker, self._fits, self._tell, self._manager.inbox)
                self._callers.add(caller)
                try:
                    await caller.serve()
                finally:
                    self._callers.remove(caller)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
            pass  # no command of ours, or one that is gone
        finally:
            del self._lines[task]
            writer.close()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Who comes, for people; nothing for somebody who is not let in."""
        sock = writer.get_extra_info("socket")
        who = wire.peer(sock)
        if who is not None and who[1] != os.getuid():
            return ""
        _send(writer, *hello(os.getpid()))
        verb, command, pid, directory, place, world = await _received(reader)
        name = command.decode("ascii")
        if verb != b"use" or name not in (*COMMANDS, SERVE) or (who is not None and who[0] != int(pid)):
            return ""
        same = await asyncio.to_thread(_is_here, directory, place, world)
        changed = await asyncio.to_thread(self._code.has_changed)
        if not same or changed or len(self._callers) >= _MOST or not self._configuration().lends_session:
            _send(writer, b"no")
            return ""
        _send(writer, b"welcome")
        return f"jackfield {name} (process {int(pid)})"

    def _fits(self, opening: Opening) -> bool:
        """Whether these are servers of the session, and started just as the command would start them."""
        return bool(opening.servers) and all(self._has(settings, opening) for settings in opening.servers)

    def _has(self, settings: ServerSettings, opening: Opening) -> bool:
        try:
            ours, status = self._manager.settings(settings.name), self._manager.status(settings.name)
        except UnknownServer:
            return False
        if not can_be_kept(settings) or not can_be_kept(ours):
            return False
        resting = settings.name in self._manager.usable
        if not resting and (status.state in _HELD_BACK or (not opening.lazily and status.state not in _LENT)):
            return False
        here = Opening((ours,), self._began_with, self._environ, self._directory, self._umask)
        return Circumstances.of(ours, here) == Circumstances.of(settings, opening)


def _server_of(event: Event) -> str:
    status = getattr(event, "status", None)
    return getattr(event, "server", "") if status is None else status.server


def _is_here(directory: bytes, place: bytes, world: bytes) -> bool:
    """Whether the command is in the same file system and network as we are."""
    try:
        return (wire.place_mark(os.fsdecode(directory)), wire.world_mark()) == (place, world)
    except OSError:
        return False


def _send(writer: asyncio.StreamWriter, *fields: bytes) -> None:
    body = b"\0".join(fields)
    writer.write(len(body).to_bytes(4, "big") + body)


async def _received(reader: asyncio.StreamReader) -> list[bytes]:
    size = int.from_bytes(await reader.readexactly(4), "big")
    if size > _LONGEST:
        raise ValueError("a frame of more than 64 KiB")
    return (await reader.readexactly(size)).split(b"\0")


def _file_mask() -> int:
    """The mask of our files, where that can be known without changing it for a moment."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
        return int(next(line for line in lines if line.startswith("Umask:")).split()[1], 8)
    return wire.file_mask()
