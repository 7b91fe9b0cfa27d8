"""What a command gives a program that drives it: connections, and what they say on standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.command_line.terminal.logged import logged
from app.command_line.terminal.output import note
from app.login_words import logins_for
from services.connection_manager import ConnectionManager
from services.connections.eras import home_eras
from services.connections.offers import home_offers
from services.connections.reconnection import Retry
from services.connections.task_book import home_tasks
from services.events import LogLine
from services.logs.files import home_logs
from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.events import Event
    from services.settings import Configuration

__all__ = ("driven_manager",)


def driven_manager(
    live: Configuration,
    listener: Callable[[Event], None],
    warn: Callable[[str], None],
    *,
    verbose: bool,
    samples: bool,
    asks_roots: bool,
) -> ConnectionManager:
    """A manager of the servers of a configuration; `samples` and `asks_roots`: what the driver lends them."""

    def hear(event: Event) -> None:
        if isinstance(event, LogLine) and (said := logged(event, verbose=verbose)):
            note(said)
        listener(event)

    return ConnectionManager(
        live.servers,
        listener=hear,
        retry=Retry(),
        version=VERSION,
        logs=home_logs(warn),
        logins=logins_for(live, warn),
        probes_logins=True,
        samples=samples,
        asks_roots=asks_roots,
        eras=home_eras(),
        offers=home_offers(),
        tasks=home_tasks(),
    )
