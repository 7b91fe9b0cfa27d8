"""Serving a driver: what the machine interface is given here, and what it says on standard error."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from app.command_line.configured import note_projects, source
from app.command_line.connect.run import run
from app.command_line.driven import driven_manager
from app.command_line.model.ask import keys_of
from app.command_line.terminal.output import OK
from app.login_words import looked_at, no_login
from services.config.paths import home

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from services.app_server.server import AppServer
    from services.app_server.surroundings import Lends, Surroundings
    from services.config.source import Source
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.settings import Configuration

__all__ = ("print_schema", "serve")


def print_schema() -> int:
    """`jackfield app-server --schema`."""
    from services.app_server.schema import schema_text

    sys.stdout.write(schema_text())
    return OK


def serve(context: click.Context, *, verbose: bool) -> int:
    """Until the driver leaves. Raises ConfigurationError for a file that cannot be used at all."""
    chosen = source(context)
    note_projects(chosen.project_files())
    configuration = chosen.loaded().configuration
    return run(lambda: _serve(chosen, configuration, verbose=verbose))


async def _serve(chosen: Source, configuration: Configuration, *, verbose: bool) -> int:
    # The models of messages take a quarter of a second: a thread, so that signals are heard meanwhile.
    server, surroundings = await asyncio.to_thread(_load)

    def manager(
        live: Configuration, listener: Callable[[Event], None], warn: Callable[[str], None], lends: Lends
    ) -> ConnectionManager:
        return driven_manager(
            live, listener, warn, verbose=verbose, samples=lends.sampling, asks_roots=lends.roots
        )

    given = surroundings(
        home=home(),
        load=lambda: chosen.loaded().configuration,
        manager=manager,
        keys=keys_of,
        no_login=no_login,
        check_page=looked_at,
    )
    await server(given, configuration).serve()
    return OK


def _load() -> tuple[type[AppServer], type[Surroundings]]:
    from services.app_server.server import AppServer
    from services.app_server.surroundings import Surroundings

    return AppServer, Surroundings
