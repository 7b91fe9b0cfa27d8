"""What is to be seen of a node, whether its row is there or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from services.forms.folding import tally
from services.forms.structures import GroupField, HeadField
from services.forms.voids import Void

if TYPE_CHECKING:
    from services.forms.fields import Entry
    from services.forms.nodes import Node

__all__ = ("is_wanting", "label_of", "note_of", "takes_keys")

_INDENT = 2
_DEEPEST = 6


def takes_keys(node: Node) -> bool:
    """Whether there is something to do; a group that is always there has only its fields, until folded."""
    return not node.field.read_only and not (
        isinstance(node.field, GroupField)
        and node.entry is True
        and not node.is_folded
        and not node.is_item
        and not node.field.voids
    )


def note_of(node: Node) -> str:
    """What a folded choice says in the place of what it is for; heads say it themselves."""
    if not node.is_folded or isinstance(node.field, HeadField):
        return ""
    found = tally(node)
    return f"▸ {found.told()}" + (f" · {found.wrong} wrong" if found.wrong else "")


def is_wanting(node: Node, entry: Entry) -> bool:
    """Whether it is required, and nothing is entered that could be sent."""
    is_gap = isinstance(entry, Void) or node.field.is_empty(entry)
    return node.field.required and takes_keys(node) and is_gap and bool(node.field.check(entry))


def label_of(node: Node, depth: int) -> Content:
    """What it is called, set in, and whether it is required."""
    is_marked = node.field.required and not node.is_item
    indent = " " * (min(depth, _DEEPEST) * _INDENT)
    return Content.assemble(indent, node.field.label, (" *", "$text-accent") if is_marked else "")
