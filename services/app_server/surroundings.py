"""What the machine interface is given by whoever starts it: configuration, connections, keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from services.connection_manager import ConnectionManager
    from services.errors import JackfieldError
    from services.events import Event
    from services.model.keys import ModelKeys
    from services.settings import Configuration, ServerSettings

__all__ = ("Lends", "Surroundings")


@dataclass(frozen=True, slots=True)
class Lends:
    """What the driver answers servers beside forms and pages."""

    sampling: bool = False
    roots: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The home and what is made from a configuration."""

    home: Path
    load: Callable[[], Configuration]
    """The configuration as it is now. Blocking. Raises ConfigurationError."""
    manager: Callable[
        [Configuration, Callable[[Event], None], Callable[[str], None], Lends], ConnectionManager
    ]
    """A manager of its servers; what it tells, what it warns of, and what servers are told they may ask."""
    keys: Callable[[Configuration], ModelKeys]
    no_login: Callable[[ServerSettings], JackfieldError | None]
    """Why a server is one that no login can help."""
    check_page: Callable[[str], object]
    """Raises LoginFailed for an address that no browser should be given."""
