"""What can be asked for a cell, and of which kinds of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from widgets.history.cells import CALLS

if TYPE_CHECKING:
    from widgets.history.cells import Cell

__all__ = ("Action", "applies")

Action = Literal["open", "view", "copy", "save", "call_again", "raw", "copy_command", "keep", "cancel"]

_READ = frozenset({"resource", "prompt"})
_KINDS: dict[str, frozenset[str]] = {
    "save": frozenset({"done", "failed", "text", "answer"}) | _READ,
    "call_again": CALLS | _READ | {"entry"},
    "raw": frozenset({"done", "failed"}) | _READ,
    "copy_command": CALLS | _READ,
    "keep": frozenset({"done", "failed"}),
    "cancel": frozenset({"running"}),
}


def applies(action: str, cell: Cell | None) -> bool:
    """Whether an action makes sense for a cell; one that is not restricted does for every cell."""
    return cell is not None and cell.kind in _KINDS.get(action, {cell.kind})
