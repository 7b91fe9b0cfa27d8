"""The configuration of the home directory: where it is and what it says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from services.config.paths import config_file, home

if TYPE_CHECKING:
    from services.config.settings import Configuration

__all__ = ("check_home", "load_home")


def check_home() -> None:
    """Raise ConfigurationError when JACKFIELD_HOME names what is not there; costs next to nothing."""
    if os.environ.get("JACKFIELD_HOME"):
        home()


def load_home() -> Configuration:
    """Read `config.toml` of the home directory; an absent file is an empty configuration."""
    from services.config.file import load

    return load(config_file(home()), environ=os.environ)
