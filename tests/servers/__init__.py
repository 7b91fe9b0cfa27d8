"""Small stdio MCP servers that misbehave on demand, for other tests to connect to."""

from __future__ import annotations

from pathlib import Path

__all__ = ("QUICK",)

QUICK = Path(__file__).with_name("quick.py")
"""Start it with `sys.executable`; `--help` says what it can do."""
