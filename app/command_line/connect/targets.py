"""Which servers a command is about: configured names, URLs, or a program given after `--`."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import click

from app.command_line.configured import load_configuration
from app.command_line.connect.options import behind
from app.command_line.connect.program import program_of
from app.command_line.terminal.output import USAGE, fail, note_problems
from app.command_line.terminal.prepared import GivenAnswers
from services.config import builtin
from services.config.source import unknown
from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.settings import Configuration, ServerSettings

__all__ = ("Wish", "apart", "is_url", "reached_at", "started_by", "with_times")


@dataclass(frozen=True, slots=True)
class Wish:
    """The servers that a command is about, as they are to be started."""

    servers: tuple[ServerSettings, ...]
    single: bool
    """One server was asked for, so its failure is the command's."""
    configured: bool
    """They come from the configuration, so its keys can be named in hints."""
    verbose: bool = False
    configuration: Configuration | None = None
    trace: str | None = None
    """The file for the trace of all of them."""
    optional: bool = False
    """Whether the command goes on where none of them works."""
    answers: GivenAnswers = field(default_factory=GivenAnswers)
    """What the command itself answers to their questions."""

    behind: tuple[str, ...] | None = None
    """The options of all commands, for a resident to be left behind; None where none may be."""
    command: str | None = None
    """What is done, such as `call`."""

    @property
    def lazily(self) -> bool:
        """Whether lazy servers wait for their first use; to name one is to use it."""
        return not self.single

    @property
    def server(self) -> ServerSettings:
        """The one server that was asked for."""
        return self.servers[0]

    @classmethod
    def of(
        cls,
        context: click.Context,
        name: str | None,
        *,
        env: Sequence[str] = (),
        env_var: Sequence[str] = (),
        bearer_token_env_var: str | None = None,
        startup_timeout: float | None = None,
        timeout: float | None = None,
        verbose: bool = False,
        trace: str | None = None,
        answers: Sequence[str] = (),
        accept_defaults: bool = False,
        decline: bool = False,
    ) -> Wish:
        """The server of that name or URL, the program after `--`, or else all that are enabled."""
        given = GivenAnswers.of(context, answers, accept_defaults=accept_defaults, decline=decline)
        program = program_of(context)
        if program is not None and name is not None:
            raise click.UsageError("Name a server, or give a program after --, but not both.", context)
        url = program is None and name is not None and is_url(name)
        if (env or env_var) and program is None:
            raise click.UsageError("--env and --env-var are for a program given after --.", context)
        if bearer_token_env_var is not None and not url:
            raise click.UsageError("--bearer-token-env-var is for a URL.", context)
        if program is not None:
            wish = cls((started_by(program, env, env_var),), single=True, configured=False)
        elif url:
            wish = cls((reached_at(str(name), bearer_token_env_var),), single=True, configured=False)
        else:
            wish = _configured(context, name)
        servers = tuple(with_times(one, startup_timeout, timeout) for one in wish.servers)
        return replace(
            wish,
            servers=servers,
            verbose=verbose,
            trace=trace,
            answers=given,
            behind=behind(context),
            command=context.find_root().invoked_subcommand,
        )


def with_server_apart(context: click.Context, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a call, a first one such as `server.tool` made two: the name that cells print.

    A server that is called so itself comes first, then the longest name.
    """
    if not words or "." not in words[0] or is_url(words[0]) or program_of(context) is not None:
        return words
    named, *rest = words
    servers = [server.name for server in load_configuration(context, expand=False, silent=True).servers]
    owners = [server for server in servers if named.startswith(f"{server}.") and named != f"{server}."]
    if named in servers or not owners:
        return words
    owner = max(owners, key=len)
    return (owner, named[len(owner) + 1 :], *rest)


def is_url(text: str) -> bool:
    """Whether a word is a URL rather than a name."""
    return text.lower().startswith(("http://", "https://"))


def _configured(context: click.Context, name: str | None) -> Wish:
    configuration = load_configuration(context, only=name)
    if name is None:
        note_problems(configuration)
        enabled = tuple(server for server in configuration.servers if server.enabled)
        return Wish(enabled, single=False, configured=True, configuration=configuration)
    note_problems(configuration, (name,))
    server = next((server for server in configuration.servers if server.name == name), None)
    if server is None:
        fail(unknown(name, [server.name for server in configuration.servers]), USAGE)
    return Wish((server,), single=True, configured=True, configuration=configuration)


def reached_at(url: str, bearer_token_env_var: str | None) -> ServerSettings:
    """The settings of a server that is not configured, at a URL."""
    (server,) = builtin.single([url]).servers
    return replace(server, bearer_token_env_var=bearer_token_env_var)


def started_by(program: Sequence[str], env: Sequence[str], env_var: Sequence[str]) -> ServerSettings:
    """The settings of a program that is not configured, with the variables it is to have."""
    if is_url(program[0]):
        raise ConfigurationError(
            f"{one_line(program[0], 120)} is not a program",
            hint="A URL stands in the place of SERVER, without --.",
        )
    for name in env_var:
        if name not in os.environ:
            raise ConfigurationError(
                f"--env-var names {one_line(name, 80)}, which is not set",
                hint="--env KEY=VALUE sets a variable.",
            )
    pairs = [text.partition("=") for text in env]
    if not all(name and sign for name, sign, _ in pairs):
        raise ConfigurationError(
            "--env must be in KEY=VALUE form", hint="--env-var NAME passes one of ours on."
        )
    (server,) = builtin.single(program, env_var).servers
    return replace(server, env={name: value for name, _, value in pairs})


def apart(servers: Iterable[ServerSettings]) -> tuple[ServerSettings, ...]:
    """The servers, each once; two of one name, such as URLs of one host, go by their whole URLs."""
    found: dict[str, ServerSettings] = {}
    for server in servers:
        number, name = 1, server.name
        while found.get(server.name, server) != server:
            number += 1
            server = replace(server, name=server.url if server.url and number == 2 else f"{name}-{number}")
        found[server.name] = server
    return tuple(found.values())


def with_times(server: ServerSettings, startup: float | None, call: float | None = None) -> ServerSettings:
    """The server with these limits, in seconds, in the place of its own."""
    return replace(
        server,
        startup_timeout_sec=server.startup_timeout_sec if startup is None else startup,
        tool_timeout_sec=server.tool_timeout_sec if call is None else call,
    )
