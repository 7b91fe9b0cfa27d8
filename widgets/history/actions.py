"""What can be asked for a cell, and of which kinds of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from widgets.history.cells import CALLS, MarkdownPart

if TYPE_CHECKING:
    from widgets.history.cells import Cell

__all__ = ("Action", "applies")

Action = Literal[
    "open",
    "view",
    "copy",
    "copy_cell",
    "save",
    "open_outside",
    "call_again",
    "send_again",
    "raw",
    "plain",
    "copy_command",
    "compare",
    "keep",
    "cancel",
]

_READ = frozenset({"resource", "prompt"})
_BROUGHT = frozenset({"done", "failed", "text", "answer"}) | _READ
_KINDS: dict[str, frozenset[str]] = {
    "save": _BROUGHT,
    "open_outside": _BROUGHT,
    "compare": _BROUGHT | {"error", "notice"},
    "view": _BROUGHT,
    "plain": _BROUGHT,
    "call_again": CALLS | _READ | {"entry"},
    "send_again": CALLS | _READ | {"entry"},
    "raw": frozenset({"done", "failed"}) | _READ,
    "copy_command": CALLS | _READ,
    "keep": frozenset({"done", "failed"}),
    "cancel": frozenset({"running"}),
}


def applies(action: str, cell: Cell | None) -> bool:
    """Whether an action makes sense for a cell; one that is not restricted does for every cell."""
    if cell is None or cell.kind not in _KINDS.get(action, {cell.kind}):
        return False
    return action != "plain" or any(isinstance(part, MarkdownPart) for part in cell.parts)
