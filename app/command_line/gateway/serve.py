"""`jackfield serve`: the servers of a command behind one door, on standard input and output or over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.command_line.connect.run import run
from app.command_line.gateway.opening import Opening
from app.command_line.gateway.workers import serve_by_workers
from app.command_line.terminal.output import OK, note

if TYPE_CHECKING:
    import click

    from services.gateway.http import HttpDoor

__all__ = ("run_serve",)


def run_serve(context: click.Context, server: str | None, *, workers: int | None, **options: Any) -> int:
    """Serve until the client leaves, or over HTTP until a signal comes."""
    opening = Opening.of(context, server, **options)
    if workers is not None:
        return serve_by_workers(context, opening, workers)
    if opening.http is None:
        return run(lambda: _stdio(opening))
    return _over_http(opening, opening.http)


async def _stdio(opening: Opening) -> int:
    async with opening.desk() as door:
        await door.stdio(opening.path)
    return OK


def _over_http(opening: Opening, where: str) -> int:
    from app.command_line.recording.serving import serve

    access, said = opening.access()
    desk = opening.desk()
    opened: list[HttpDoor] = []

    async def begin() -> None:
        opened.append(opening.http_door(await desk.__aenter__(), access))
        for line in said:
            note(line)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await opened[0].app(scope, receive, send)

    async def end() -> None:
        for one in opened:
            await one.close()
        await desk.__aexit__(None, None, None)

    return serve(app, where, opening.address, end, begin=begin)
