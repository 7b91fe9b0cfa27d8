"""Where a model's calls are made: what stays the same for all turns of all conversations."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from services.approval import Approver
    from services.connection_manager import ConnectionManager
    from services.model.allowances import Allowances

    Edit = Callable[[str, Callable[[], None]], Awaitable[None]]
    """Does what changes the table of a server in the file, which blocks."""

__all__ = ("Place",)


async def _in_a_thread(_server: str, change: Callable[[], None]) -> None:
    await asyncio.to_thread(change)


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
    edit: Edit = _in_a_thread
    """How it is written: whoever lives by the file lives by the change when this is over."""
