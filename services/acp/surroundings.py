"""What the agent is given by whoever starts it: configurations, connections, keys, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.connection_manager import ConnectionManager
    from services.errors import JackfieldError
    from services.events import Event
    from services.model.keys import ModelKeys
    from services.settings import Configuration, ServerSettings

__all__ = ("Found", "Surroundings")


class Found(NamedTuple):
    """A configuration, and what the person should know of it, each in one line."""

    configuration: Configuration
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The home and what is made from a configuration."""

    home: Path
    config_file: Path | None
    """Where "always" is written; None: it is not offered."""
    load: Callable[[Path], Found]
    """The configuration as a directory has it. Blocking. Raises ConfigurationError."""
    manager: Callable[[Configuration, Callable[[Event], None]], ConnectionManager]
    """A manager of its servers, and who hears what happens to them."""
    keys: Callable[[Configuration], ModelKeys]
    advice: Callable[[JackfieldError], str]
    """What to do about an error, in one line; empty where nothing is."""
    warn: Callable[[str], None]
    """Says what a person should know where no session says it. May be called from any thread."""
    no_login: Callable[[ServerSettings], JackfieldError | None]
    """Why a server is one that no login can help."""
    check_page: Callable[[str], object]
    """Raises LoginFailed for an address that no browser should be given."""
