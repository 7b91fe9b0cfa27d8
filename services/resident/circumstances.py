"""Which circumstances make a server another one: its settings, directory, file mask, and variables."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final

from services.placing import placed
from services.processes.environment import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.resident.messages import Opening
    from services.settings import ServerSettings

__all__ = ("Circumstances", "can_be_kept")

_NETWORK: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSLKEYLOGFILE")
_OF_THE_TERMINAL: Final = ("TERM",)
"""Passed on to programs, and no reason for one more of them: each terminal has another."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a connection depends on. Two commands share one only where nothing of it differs."""

    settings: ServerSettings
    """Ready to be started from anywhere, without what a command may choose for itself."""
    source: str
    directory: str
    variables: Mapping[str, str]
    umask: int
    """That of the files a program makes; 0 for a server that is reached by a URL."""
    logins: tuple[object, ...]

    @classmethod
    def of(cls, settings: ServerSettings, opening: Opening) -> Circumstances:
        """Those of one server of a command."""
        wanted = opening.configuration
        there = placed(settings, opening.directory)
        return cls(
            settings=replace(there, startup_timeout_sec=0.0, tool_timeout_sec=0.0),
            source=settings.source,
            directory=there.cwd or "",
            variables=dict(_variables(settings, opening.environ)),
            umask=opening.umask if settings.transport == "stdio" else 0,
            logins=(
                wanted.credentials_store,
                wanted.callback_port,
                wanted.callback_url,
                wanted.login_trouble,
            ),
        )

    def takes_the_place_of(self, other: Circumstances) -> bool:
        """Whether the other is to have ended before this one starts: both may want the same port or file."""
        return self == other or self.replaces(other)

    def replaces(self, other: Circumstances) -> bool:
        """Whether it is the same server under the same circumstances, with settings that were changed."""
        return (
            self.settings.name == other.settings.name
            and self != other
            and (
                (self.source, self.directory, self.variables, self.umask)
                == (other.source, other.directory, other.variables, other.umask)
            )
        )


def can_be_kept(settings: ServerSettings) -> bool:
    """Whether a server may be kept at all, wherever it is started from.

    Not one whose headers a program makes of whatever it finds, nor one with paths of keys that count from
    the working directory.
    """
    paths = (str(value) for key, value in settings.oauth.items() if key.endswith("_file"))
    relative = any(not os.path.isabs(path) and not path.startswith("~") for path in paths)  # noqa: PTH117
    return settings.enabled and not settings.invalid and not settings.http_headers_helper and not relative


def started(settings: ServerSettings, opening: Opening) -> ServerSettings:
    """What the server is started with."""
    return placed(settings, opening.directory)


def _variables(settings: ServerSettings, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The variables of the environment that a connection can see: those of a child, of the network, and
    whatever the settings name.
    """
    child = child_environment(settings, environ, sys.platform)
    named = set(_texts(settings))
    for name in sorted({*child, *environ}):
        value = child.get(name, environ.get(name, ""))
        seen = name in child or name in _NETWORK or name.lower().endswith("_proxy") or name in named
        if seen and name not in _OF_THE_TERMINAL:
            yield name, value


def _texts(value: Any) -> Iterator[str]:
    """Every text in the settings, however deep: some are names of variables."""
    if isinstance(value, str):
        yield value
    elif hasattr(value, "items"):
        for key, inner in value.items():
            yield str(key)
            yield from _texts(inner)
    elif isinstance(value, tuple | list | set | frozenset):
        for inner in value:
            yield from _texts(inner)
    elif hasattr(value, "__dataclass_fields__"):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
