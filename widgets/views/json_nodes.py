"""A JSON value as a tree that opens level by level: only what is open has nodes.

Containers with many members open into ranges of them, so that a million keys are no more rows than a
person can look at.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.json_paths import Step

__all__ = ("MOST_OPENED", "JsonNode", "JsonRows", "rows_of")

GROUP: Final = 1_000
"""Members that open together."""
MOST_OPENED: Final = 20_000
"""Rows up to which everything is opened at once."""
_AT_FIRST: Final = 400
"""Rows up to which levels are open at first."""


class JsonNode:
    """A value at its place, or a range of the members of a large container."""

    __slots__ = ("begin", "depth", "end", "key", "open", "parent", "value")

    def __init__(
        self,
        value: Any,
        key: Step | None = None,
        parent: JsonNode | None = None,
        begin: int = 0,
        end: int = -1,
    ) -> None:
        self.value = value
        self.key = key
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.begin = begin
        self.end = end
        """Past the last member of a range; -1 for a value."""
        self.open = False

    @property
    def is_range(self) -> bool:
        return self.end >= 0

    @property
    def opens(self) -> bool:
        """Whether there is something in it."""
        return bool(self.value) and isinstance(self.value, dict | list)

    @property
    def path(self) -> tuple[Step, ...]:
        """The keys from the whole document to it; of a range those of its container."""
        steps: list[Step] = []
        node: JsonNode | None = self
        while node is not None:
            if node.key is not None:
                steps.append(node.key)
            node = node.parent
        return tuple(reversed(steps))

    def children(self) -> Iterator[JsonNode]:
        """What it opens into."""
        begin, end = (self.begin, self.end) if self.is_range else (0, len(self.value))
        size = GROUP
        while (end - begin) > size * GROUP:
            size *= GROUP
        if end - begin > GROUP:
            for start in range(begin, end, size):
                yield JsonNode(self.value, None, self, start, min(start + size, end))
        elif isinstance(self.value, dict):
            for key, item in islice(self.value.items(), begin, end):
                yield JsonNode(item, key, self)
        else:
            for place in range(begin, end):
                yield JsonNode(self.value[place], place, self)


class JsonRows:
    """The nodes that are in view when nothing is scrolled away: those whose parents are all open."""

    def __init__(self, value: Any) -> None:
        self.root = JsonNode(value)
        self.nodes: list[JsonNode] = [self.root]
        self._open_first()

    def __len__(self) -> int:
        return len(self.nodes)

    def toggle(self, row: int) -> bool:
        """Open or close a row; whether anything changed."""
        node = self.nodes[row]
        if node.open:
            del self.nodes[row + 1 : self.end_of(row)]
            node.open = False
        elif node.opens:
            self.nodes[row + 1 : row + 1] = node.children()
            node.open = True
        else:
            return False
        return True

    def end_of(self, row: int) -> int:
        """Past the last row that belongs to a row."""
        depth, end = self.nodes[row].depth, row + 1
        while end < len(self.nodes) and self.nodes[end].depth > depth:
            end += 1
        return end

    def parent_of(self, row: int) -> int:
        """The row of the container; the row itself at the top."""
        depth = self.nodes[row].depth
        return next((at for at in range(row - 1, -1, -1) if self.nodes[at].depth < depth), row)

    def open_all(self, row: int) -> bool:
        """Open a row and all below it; False where that was more than `MOST_OPENED` and some stay closed."""
        end = self.end_of(row)
        opened, complete = _opened([self.nodes[row]], MOST_OPENED)
        self.nodes[row:end] = opened
        return complete

    def close_all(self) -> None:
        """Close everything below the top."""
        self.root.open = False
        self.nodes = [self.root]
        self.toggle(0)

    def reveal(self, path: Sequence[Step]) -> int:
        """Open what leads to a place; its row, or that of the last step that is there."""
        row = 0
        for step in path:
            found = self._step(row, step)
            if found is None:
                break
            row = found
        return row

    def _step(self, row: int, step: Step, place: int | None = None) -> int | None:
        """The row of a member, its place among the others known or not; None where there is none."""
        node = self.nodes[row]
        if not node.open and not self.toggle(row):
            return None
        at = row + 1
        place = step if isinstance(step, int) else place
        while at < len(self.nodes) and self.nodes[at].depth == node.depth + 1:
            child = self.nodes[at]
            if child.is_range:
                if place is None:
                    place = tuple(child.value).index(step) if step in child.value else -1
                if child.begin <= place < child.end:
                    return self._step(at, step, place)
            elif child.key == step:
                return at
            at = self.end_of(at) if child.open else at + 1
        return None

    def _open_first(self) -> None:
        """Open level by level while all of it stays few rows."""
        level = [self.root]
        while level:
            inside = [node for node in level if node.opens]
            more = sum(min(len(node.value), GROUP) for node in inside)
            if not inside or (len(self.nodes) > 1 and len(self.nodes) + more > _AT_FIRST):
                return
            for node in inside:
                node.open = False
            chosen = set(map(id, inside))
            level = []
            nodes: list[JsonNode] = []
            for node in self.nodes:
                nodes.append(node)
                if id(node) in chosen:
                    node.open = True
                    children = list(node.children())
                    nodes += children
                    level += children
            self.nodes = nodes


def _opened(nodes: list[JsonNode], most: int) -> tuple[list[JsonNode], bool]:
    """These nodes with everything below them, in order."""
    rows: list[JsonNode] = []
    waiting = nodes[::-1]
    complete = True
    while waiting:
        node = waiting.pop()
        rows.append(node)
        node.open = node.opens and len(rows) + len(waiting) < most
        complete = complete and (node.open or not node.opens)
        if node.open:
            waiting += list(node.children())[::-1]
    return rows, complete


def rows_of(value: Any) -> Sequence[dict[str, Any]] | None:
    """The objects of an array that reads as a table; None for any other value."""
    if not isinstance(value, list) or not value:
        return None
    looked = value if len(value) <= GROUP else value[:GROUP]
    return value if all(isinstance(row, dict) and row for row in looked) else None
