"""Where a model's calls are made: what stays the same for all turns of all conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from services.approval import Approver
    from services.connection_manager import ConnectionManager
    from services.model.allowances import Allowances

__all__ = ("Place",)


@dataclass(frozen=True, slots=True)
class Place:
    """The servers, who approves, where files go."""

    manager: ConnectionManager
    approver: Approver
    allowances: Allowances
    folder: Path
    """Where results go that are too large, and what no model reads."""
    config_file: Path | None = None
    """Where "always" is written; None: it is not offered."""
