"""The application: the Textual app, its screens, slash commands and the command line."""

from __future__ import annotations

from services.version import VERSION

__version__ = VERSION
