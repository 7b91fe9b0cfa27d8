"""What `jackfield serve` is to do, made of its options: for the command itself and for its workers."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click

from app.command_line.configured import source
from app.command_line.connect.program import program_of
from app.command_line.connect.targets import Wish, is_url
from app.command_line.gateway.desk import GatewayDesk
from app.command_line.gateway.live import Live
from app.command_line.gateway.plan import Plan
from services.errors import ConfigurationError
from services.text import one_line

if TYPE_CHECKING:
    from services.gateway.access import Access
    from services.gateway.door import Door
    from services.gateway.http import HttpDoor
    from services.settings import GatewaySettings, ServerSettings

__all__ = ("Opening",)


@dataclass(frozen=True, slots=True)
class Opening:
    """Which servers are served, where, and to whom."""

    wish: Wish
    settings: GatewaySettings
    live: Live | None
    """What follows the configuration as it is edited."""
    read_only: bool
    http: str | None
    """HOST:PORT; None for standard input and output."""
    token_env: str | None
    no_token: bool

    @classmethod
    def of(
        cls,
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
        state: str | None,
        **options: Any,
    ) -> Opening:
        """What the options of the command say together; raises click.UsageError and ConfigurationError."""
        if http is None and (token_env is not None or no_token or state is not None):
            raise click.UsageError("--token-env, --no-token and --state are for --http.", context)
        if token_env is not None and no_token:
            raise click.UsageError("Give --token-env or --no-token, but not both.", context)
        if server is not None and (only or group):
            raise click.UsageError("SERVER stands alone: leave --only and --group out.", context)
        timeout = options.get("startup_timeout")
        plan = Plan(server, only, group, search, pinned, questions, state, timeout)
        live = _live(context, server, plan)
        wish = Wish.of(context, server, **options)
        settings = plan.settings(wish.configuration)
        if settings.questions == "here" and http is None:
            raise click.UsageError("--questions here needs --http: standard input is the client's.", context)
        if http is not None and settings.state is not None:
            from services.gateway.state.address import state_address

            state_address(settings.state, os.environ)
        wish = replace(wish, servers=_chosen(wish, plan, settings))
        return cls(wish, settings, live, read_only, http, token_env, no_token)

    @property
    def path(self) -> str:
        """The path below `/mcp` that stands for what was asked for."""
        return self.wish.server.name if self.wish.single else ""

    @property
    def address(self) -> str:
        """The same as the path of a URL."""
        return f"/mcp/{self.path}".rstrip("/")

    @property
    def host(self) -> str:
        """The host of its address. Raises click.UsageError for one that is none."""
        from app.command_line.recording.serving import address

        assert self.http is not None
        return address(self.http)[0]

    def desk(self, *, worker: bool = False) -> GatewayDesk:
        """What opens the door; a `worker` is one of several, and has no terminal for itself."""
        http = self.http is not None
        return GatewayDesk(
            self.wish, self.settings, self.live, read_only=self.read_only, http=http, worker=worker
        )

    def http_door(self, door: Door, access: Access) -> HttpDoor:
        """The door over HTTP; unless an option says who is let in, an edited configuration does."""
        from services.gateway.http import HttpDoor

        chosen = self.no_token or self.token_env is not None
        return HttpDoor(door, access, self.host, None if chosen else self._renewed)

    def _renewed(self, settings: GatewaySettings) -> Access:
        return _access(settings, self.host, token_env=None, no_token=False)[0]

    def access(self) -> tuple[Access, tuple[str, ...]]:
        """Who is let in, and what a person is told of that. Raises ConfigurationError."""
        return _access(self.settings, self.host, token_env=self.token_env, no_token=self.no_token)


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


def _chosen(wish: Wish, plan: Plan, settings: GatewaySettings) -> tuple[ServerSettings, ...]:
    """The servers to start with. Raises UnknownServer, InvalidArguments, ConfigurationError."""
    from services.config.source import unknown

    if wish.single:
        _refuse(wish.server)
        return wish.servers
    names = plan.names(settings)
    configured = wish.configuration.servers if wish.configuration is not None else wish.servers
    known = [server.name for server in configured]
    for name in plan.only:
        if name not in known:
            raise unknown(name, known)
    return tuple(server for server in wish.servers if names is None or server.name in names)


def _refuse(server: ServerSettings) -> None:
    """Raise ConfigurationError for a server that cannot be offered alone: it does not start."""
    shown = one_line(server.name, 80)
    if server.invalid:
        raise ConfigurationError(f"MCP server '{shown}' cannot start: {server.invalid}", hint=server.hint)
    if not server.enabled:
        raise ConfigurationError(
            f"MCP server '{shown}' is disabled", hint=f"jackfield mcp enable {server.name} enables it."
        )


def _live(context: click.Context, server: str | None, plan: Plan) -> Live | None:
    """What follows the configuration; None where there is none, only a URL or a program."""
    from services.config.looking import Watched

    if program_of(context) is not None or (server is not None and is_url(server)):
        return None
    watched = Watched(source(context))
    watched.mark()
    return Live(watched, plan)
