"""What a command and the keeper of servers say to each other: values, pickled.

Both are forks of one resident and run the same code, and nobody else has the pair of sockets between them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.resident.packing import packed, unpacked, unpacked_values

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from services.catalog.entries import Catalog
    from services.events import Event, ServerStatus
    from services.inbox.questions import Answer, Question
    from services.settings import Configuration, ServerSettings

__all__ = (
    "Answered",
    "Ask",
    "Drop",
    "Hear",
    "Known",
    "Line",
    "Opening",
    "PageOpened",
    "Ping",
    "Put",
    "Reply",
    "ServerView",
    "StatusWanted",
    "Told",
    "Wanted",
    "ask_once",
    "line_over",
)

_SIZE: Final = 4
_TOO_LONG: Final = 1 << 28


# From the command.


@dataclass(frozen=True, slots=True)
class Ping:
    """Whether somebody is there."""


@dataclass(frozen=True, slots=True)
class StatusWanted:
    """What is kept."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The servers that a command is about, and the circumstances they are started in."""

    servers: tuple[ServerSettings, ...]
    configuration: Configuration
    environ: Mapping[str, str]
    directory: str
    umask: int
    lazily: bool = False
    """Whether lazy servers wait for their first use."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whether an open session has these servers just so; nothing is opened yet."""

    opening: Opening


@dataclass(frozen=True, slots=True)
class Put:
    """A question for the person of an open session; the reply is the answer."""

    number: int
    question: Question


@dataclass(frozen=True, slots=True)
class Ask:
    """A method of `ConnectionManager` with its arguments; `hears` names callbacks among them."""

    number: int
    method: str
    server: str
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    hears: tuple[str, ...] = ()
    limit: float | None = None
    """Seconds, as the command has them."""


@dataclass(frozen=True, slots=True)
class Drop:
    """Nobody waits for this answer any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person said to a question, by its number."""

    question: int
    answer: Answer


@dataclass(frozen=True, slots=True)
class PageOpened:
    """The person opened the page of a question."""

    question: int


# From the keeper.


@dataclass(frozen=True, slots=True)
class ServerView:
    """One server as it is now."""

    status: ServerStatus
    usable: bool
    capabilities: tuple[str, ...]
    catalog: Catalog | None
    """None: as it was told before."""


@dataclass(frozen=True, slots=True)
class Known:
    """How servers are now."""

    servers: tuple[ServerView, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Something happened."""

    event: Event


@dataclass(frozen=True, slots=True)
class Hear:
    """News for a callback of what was asked."""

    number: int
    name: str
    news: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of something asked: a value, or the error."""

    number: int
    value: Any = None
    error: BaseException | None = None


class Line:
    """One end of the pair of sockets; `restricted` for one whose other end is no fork of ours."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, restricted: bool = False
    ) -> None:
        self._reader, self._writer = reader, writer
        self._unpacked = unpacked_values if restricted else unpacked
        self._most = _TOO_LONG if restricted else 1 << 8 * _SIZE

    async def read(self) -> Any:
        """The next message; None at the end. Raises ValueError for what is none, where it is restricted."""
        try:
            size = int.from_bytes(await self._reader.readexactly(_SIZE), "big")
            if size > self._most:
                raise ValueError("a message of more than 256 MiB")
            return self._unpacked(await self._reader.readexactly(size))
        except (asyncio.IncompleteReadError, OSError):
            return None

    def write(self, message: object) -> None:
        """Send a message; never waits. Raises RecursionError, as `packed` does."""
        data = packed(message)
        self._writer.write(len(data).to_bytes(_SIZE, "big") + data)

    def is_behind(self) -> bool:
        """Whether the other end takes nothing, so that news may be left out."""
        return self._writer.transport.get_write_buffer_size() > _TOO_LONG

    def close(self) -> None:
        """End it; what was written still leaves."""
        self._writer.close()


async def line_over(sock: socket.socket, *, restricted: bool = False) -> Line:
    """The line over one socket of the pair."""
    sock.setblocking(False)
    return Line(*await asyncio.open_unix_connection(sock=sock), restricted=restricted)


def ask_once(sock: socket.socket, message: object, seconds: float, *, restricted: bool = False) -> Any:
    """The answer to a message, for whoever has no event loop yet: a `Reply`; None where none came in time."""
    sock.settimeout(seconds)
    data = packed(message)
    try:
        sock.sendall(len(data).to_bytes(_SIZE, "big") + data)
        with sock.makefile("rb", buffering=0) as answer:
            size = int.from_bytes(_exactly(answer, _SIZE), "big")
            return (unpacked_values if restricted else unpacked)(_exactly(answer, size))
    except (OSError, EOFError, ValueError):
        return None


def _exactly(file: socket.SocketIO, size: int) -> bytes:
    found = b""
    while len(found) < size:
        part = file.read(size - len(found))
        if not part:
            raise EOFError
        found += part
    return found
