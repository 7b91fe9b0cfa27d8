"""What a session starts with: the modules of its actions, and its connection manager."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from services.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.clock import Clock
    from services.connection_manager import ConnectionManager
    from services.connections.reconnection import Retry
    from services.events import Event
    from services.logs.files import LogFiles
    from services.settings import Configuration

__all__ = ("import_session", "session_manager")


def import_session() -> None:
    """Load what `SessionScreen.furnish` and the actions need; in a thread, a tenth of a second."""
    for name in (
        "app.session.screens.argument_editing",
        "app.session.actions.cells",
        "app.session.actions.configuration",
        "app.session.actions.dispatch",
        "app.session.screens.finder",
        "app.slash.completion",
        "services.logs.files",
        "widgets.views.find_bar",
        "widgets.history.history",
        "widgets.inbox.request_inbox",
        "widgets.servers.mcp_status",
    ):
        importlib.import_module(name)


def session_manager(
    configuration: Configuration,
    *,
    listener: Callable[[Event], None],
    warn: Callable[[str], None],
    logs: LogFiles | None,
    retry: Retry | None,
    clock: Clock,
) -> ConnectionManager:
    """The manager of all servers, not started; reads files. `warn` is told of where logins are kept."""
    from app.login_words import logins_for
    from services.connection_manager import ConnectionManager
    from services.connections.eras import home_eras
    from services.connections.offers import home_offers
    from services.connections.reconnection import Retry
    from services.connections.skill_files import home_skill_files
    from services.connections.task_book import home_tasks

    return ConnectionManager(
        configuration.servers,
        listener=listener,
        retry=retry or Retry(),
        version=VERSION,
        logs=logs,
        logins=logins_for(configuration, warn),
        probes_logins=True,
        samples=True,
        asks_roots=True,
        eras=home_eras(),
        offers=home_offers(),
        tasks=home_tasks(),
        skill_files=home_skill_files(),
        clock=clock,
    )
