"""Where things stand in the project."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ("ROOT", "SERVERS")

ROOT: Final = Path(__file__).parents[2]
SERVERS: Final = ROOT / "tests" / "servers"
