"""Serving an editor: what the agent is given here, and what it says on standard error."""

from __future__ import annotations

import asyncio
import shlex
from importlib.util import find_spec
from typing import TYPE_CHECKING

from app.command_line.configured import source
from app.command_line.connect.run import run
from app.command_line.driven import driven_manager
from app.command_line.model.ask import keys_of
from app.command_line.terminal.output import OK, note_problems, warn
from app.login_words import looked_at, no_login
from app.remedy_words import advice_in_shell
from services.config.paths import home
from services.config.projects.shown import waiting
from services.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import click

    from services.acp.agent import Agent
    from services.acp.surroundings import Found, Surroundings
    from services.config.source import Source
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.settings import Configuration

__all__ = ("serve",)


def serve(context: click.Context, *, verbose: bool) -> int:
    """Until the editor leaves. Raises ConfigurationError for a file that cannot be used at all."""
    if find_spec("acp") is None:
        raise ConfigurationError(
            "the Agent Client Protocol is not installed",
            hint="Install it with: pip install 'jackfield[acp,chat]'",
        )
    chosen = source(context)
    configuration = chosen.loaded().configuration
    return run(lambda: _serve(chosen, configuration, verbose=verbose))


async def _serve(chosen: Source, configuration: Configuration, *, verbose: bool) -> int:
    # The models of messages take half a second: a thread, so that signals are heard meanwhile.
    agent, surroundings, found = await asyncio.to_thread(_load)

    def load(directory: Path) -> Found:
        loaded = chosen._replace(directory=directory).loaded()
        note_problems(loaded.configuration)
        command = f"jackfield mcp trust {shlex.quote(str(directory))}"
        waits = [file for file in loaded.files if file.consent in ("unasked", "changed")]
        return found(loaded.configuration, tuple(waiting(file, command) for file in waits))

    def manager(live: Configuration, listener: Callable[[Event], None]) -> ConnectionManager:
        return driven_manager(live, listener, warn, verbose=verbose, samples=False, asks_roots=True)

    given = surroundings(
        home=home(),
        config_file=None if chosen.foreign else chosen.path,
        load=load,
        manager=manager,
        keys=keys_of,
        advice=lambda error: advice_in_shell(error.hint, error.remedy),
        warn=warn,
        no_login=no_login,
        check_page=looked_at,
    )
    await agent(given, configuration).serve()
    return OK


def _load() -> tuple[type[Agent], type[Surroundings], type[Found]]:
    from services.acp.agent import Agent
    from services.acp.surroundings import Found, Surroundings

    return Agent, Surroundings, Found
