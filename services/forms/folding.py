"""What a folded group, list or choice says of the fields in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.forms.nodes import LeafNode
from services.forms.voids import Void

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.forms.nodes import Node, Reasons

__all__ = ("Tally", "all_nodes", "tally")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the fields below a node are what."""

    filled: int
    missing: int
    """Required and not filled in yet, which nobody has been told is wrong."""
    wrong: int

    def told(self, entries: int | None = None) -> str:
        """In a few words, but for what is wrong: `3 filled · 2 missing`; a list says its entries."""
        counted = f"{self.filled} filled"
        if entries is not None:
            counted = "1 entry" if entries == 1 else f"{entries} entries"
        return counted + (f" · {self.missing} missing" if self.missing else "")


def tally(node: Node) -> Tally:
    """Count the fields below a node."""
    reasons: Reasons = {}
    node.read(reasons)
    inner = [one for one in all_nodes(node) if one is not node]
    filled = sum(1 for one in inner if isinstance(one, LeafNode) and _is_filled(one))
    refused = {one for one in inner if one.why_refused}
    missing = {one for one in reasons if one not in refused and not one.touched and _is_gap(one)}
    return Tally(filled, len(missing), len((reasons.keys() | refused) - missing - {node}))


def all_nodes(node: Node) -> Iterator[Node]:
    """A node, and all that are below it and in use."""
    yield node
    for one in node.below():
        yield from all_nodes(one)


def _is_filled(node: LeafNode) -> bool:
    return not node.is_hidden and not _is_gap(node)


def _is_gap(node: Node) -> bool:
    return not isinstance(node.entry, Void) and node.field.is_empty(node.entry)
