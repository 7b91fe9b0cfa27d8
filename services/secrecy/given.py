"""What a server's table gives it that is secret: variables, arguments, headers, the token, its URL."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from services.secrecy.names import MASK, is_secret_name
from services.secrecy.secrets import looks_secret, masked_arguments
from services.secrecy.urls import credentials_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.settings import ServerSettings

__all__ = ("given_headers", "given_secrets", "header_secret")


def given_secrets(settings: ServerSettings, environ: Mapping[str, str]) -> Iterator[str]:
    """Every secret of the table but those of its headers; values of variables that are not set are empty."""
    given = {**{name: environ.get(name, "") for name in settings.env_vars}, **settings.env}
    yield from (value.strip() for name, value in given.items() if _is_secret(name, value))
    for value in given.values():
        yield from _of_url(value)
    for plain, masked in zip(settings.args, masked_arguments(settings.args), strict=True):
        if plain != masked:
            yield _hidden(plain, masked)
    if settings.bearer_token_env_var:
        yield header_secret(environ.get(settings.bearer_token_env_var, "").strip())
    if isinstance(secret := settings.oauth.get("client_secret"), str):
        yield secret
    yield from _of_url(settings.url)


def given_headers(settings: ServerSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """The headers of the table, those from variables with their values."""
    from_variables = {name: environ.get(variable, "") for name, variable in settings.env_http_headers.items()}
    return {**settings.http_headers, **from_variables}


def header_secret(value: str) -> str:
    """The secret part of a header's value: without the name of the scheme."""
    return re.sub(r"(?i)^(?:bearer|basic|token|dpop)\s+", "", value.strip())


def _of_url(url: str) -> Iterator[str]:
    return (form for found in credentials_in(url) for form in (found, unquote_plus(found)))


def _is_secret(name: str, value: str) -> bool:
    return is_secret_name(name) or looks_secret(name, value)


def _hidden(plain: str, masked: str) -> str:
    """The part of an argument that `masked_arguments` hid."""
    before, _, after = masked.partition(MASK)
    return plain[len(before) : len(plain) - len(after)]
