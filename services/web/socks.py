"""The handshake with a SOCKS5 proxy (RFC 1928, RFC 1929), watched: what fails in it is the proxy's fault."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, TypeVar

import anyio
import httpcore2

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

__all__ = ("SCHEMES", "Handshake", "can_speak")

SCHEMES: Final = ("socks5", "socks5h")
"""The proxy finds the address of a host's name with either."""

_PATIENCE: Final = 20.0
"""Seconds a proxy has for its handshake, in which it connects; less than a server has for its start."""
_STEP: Final = "socks.setup_socks5_connection"
_SILENT: Final = "has not answered in time"
_ANOTHER: Final = "does not answer as a SOCKS5 proxy"
_COULD_NOT: Final = "Proxy Server could not connect: "
_WORDS: Final = {
    "Invalid username/password": "does not accept the name and password",
    "Requested NO AUTHENTICATION REQUIRED": "wants a name and a password",
    "Requested USERNAME/PASSWORD": "does not take a name and a password",
    f"{_COULD_NOT}Connection not allowed by ruleset": "does not allow connections to {host}",
}
"""How the library begins what it says, and how it is said here; it has no codes."""


def can_speak() -> bool:
    """Whether the package is there with which httpx2 speaks SOCKS."""
    return find_spec("socksio") is not None


class Handshake:
    """What httpcore2 tells of one connection (its extension `trace`) until the proxy has let it through."""

    def __init__(self, host: str, fault: Callable[[str], Exception]) -> None:
        """`fault` makes the error that is raised of what the proxy does, such as `has not answered`."""
        self._host = host
        self._fault = fault
        self._stream: Any = None
        self._scope = anyio.CancelScope()
        self.is_through = False
        """Whether what fails from here on is the server's."""

    async def note(self, step: str, facts: dict[str, Any]) -> None:
        """Hear of a step; raises what `fault` makes of one that failed."""
        match step.removeprefix(_STEP), facts:
            case "socks.connect_tcp.complete", {"return_value": stream}:
                self._stream = stream
            case ".started", _:
                self._scope.deadline = anyio.current_time() + _PATIENCE
            case ".complete", _:
                self._scope.deadline, self.is_through = math.inf, True
            case ".failed", {"exception": error}:
                self._scope.deadline = math.inf
                with anyio.CancelScope(shield=True):
                    await self._stream.aclose()  # nobody else knows of it
                if isinstance(error, Exception):
                    raise self._fault(self._said(error)) from error
            case _:
                pass

    async def watched(self, request: Awaitable[T]) -> T:
        """What a request comes to, which is ended where the proxy leaves its handshake unanswered."""
        with self._scope:
            return await request
        raise self._fault(_SILENT)

    def _said(self, error: Exception) -> str:
        if isinstance(error, httpcore2.TimeoutException):
            return _SILENT
        if not isinstance(error, httpcore2.ProxyError):
            return _ANOTHER
        said = one_line(str(error), 200).rstrip(".")
        for beginning, words in _WORDS.items():
            if said.startswith(beginning):
                return words.format(host=self._host)
        if said.startswith(_COULD_NOT):
            why = said.removeprefix(_COULD_NOT)
            return f"cannot connect to {self._host}: {why[:1].lower()}{why[1:]}"
        return f"refused {self._host}: {said}"
