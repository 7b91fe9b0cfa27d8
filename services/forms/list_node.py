"""A list in a form's tree: its entries are added, removed and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.forms.nodes import AddNode, Node, Row, restored_head, void_of
from services.forms.structures import AddField, Nested
from services.forms.voids import ABSENT, Void

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.forms.fields import Entry
    from services.forms.nodes import Path, Reasons
    from services.forms.structures import ListField

__all__ = ("ListNode",)


class ListNode(Node):
    """A list. `grow` makes the entry for a place and a value."""

    field: ListField
    can_fold = True

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
        self.is_folded = False
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
        if self.entry is True and not self.is_folded:
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
        items = tuple((place, item.snapshot) for place, item in enumerate(self.items))
        return Nested(self.entry, items, self.is_folded)

    def restore(self, entry: Any) -> bool:
        if not isinstance(entry, Nested):
            return restored_head(self, entry)
        self.items = [
            self._as_item(self._grown(place).restored(part))
            for place, (_, part) in enumerate(entry.parts or ())
        ]
        self.entry, self.is_folded = entry.head, entry.is_folded
        return True

    @property
    def is_changed(self) -> bool:
        return super().is_changed or [id(one) for one in self.items] != [id(one) for one in self._began]
