"""The servers whose tools a model is given on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.command_line.connect.options import behind
from app.command_line.connect.program import program_of
from app.command_line.connect.targets import Wish, apart, is_url, reached_at, started_by, with_times
from app.command_line.terminal.output import fail
from app.command_line.terminal.prepared import GivenAnswers
from services.config.source import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.settings import Configuration, ServerSettings

__all__ = ("wish_of",)


def wish_of(
    context: click.Context,
    configuration: Configuration,
    names: Sequence[str],
    *,
    env: Sequence[str] = (),
    env_var: Sequence[str] = (),
    bearer_token_env_var: str | None = None,
    startup_timeout: float | None = None,
    verbose: bool = False,
    trace: str | None = None,
    answers: Sequence[str] = (),
    accept_defaults: bool = False,
    decline: bool = False,
) -> Wish:
    """Those of the names and URLs and the program after `--`, which must work; or all that are enabled."""
    given = GivenAnswers.of(context, answers, accept_defaults=accept_defaults, decline=decline)
    program = program_of(context)
    urls = [name for name in names if is_url(name)]
    if (env or env_var) and program is None:
        raise click.UsageError("--env and --env-var are for a program given after --.", context)
    if bearer_token_env_var is not None and len(urls) != 1:
        raise click.UsageError("--bearer-token-env-var is for one --server URL.", context)
    asked = [
        reached_at(name, bearer_token_env_var) if is_url(name) else _found(configuration, name)
        for name in names
    ]
    if program is not None:
        asked.append(started_by(program, env, env_var))
    servers = apart(asked) or tuple(server for server in configuration.servers if server.enabled)
    return Wish(
        tuple(with_times(server, startup_timeout) for server in servers),
        single=bool(asked),
        configured=not urls and program is None,
        verbose=verbose,
        configuration=configuration,
        trace=trace,
        optional=not asked,
        answers=given,
        behind=behind(context),
    )


def _found(configuration: Configuration, name: str) -> ServerSettings:
    known = {server.name: server for server in configuration.servers}
    if name not in known:
        fail(unknown(name, list(known)))
    return known[name]
