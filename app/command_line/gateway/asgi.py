"""The gateway as an ASGI application, for servers that run several of it: `uvicorn --workers N`.

    JACKFIELD_SERVE="--http 0.0.0.0:8940 --state redis://state:6379/0" \\
        uvicorn --workers 2 --host 0.0.0.0 --port 8940 app.command_line.gateway.asgi:application

`JACKFIELD_SERVE` has what stands behind `jackfield serve`, `JACKFIELD_OPTIONS` what stands before it. The
host of `--http` says who may come; that of the server where it listens.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from services.garbage import look_no_more
from services.hardening import harden

if TYPE_CHECKING:
    from app.command_line.gateway.desk import GatewayDesk
    from app.command_line.gateway.opening import Opening
    from services.gateway.http import HttpDoor

__all__ = ("Application", "application")

_ADDRESS: Final = ["--http", "127.0.0.1:8940"]


class Application:
    """Begins and ends with the server's lifespan; the servers behind it are this process's own."""

    def __init__(self) -> None:
        self._desk: GatewayDesk | None = None
        self._door: HttpDoor | None = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request, or live through the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._door is not None:
            await self._door.app(scope, receive, send)
        elif scope["type"] == "http":
            from services.recording.http_server import reply

            await reply(send, 503, "the gateway has not been started: it needs the lifespan of its server")

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        if (why := await self._begun()) is not None:
            await send({"type": "lifespan.startup.failed", "message": why})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._end()
        await send({"type": "lifespan.shutdown.complete"})

    async def _begun(self) -> str | None:
        """Start the servers; why that cannot be done."""
        import click

        from app.command_line.terminal.output import note
        from services.errors import JackfieldError
        from services.text import one_line

        harden()
        look_no_more()
        logging.getLogger().addHandler(logging.NullHandler())
        try:
            opening = await asyncio.to_thread(_opening)
            access, _ = opening.access()
            self._desk = opening.desk(worker=True)
            self._door = opening.http_door(await self._desk.__aenter__(), access)
        except (JackfieldError, click.ClickException) as error:
            said = error.format_message() if isinstance(error, click.ClickException) else str(error)
            note(f"Error: {one_line(said)}")
            await self._end()
            return one_line(said)
        except SystemExit:
            return ""  # it was said
        _end_with_parent()
        return None

    async def _end(self) -> None:
        if self._door is not None:
            await self._door.close()
        if self._desk is not None:
            await self._desk.__aexit__(None, None, None)


def _opening() -> Opening:
    """What the environment asks for, read as the command line is."""
    from app.command_line.gateway.commands import serve
    from app.command_line.gateway.opening import Opening
    from app.command_line.gateway.workers import OPTIONS, SERVE
    from app.command_line.main import cli

    words = shlex.split(os.environ.get(SERVE, ""))
    options = shlex.split(os.environ.get(OPTIONS, ""))
    root = cli.make_context("jackfield", [*options, "serve"])
    with root, serve.make_context("serve", [*_ADDRESS, *words], parent=root) as context:
        given = {name: value for name, value in context.params.items() if name != "workers"}
        return Opening.of(context, **given)


def _end_with_parent() -> None:
    """End as by SIGTERM when the process that started the workers is gone."""
    from multiprocessing import parent_process

    if (parent := parent_process()) is not None:
        with suppress(NotImplementedError):  # Windows
            loop = asyncio.get_running_loop()

            def end() -> None:
                loop.remove_reader(parent.sentinel)
                os.kill(os.getpid(), signal.SIGTERM)

            loop.add_reader(parent.sentinel, end)


application: Final = Application()
