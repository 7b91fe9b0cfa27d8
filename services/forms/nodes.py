"""A form's tree: one node for each place of a value, with what was entered there.

    Node
    ├── LeafNode     one field
    ├── GroupNode    an object: named properties, and further ones by name   (group_node.py)
    ├── ListNode     a list: entries that are added, removed, moved          (list_node.py)
    ├── VariantNode  one of several branches, and what that asks for         (variant_node.py)
    └── AddNode      where an entry is added; of no value itself

Nodes know nothing of each other but those below them; what they are made of is grown when it is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.forms.fields import Refused, same_entry
from services.forms.structures import JsonText, Kept, Nested
from services.forms.voids import ABSENT, Void

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.forms.fields import Entry, Field

__all__ = ("AddNode", "LeafNode", "Node", "Path", "Reasons", "Row", "restored_head", "void_of")

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A node in sight, and how far it is set in."""

    node: Node
    depth: int


class Node:
    """One place of a value."""

    def __init__(self, field: Field, entry: Entry) -> None:
        self.field = field
        self.entry = self.first = entry
        self.touched = False
        """Whether the person has been at it, or it began with a value that may be wrong."""
        self.why_refused = ""
        """Why the whole was refused for it, until something else is entered."""
        self.is_folded = False
        """Whether what is below it is out of sight."""
        self.is_item = False
        """Whether it is one of several that can be removed."""
        self.moves = False
        """Whether it can be moved among its neighbours."""
        self.as_json: Callable[[], Node] | None = None
        """Makes a field of JSON text in its place; None where it is one already."""

    can_fold = False
    """Whether what is below it can be out of sight."""

    def rows(self, depth: int) -> Iterator[Row]:
        """The rows that show the node, and what is below it."""
        yield Row(self, depth)

    def inner_rows(self, depth: int) -> Iterator[Row]:
        """The rows without that of a head that is shown already."""
        return self.rows(depth)

    def below(self) -> Iterator[Node]:
        """The nodes below it that are in use."""
        return iter(())

    def read(self, reasons: Reasons | None) -> Any:
        """The value, or `ABSENT`; why there is none goes into the reasons.

        Without those the value is as it was entered, whether it is an answer or not.
        """
        raise NotImplementedError

    def find(self, path: Path) -> tuple[Node, Path]:
        """The node that shows a place, and the way on from there."""
        return self, path

    def settle(self) -> bool:
        """Follow what depends on the value; whether that changed anything."""
        changed = False
        for node in self.below():
            changed |= node.settle()
        return changed

    @property
    def snapshot(self) -> Any:
        """What was entered, to go on with it later."""
        return self.entry

    def restore(self, entry: Any) -> bool:
        """Go on with what was entered; False where that was entered into something else."""
        entered = not same_entry(self.field, self.entry, entry)
        self.entry = entry
        self.touched = self.touched or (entered and bool(self.field.check(entry)))
        return True

    def restored(self, entry: Any) -> Node:
        """The node that goes on with what was entered: itself, or a field of JSON text in its place."""
        if self.restore(entry) or self.as_json is None:
            return self
        other = self.as_json()
        other.restore(entry)
        return other

    @property
    def is_changed(self) -> bool:
        """Whether anything is entered but what the node began with."""
        return not same_entry(self.field, self.entry, self.first) or any(n.is_changed for n in self.below())

    def open(self) -> None:
        """Be there, where somebody asked for it."""

    def rename(self, label: str) -> None:
        """Be called otherwise: the place in a list changed."""
        self.field = replace(self.field, label=label)

    def require(self, required: bool) -> bool:
        """Be required or not; whether that is new."""
        if self.field.required is required:
            return False
        self.field = replace(self.field, required=required)
        return True


Reasons = dict[Node, str]


class LeafNode(Node):
    """One field. `kept` is the value it began with, sent as it was where nothing was changed."""

    def __init__(self, field: Field, entry: Entry, kept: Any = ABSENT, *, trusted: bool = False) -> None:
        super().__init__(field, entry)
        self.kept = kept
        self.is_hidden = kept is not ABSENT and kept is not None and entry is None
        self._trusted = trusted
        self.is_instead = False
        """Whether it is JSON text in place of a field that cannot hold its value."""

    def rows(self, depth: int) -> Iterator[Row]:
        return iter(()) if self.is_hidden else super().rows(depth)

    def read(self, reasons: Reasons | None) -> Any:
        unchanged = self.kept is not ABSENT and same_entry(self.field, self.entry, self.first)
        if unchanged and (self._trusted or self.is_hidden):
            return self.kept
        try:
            value = self.field.read(self.entry)
        except Refused as refused:
            return self._refused(str(refused), reasons)
        is_meant = unchanged and (value is None or self.field.editable(self.kept) is not None)
        return self.kept if is_meant else value

    def _refused(self, reason: str, reasons: Reasons | None) -> Any:
        if reasons is not None:
            reasons[self] = reason
        elif self.kept is not ABSENT and same_entry(self.field, self.entry, self.first):
            return self.kept
        elif not isinstance(self.entry, Void) and not self.field.is_empty(self.entry):
            return self.field.meant(self.entry)
        return ABSENT

    def continue_with(self, other: LeafNode) -> None:
        """Take over what was entered in another field, where it is an answer and nothing was here."""
        value = other.read(None)
        if self.entry is None and value is not ABSENT and not self.field.check(other.entry):
            self.entry = other.entry if type(self.field) is type(other.field) else self.field.entry_for(value)

    @property
    def snapshot(self) -> Any:
        if self.is_instead:
            return JsonText(self.entry)
        if self.is_hidden:
            return Kept(self.kept)
        return self.entry if self._says_all else Kept(self.kept, self.entry)

    @property
    def _says_all(self) -> bool:
        """Whether the entry alone leads to what is sent; of a choice made twice it does not."""
        if self.kept is ABSENT or not same_entry(self.field, self.entry, self.first):
            return True
        try:
            value = self.field.read(self.entry)
        except Refused:
            return True
        return bool(value == self.read(None))

    def restore(self, entry: Any) -> bool:
        if isinstance(entry, JsonText) and self.is_instead:
            return super().restore(entry.entry)
        if isinstance(entry, Nested | JsonText):
            return False
        if isinstance(entry, Kept):
            self.kept, self.entry, self.first = entry.value, entry.entry, entry.entry
            self.is_hidden = entry.entry is None
            return True
        return super().restore(entry)


class AddNode(Node):
    """Where one more is added, or one of them is given another name."""

    def __init__(self, field: Field, owner: Node) -> None:
        super().__init__(field, field.initial)
        self.owner = owner

    def read(self, reasons: Reasons | None) -> Any:
        if reasons is not None and (reason := self.field.check(self.entry)):
            reasons[self] = reason
        return ABSENT


def void_of(node: Node, reasons: Reasons | None) -> Any:
    """The value of something made of other fields that is not there: left out, empty, null."""
    try:
        value = node.field.read(node.entry)
    except Refused as refused:
        if reasons is not None:
            reasons[node] = str(refused)
        return ABSENT
    return [] if value == () else value


def restored_head(node: Node, entry: Any) -> bool:
    """Go on with a head that was left out or sent as nothing; False for any other entry."""
    if entry is not None and not isinstance(entry, Void):
        return False
    node.entry = entry
    return True
