"""What the shell and the session say alike about logins, and what both find out before one."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from services.errors import ConfigurationError, JackfieldError, LoginFailed
from services.text import one_line
from services.web.shown_urls import take_apart

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.oauth.logins import Logins
    from services.settings import Configuration, ServerSettings
    from services.web.shown_urls import UrlParts

__all__ = (
    "logged_out",
    "logins_for",
    "looked_at",
    "no_login",
    "none_may_do",
    "open_logins",
    "scopes_in",
    "with_advice",
)

_SEPARATORS: Final = re.compile(r"[\s,]+")
_GITHUB: Final = "api.githubcopilot.com"


def logins_for(
    configuration: Configuration | None = None, tell: Callable[[str], None] | None = None
) -> Logins | None:
    """The logins of our home, as a configuration wants them; None where there is no home.

    `tell` is given what a person should know of the store, from any thread. Costs nothing before it
    is used; what it does then belongs behind the first paint.
    """
    from services.config.paths import home

    try:
        return open_logins(home(), configuration, tell)
    except ConfigurationError:
        return None


def open_logins(
    place: Path, configuration: Configuration | None = None, tell: Callable[[str], None] | None = None
) -> Logins:
    """The logins of a home."""
    from services.credentials.store import CredentialStore
    from services.oauth.logins import Logins
    from services.settings import Configuration

    wanted = configuration or Configuration()
    return Logins(
        place,
        mode=wanted.credentials_store,
        callback_port=wanted.callback_port,
        callback_url=wanted.callback_url,
        environ=os.environ,
        store=CredentialStore(place, wanted.credentials_store, tell=tell, refuses=wanted.login_trouble),
    )


def scopes_in(text: str | None) -> tuple[str, ...] | None:
    """The scopes of a text that has them between commas or blanks; None where nothing was said."""
    return None if text is None else tuple(filter(None, _SEPARATORS.split(text)))


def no_login(server: ServerSettings) -> JackfieldError | None:
    """The error for a server that no login can help; None for one that may want a login."""
    name = server.shown_name
    if server.invalid:
        return ConfigurationError(f"{name}: {server.invalid}", hint=server.hint)
    if server.transport == "stdio":
        return ConfigurationError(
            f"{name} is a program on this machine; a login is for servers with a url",
            hint="Put what it needs into env or env_vars in its table.",
        )
    if server.bearer_token_env_var:
        variable = one_line(server.bearer_token_env_var, 80)
        return ConfigurationError(
            f"{name} gets the bearer token in {variable}, so no login is used",
            hint="Remove bearer_token_env_var from its table to log in instead.",
        )
    named = (*server.http_headers, *server.env_http_headers)
    if any(header.lower() == "authorization" for header in named):
        return ConfigurationError(
            f"{name} gets an Authorization header, so no login is used",
            hint="Remove that header from its table to log in instead.",
        )
    return None


def with_advice(error: JackfieldError, server: ServerSettings, otherwise: str) -> JackfieldError:
    """The error of a login with what to do about it; `otherwise` is for one that does not say."""
    if urlsplit(server.url).hostname == _GITHUB and "client_id" not in server.oauth:
        return error.with_hint(
            "GitHub does not register clients. Create a personal access token at "
            "https://github.com/settings/personal-access-tokens, put it into a variable, and name that in "
            f"bearer_token_env_var of [mcp_servers.{server.shown_name}]."
        )
    return error if error.hint else error.with_hint(otherwise)


def none_may_do(error: JackfieldError) -> bool:
    """Whether the provider refused scopes that it had proposed itself, so that asking for none may do."""
    return isinstance(error, LoginFailed) and error.discovered_scopes and error.error == "invalid_scope"


def logged_out(revoked: bool | None) -> str:
    """What became of the tokens of a login that was ended."""
    if revoked:
        return "its tokens were revoked and deleted"
    if revoked is None:
        return "its tokens were deleted; the provider offers no way to revoke them"
    return "its tokens were deleted, but could not be revoked"


def looked_at(url: str) -> UrlParts:
    """An address that a provider wants opened, taken apart; LoginFailed for one that is not plain enough."""
    parts = take_apart(url)
    if not parts.may_open:
        raise LoginFailed(
            f"the provider's address is not opened: {parts.refusal}",
            hint="Its authorization_endpoint must be a plain http or https address.",
            step="authorization",
        )
    return parts
