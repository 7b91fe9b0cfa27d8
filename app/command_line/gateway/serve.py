"""`jackfield serve`: the servers of a command behind one door, on standard input and output or over HTTP."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from app.command_line.connect.run import run
from app.command_line.connect.targets import Wish
from app.command_line.gateway.desk import GatewayDesk
from app.command_line.terminal.output import OK, note
from services.errors import ConfigurationError, InvalidArguments
from services.settings import GatewaySettings
from services.text import one_line

if TYPE_CHECKING:
    from services.gateway.access import Access
    from services.gateway.http import HttpDoor
    from services.settings import ServerSettings

__all__ = ("run_serve",)


def run_serve(
    context: click.Context,
    server: str | None,
    *,
    http: str | None,
    only: tuple[str, ...],
    group: str | None,
    read_only: bool,
    search: bool,
    pinned: tuple[str, ...],
    questions: Any,
    token_env: str | None,
    no_token: bool,
    **options: Any,
) -> int:
    """Serve until the client leaves, or over HTTP until a signal comes."""
    if http is None and (token_env is not None or no_token):
        raise click.UsageError("--token-env and --no-token are for --http.", context)
    if token_env is not None and no_token:
        raise click.UsageError("Give --token-env or --no-token, but not both.", context)
    if server is not None and (only or group):
        raise click.UsageError("SERVER stands alone: leave --only and --group out.", context)
    wish = Wish.of(context, server, **options)
    settings = _settings(wish, search=search, pinned=pinned, questions=questions)
    if settings.questions == "here" and http is None:
        raise click.UsageError("--questions here needs --http: standard input is the client's.", context)
    if group is not None:
        only = (*only, *_members(settings, group))
    if only:
        wish = replace(wish, servers=_chosen(wish, only))
    path = wish.server.name if wish.single else ""
    desk = GatewayDesk(wish, settings, read_only=read_only, http=http is not None)
    if http is None:
        return run(lambda: _stdio(desk, path))
    return _over_http(desk, http, path, token_env=token_env, no_token=no_token)


async def _stdio(desk: GatewayDesk, path: str) -> int:
    async with desk as door:
        await door.stdio(path)
    return OK


def _over_http(desk: GatewayDesk, where: str, path: str, *, token_env: str | None, no_token: bool) -> int:
    from app.command_line.recording.serving import address, serve

    host, _ = address(where)
    access, said = _access(desk.settings, host, token_env=token_env, no_token=no_token)
    opened: list[HttpDoor] = []

    async def begin() -> None:
        from services.gateway.http import HttpDoor

        opened.append(HttpDoor(await desk.__aenter__(), access, host))
        for line in said:
            note(line)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await opened[0].app(scope, receive, send)

    async def end() -> None:
        for one in opened:
            await one.close()
        await desk.__aexit__(None, None, None)

    return serve(app, where, f"/mcp/{path}".rstrip("/"), end, begin=begin)


def _access(
    settings: GatewaySettings, host: str, *, token_env: str | None, no_token: bool
) -> tuple[Access, tuple[str, ...]]:
    """Who is let in, and what a person is told of that. Raises ConfigurationError."""
    from services.gateway.access import Anybody, TokenAccess, is_loopback, kept_token

    if no_token:
        if not is_loopback(host):
            raise ConfigurationError(
                f"--no-token is only for addresses of this machine, and {one_line(host, 80)} is none",
                hint="Leave it out: clients then bring the gateway's token.",
            )
        return Anybody(), ("No token is asked for: every program of this machine may use it.",)
    if token_env is not None:
        token = os.environ.get(token_env, "")
        if not token:
            raise ConfigurationError(
                f"--token-env names {one_line(token_env, 80)}, which is not set",
                hint="Put the token into it.",
            )
        return TokenAccess(token), (f"Clients bring the token of {one_line(token_env, 80)}.",)
    if settings.oauth is not None:
        from services.gateway.tokens import OAuthAccess

        return OAuthAccess(settings.oauth), (f"Clients bring access tokens of {settings.oauth.issuer}.",)
    from services.config.paths import home

    token, place = kept_token(home() / "gateway")
    return TokenAccess(token), (f"Clients bring the token in {one_line(str(place))}.",)


def _settings(wish: Wish, *, search: bool, pinned: tuple[str, ...], questions: Any) -> GatewaySettings:
    """`[gateway]`, and what the command says otherwise. Raises ConfigurationError for a wrong table."""
    configuration = wish.configuration
    for problem in configuration.problems if configuration is not None else ():
        if problem.severity == "error" and problem.table.partition(".")[0] == "gateway":
            raise ConfigurationError(problem.message, hint=problem.hint)
    settings = configuration.gateway if configuration is not None else GatewaySettings()
    return replace(
        settings,
        search=search or settings.search,
        pinned=(*settings.pinned, *pinned),
        questions=questions or settings.questions,
        groups=settings.groups if wish.configured and not wish.single else {},
    )


def _chosen(wish: Wish, only: tuple[str, ...]) -> tuple[ServerSettings, ...]:
    """The servers of these names. Raises UnknownServer."""
    from services.config.source import unknown

    configured = wish.configuration.servers if wish.configuration is not None else wish.servers
    known = [server.name for server in configured]
    for name in only:
        if name not in known:
            raise unknown(name, known)
    return tuple(server for server in wish.servers if server.name in only)


def _members(settings: GatewaySettings, group: str) -> tuple[str, ...]:
    if group not in settings.groups:
        from services.ranking import did_you_mean

        known = list(settings.groups)
        hint = did_you_mean(group, known) or "[gateway.groups.NAME] makes one."
        raise InvalidArguments(f"there is no group {one_line(group, 80)}", hint=hint)
    return settings.groups[group]
