"""Serving an application on an address of this machine until a signal comes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click
import uvicorn

from app.command_line.connect.run import run
from app.command_line.terminal.output import OK, note
from services.errors import ConfigurationError
from services.text import one_line
from services.web.listening import listen

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Iterator

__all__ = ("address", "listening_at", "serve", "shown_host")


class _Server(uvicorn.Server):
    """Leaves signals to the command, which cancels what it runs."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    app: Any,
    where: str,
    path: str,
    close: Callable[[], Awaitable[None]] | None = None,
    *,
    begin: Callable[[], Awaitable[Any]] | None = None,
) -> int:
    """Serve at HOST:PORT, and print the URL with this path on standard error; port 0 takes a free one.

    `begin` is awaited first, once the port is ours; `close` at the end.
    """
    listening = listening_at(where)

    async def work() -> int:
        config = uvicorn.Config(
            app,
            interface="asgi3",
            log_level="critical",
            access_log=False,
            ws="none",
            lifespan="off",
            proxy_headers=False,  # anybody may send them
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,  # open event streams would hold the exit for ever
        )
        try:
            if begin is not None:
                await begin()
            note(f"http://{shown_host(address(where)[0])}:{listening.getsockname()[1]}{path}")
            await _Server(config).serve(sockets=[listening])
        finally:
            if close is not None:
                await close()
        return OK

    with listening:
        return run(work)


def listening_at(where: str) -> socket.socket:
    """A socket that listens at HOST:PORT. Raises ConfigurationError."""
    host, port = address(where)
    try:
        return listen(host, port)
    except OSError as error:
        reason = one_line(error.strerror or str(error), 200)
        raise ConfigurationError(f"cannot listen on {one_line(where, 100)}: {reason}") from error


def shown_host(host: str) -> str:
    """A host as URLs have it."""
    return f"[{host}]" if ":" in host else host


def address(where: str) -> tuple[str, int]:
    """The host and the port of `HOST:PORT`."""
    host, _, port = where.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65_535:
        raise click.UsageError(f"{where} is not in HOST:PORT form.")
    return host, int(port)
