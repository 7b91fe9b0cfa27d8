"""Where the state is kept: `redis://HOST:PORT/N`, whose password is never shown."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from services.config.expand import expand
from services.errors import ConfigurationError, MissingVariable
from services.secrecy.urls import masked_url
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("shown_address", "state_address")

_SCHEMES: Final = ("redis", "rediss")
_DATABASE: Final = re.compile(r"/?[0-9]{0,9}")
_OPTIONS: Final = re.compile(r"(ssl_ca_certs=[^&]+)?")
_HINT: Final = "It is redis://HOST:PORT/N, or rediss:// over TLS; in a password / is %2F, and @ is %40."


def state_address(written: str, environ: Mapping[str, str]) -> str:
    """The address that a person wrote, with its `${VAR}`.

    Raises ConfigurationError for one that cannot be used, and where the client is not installed.
    """
    try:
        address = expand(written, environ)
    except MissingVariable as error:
        raise ConfigurationError(f"{error.message}, needed by gateway.state", hint=error.hint) from None
    if not _is_usable(address):
        raise ConfigurationError("the address of the state cannot be used", hint=_HINT)
    if find_spec("redis") is None:
        raise ConfigurationError(
            "what speaks to the state's server is not installed",
            hint="Install it with: pip install 'jackfield[scale]'",
        )
    return address


def shown_address(address: str) -> str:
    """The address without its password, for people."""
    return one_line(masked_url(address), 200)


def _is_usable(address: str) -> bool:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in _SCHEMES
        and bool(parts.hostname)
        and port != 0
        and bool(_DATABASE.fullmatch(parts.path))
        and bool(_OPTIONS.fullmatch(parts.query))
        and not parts.fragment
        and address.isprintable()
        and " " not in address
    )
