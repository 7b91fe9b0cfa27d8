"""What a person can do about a failure, as values; each floor that shows one words it its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = (
    "AnswerInput",
    "AskAgain",
    "ConfigureModel",
    "Enable",
    "GiveModelKey",
    "InstallModelPackages",
    "LengthenStart",
    "ListModels",
    "ListServers",
    "ListTools",
    "LogIn",
    "Reconnect",
    "Remedy",
    "ShortenConversation",
)


@dataclass(frozen=True, slots=True)
class LogIn:
    """Log in to a server."""

    server: str
    scopes: tuple[str, ...] = ()
    """The scopes to ask for; none: as configured and discovered."""
    unnamed: bool = False
    """Whether more scopes are needed than the login has, and the server does not say which."""


@dataclass(frozen=True, slots=True)
class Enable:
    """Enable a server that is disabled."""

    server: str


@dataclass(frozen=True, slots=True)
class Reconnect:
    """Connect a server again."""

    server: str
    automatic: bool = False
    """Whether it is connected again by itself, so that this only does it at once."""


@dataclass(frozen=True, slots=True)
class LengthenStart:
    """Give a server more time to start: `startup_timeout_sec`."""

    server: str


@dataclass(frozen=True, slots=True)
class AnswerInput:
    """Connect a server again once the input it lacks is answered: that changes no file, so nobody notices."""

    server: str


@dataclass(frozen=True, slots=True)
class ListTools:
    """Look which tools a server has."""

    server: str


@dataclass(frozen=True, slots=True)
class ListServers:
    """Look which servers there are."""


@dataclass(frozen=True, slots=True)
class InstallModelPackages:
    """Install what speaks to models: the extra `chat`."""


@dataclass(frozen=True, slots=True)
class ConfigureModel:
    """Write a `[model]` table."""


@dataclass(frozen=True, slots=True)
class ListModels:
    """Look which models there are."""


@dataclass(frozen=True, slots=True)
class GiveModelKey:
    """Give the key of a model: in a variable, or in the store of credentials."""

    model: str
    """NAME of `[models.NAME]`; empty for `[model]`."""
    variable: str = ""
    """The environment variable that is looked at; empty where none is."""


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask the model the same again, later."""


@dataclass(frozen=True, slots=True)
class ShortenConversation:
    """Make the conversation shorter: sum it up, take the last turn back, start over."""


Remedy: TypeAlias = (
    LogIn
    | Enable
    | Reconnect
    | LengthenStart
    | AnswerInput
    | ListServers
    | ListTools
    | InstallModelPackages
    | ConfigureModel
    | ListModels
    | GiveModelKey
    | AskAgain
    | ShortenConversation
)
