"""The home directory, looked at before anything else is read."""

from __future__ import annotations

import os

from services.config.paths import home

__all__ = ("check_home",)


def check_home() -> None:
    """Raise ConfigurationError when JACKFIELD_HOME names what is not there; costs next to nothing."""
    if os.environ.get("JACKFIELD_HOME"):
        home()
