"""A choice of branches in a form's tree, and what the chosen one asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.forms.nodes import LeafNode, Node, Row, restored_head, void_of
from services.forms.structures import Nested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from services.forms.choices import ChoiceField
    from services.forms.fields import Entry
    from services.forms.nodes import Path, Reasons

__all__ = ("VariantNode",)


class VariantNode(Node):
    """One of several branches. `grow` makes what the branch of a place asks for."""

    field: ChoiceField
    can_fold = True

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
        if self.body is not None and not self.is_folded:
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
        return Nested(self.entry, body, self.is_folded)

    def restore(self, entry: Any) -> bool:
        if not isinstance(entry, Nested):
            return restored_head(self, entry)
        self.entry, self.is_folded = entry.head, entry.is_folded
        if self.body is not None and isinstance(self.entry, int) and entry.parts:
            self._bodies[self.entry] = self._last = self.body.restored(entry.parts[0][1])
        return True
