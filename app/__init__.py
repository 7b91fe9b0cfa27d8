"""The application: the Textual app, its screens, slash commands and the command line."""

from __future__ import annotations

__version__ = "0.1.0"
