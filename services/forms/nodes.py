"""A form's tree: one node for each place of a value, with what was entered there.

    Node
    ├── LeafNode     one field
    ├── GroupNode    an object: named properties, and further ones by name   (group_node.py)
    ├── ListNode     a list: entries that are added, removed, moved
    ├── VariantNode  one of several branches, and what that asks for
    └── AddNode      where an entry is added; of no value itself

Nodes know nothing of each other but those below them; what they are made of is grown when it is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.forms.fields import Refused, same_entry
from services.forms.structures import AddField, Kept, Nested
from services.forms.voids import ABSENT, Void

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.forms.choices import ChoiceField
    from services.forms.fields import Entry, Field
    from services.forms.structures import ListField

__all__ = (
    "AddNode",
    "LeafNode",
    "ListNode",
    "Node",
    "Path",
    "Reasons",
    "Row",
    "VariantNode",
    "restored_head",
    "void_of",
)

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
        self.is_item = False
        """Whether it is one of several that can be removed."""
        self.moves = False
        """Whether it can be moved among its neighbours."""
        self.as_json: Callable[[], Node] | None = None
        """Makes a field of JSON text in its place; None where it is one field already."""

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
        self.entry = entry
        self.touched = self.touched or bool(self.field.check(entry))
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
        return Kept(self.kept) if self.is_hidden else self.entry

    def restore(self, entry: Any) -> bool:
        if isinstance(entry, Nested):
            return False
        if isinstance(entry, Kept):
            self.kept, self.is_hidden = entry.value, True
            return True
        return super().restore(entry)


class AddNode(Node):
    """Where one more is added."""

    def __init__(self, field: Field, owner: Node) -> None:
        super().__init__(field, None)
        self.owner = owner

    def read(self, reasons: Reasons | None) -> Any:
        if reasons is not None and (reason := self.field.check(self.entry)):
            reasons[self] = reason
        return ABSENT


class ListNode(Node):
    """A list. `grow` makes the entry for a place and a value."""

    field: ListField

    def __init__(self, field: ListField, entry: Entry, grow: Callable[[int, Any], Node]) -> None:
        super().__init__(field, entry)
        self._grow = grow
        self._began: list[Node] = []
        self.items: list[Node] = []
        self.adding = AddNode(AddField(name="", label=""), self)

    def fill(self, values: list[Any]) -> None:
        """Begin with these values."""
        self.items = [self._grown(place, value) for place, value in enumerate(values)]
        self._began = list(self.items)

    def _grown(self, place: int, value: Any = ABSENT) -> Node:
        return self._as_item(self._grow(place, value))

    def _as_item(self, node: Node) -> Node:
        node.is_item = node.moves = True
        return node

    @property
    def has_room(self) -> bool:
        """Whether one more may be added."""
        most = self.field.max_items
        return most is None or len(self.items) < most

    def add(self) -> Node:
        """Add an entry at the end; where the list was left out, it is there again."""
        if self.entry is True or not self.items:
            self.items.append(self._grown(len(self.items)))
            self.items[-1].open()
        self.entry = True
        self.touched = True
        return self.items[-1]

    def remove(self, item: Node) -> Node:
        """Remove an entry; the node to go on at."""
        place = self.items.index(item)
        del self.items[place]
        self._number()
        self.touched = True
        if not self.items:
            self.entry = Void.EMPTY
            return self
        return self.items[min(place, len(self.items) - 1)]

    def move(self, item: Node, by: int) -> bool:
        """Move an entry up or down; False at the end of the list."""
        place = self.items.index(item)
        if not 0 <= place + by < len(self.items):
            return False
        self.items.insert(place + by, self.items.pop(place))
        self._number()
        self.touched = True
        return True

    def _number(self) -> None:
        for place, item in enumerate(self.items, 1):
            item.rename(str(place))

    def below(self) -> Iterator[Node]:
        return iter(self.items if self.entry is True else ())

    def rows(self, depth: int) -> Iterator[Row]:
        yield Row(self, depth)
        if self.entry is True:
            for item in self.items:
                yield from item.rows(depth + 1)
            if self.has_room:
                yield Row(self.adding, depth + 1)

    def read(self, reasons: Reasons | None) -> Any:
        if self.entry is not True:
            return void_of(self, reasons)
        found = [item.read(reasons) for item in self.items]
        return [value for value in found if value is not ABSENT]

    def find(self, path: Path) -> tuple[Node, Path]:
        if path and isinstance(path[0], int) and self.entry is True and path[0] < len(self.items):
            return self.items[path[0]].find(path[1:])
        return self, path

    @property
    def snapshot(self) -> Any:
        return Nested(self.entry, tuple((place, item.snapshot) for place, item in enumerate(self.items)))

    def restore(self, entry: Any) -> bool:
        if not isinstance(entry, Nested):
            return restored_head(self, entry)
        self.items = [
            self._as_item(self._grown(place).restored(part)) for place, (_, part) in enumerate(entry.parts)
        ]
        self.entry = entry.head
        return True

    @property
    def is_changed(self) -> bool:
        return super().is_changed or [id(one) for one in self.items] != [id(one) for one in self._began]


class VariantNode(Node):
    """One of several branches. `grow` makes what the branch of a place asks for."""

    field: ChoiceField

    def __init__(
        self, field: ChoiceField, entry: Entry, grow: Callable[[int, Node | None], Node], *, is_root: bool
    ) -> None:
        super().__init__(field, entry)
        self._grow = grow
        self._bodies: dict[int, Node] = {}
        self._last: Node | None = None
        self._is_root = is_root

    def begin(self, chosen: int, body: Node) -> None:
        """Begin with a branch, and what it holds."""
        self.entry = self.first = chosen
        self._bodies[chosen] = self._last = body

    @property
    def body(self) -> Node | None:
        """What the chosen branch asks for; what was entered for another one is carried over."""
        if not isinstance(self.entry, int) or isinstance(self.entry, bool):
            return None
        if self.entry not in self._bodies:
            self._bodies[self.entry] = self._grow(self.entry, self._last)
        self._last = self._bodies[self.entry]
        return self._last

    def open(self) -> None:
        if self.entry is None:
            self.entry = 0

    def below(self) -> Iterator[Node]:
        if self.body is not None:
            yield self.body

    def rows(self, depth: int) -> Iterator[Row]:
        yield Row(self, depth)
        if self.body is not None:
            yield from self.body.inner_rows(depth if self._is_root else depth + 1)

    def read(self, reasons: Reasons | None) -> Any:
        return void_of(self, reasons) if self.body is None else self.body.read(reasons)

    def find(self, path: Path) -> tuple[Node, Path]:
        if self.body is None:
            return self, path
        found, rest = self.body.find(path)
        return (self, rest) if found is self.body and not isinstance(found, LeafNode) else (found, rest)

    @property
    def snapshot(self) -> Any:
        body = () if self.body is None else ((0, self.body.snapshot),)
        return Nested(self.entry, body)

    def restore(self, entry: Any) -> bool:
        if not isinstance(entry, Nested):
            return restored_head(self, entry)
        self.entry = entry.head
        if self.body is not None and isinstance(self.entry, int) and entry.parts:
            self._bodies[self.entry] = self._last = self.body.restored(entry.parts[0][1])
        return True


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
