"""An object in a form's tree: named properties, further ones by name, and what depends on their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.forms.fields import same_entry
from services.forms.nodes import AddNode, LeafNode, Node, Row, restored_head, void_of
from services.forms.structures import GroupField, Kept, Nested, NewNameField, OtherNameField
from services.forms.voids import ABSENT
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.forms.nodes import Path, Reasons
    from services.forms.property_source import PropertySource
    from services.schemas.place import Parts, Place

__all__ = ("GroupNode", "Pool")

_MOST_ROUNDS = 5
"""How often a condition may bring another one."""

Pool = dict[tuple[Any, ...], Node]
"""Nodes of properties that are or were in sight, by name and schemas: what was entered comes back."""


class GroupNode(Node):
    """An object. Its properties are grown once it is there."""

    field: GroupField
    can_fold = True

    def __init__(
        self,
        field: GroupField,
        place: Place,
        source: PropertySource,
        value: Mapping[str, Any] | None,
        *,
        whole: bool,
    ) -> None:
        """Where the value is the `whole`, properties that it does not have are left out."""
        super().__init__(field, None if value is None else True)
        self._base = self.place = place
        self._source = source
        self._value: Mapping[str, Any] = value or {}
        self._is_given = whole
        self._pool: Pool = {}
        self._applied: tuple[int, ...] = ()
        self._is_grown = False
        self.children: dict[str, Node] = {}
        self.further: dict[str, Node] = {}
        """Properties beside the named ones, added by the person or given before."""
        self.extras: dict[str, Any] = {}
        """What was given before and has no field."""
        new = NewNameField(name="", label="", placeholder="+ name of a new entry", refusal=self.refusal)
        self.adding = AddNode(new, self)
        self._renaming: tuple[Node, AddNode] | None = None
        """The further property that gets another name, and where that is entered."""

    def open(self) -> None:
        self.entry = True
        self.is_folded = False
        self.grow()

    def grow(self) -> None:
        """Have the nodes of the properties; once."""
        if self._is_grown:
            return
        self._is_grown = True
        for name, part in self._value.items():
            if name not in self.place.properties and self.place.is_open:
                self._add_further(name, part)
        self._follow()
        self._follow_conditions()
        known = self.children.keys() | self.further.keys()
        self.extras = {name: value for name, value in self._value.items() if name not in known}

    def hold(self, children: dict[str, Node], extras: dict[str, Any]) -> None:
        """Be made of these."""
        self._is_grown = True
        self.children, self.extras = children, extras

    def adopt(self, other: Node | None) -> None:
        """Take over what was entered for another branch, where it is an answer here too."""
        if not isinstance(other, GroupNode):
            return
        other.grow()
        self._pool.update(other._pool)
        self.entry = True
        self.grow()
        for name, node in other.children.items():
            mine = self.children.get(name)
            if isinstance(mine, LeafNode) and isinstance(node, LeafNode):
                if mine is not node:
                    mine.continue_with(node)
            elif mine is not None and (name in other._value or node.is_changed):
                self._continue_with(name, node.read(None))
        more = {name: node.read(None) for name, node in other.further.items()}
        for name, value in (*more.items(), *other.extras.items()):
            self._continue_with(name, value)

    def _continue_with(self, name: str, value: Any) -> None:
        """Take over a property's value, where it is an answer and nothing was entered here."""
        if value is ABSENT:
            return
        if name in self.children:
            mine, parts = self.children[name], self.place.properties[name]
            node = self._source.property_node(name, parts, mine.field.required, value, self._is_given)
            if mine.is_changed or _is_wrong(node):
                return
            self._put(self.children, name, node)
        elif self.place.is_open:
            if name not in self.further and _is_wrong(self._add_further(name, value)):
                del self.further[name]
                return
        elif self.place.further is False:
            return
        else:
            self.extras[name] = value
        self._value = {**self._value, name: value}

    def refusal(self, name: str) -> str:
        """Why no further property may have this name; empty when one may."""
        if not name:
            return "required"
        if name in self.children or name in self.further or name in self.extras:
            return "there is one of this name"
        return self._source.refused_name(self.place, name)

    def begin_renaming(self, node: Node) -> AddNode:
        """Have a field for another name of a further property; a second time, no more."""
        name = next(name for name, one in self.further.items() if one is node)
        field = OtherNameField(name="", label="new name", initial=name, required=True, refusal=self.refusal)
        self._renaming = (node, AddNode(field, self))
        return self._renaming[1]

    def end_renaming(self, name: str) -> Node | None:
        """Give the property this name, or leave it its own; the node to go on at, None for no such name."""
        if self._renaming is None:
            return None
        node, _ = self._renaming
        before = next((known for known, one in self.further.items() if one is node), name)
        if name != before and self.refusal(name):
            return None
        self._renaming = None
        return node if name == before else self._rename(before, name)

    def _rename(self, before: str, name: str) -> Node:
        node, parts = self.further[before], self.place.parts_of(name)
        if [*map(id, parts)] != [*map(id, self.place.parts_of(before))]:
            other = self._grown_from(node, name, parts)
            other.is_item, other.touched = True, node.touched or other.touched
            node = other
        elif node.field.label == one_line(before, 80):
            node.rename(one_line(name, 80))
        self.touched = True
        self.further = {
            name if key == before else key: node if key == before else one
            for key, one in self.further.items()
        }
        return node

    def _grown_from(self, node: Node, name: str, parts: Parts) -> Node:
        """A property of another name with what was entered: as an answer there, else as the value it was."""
        if isinstance(node, LeafNode):
            empty = self._source.property_node(name, parts, True, ABSENT, self._is_given)
            if isinstance(empty, LeafNode):
                empty.continue_with(node)
                if empty.entry is not None:
                    return empty
        return self._source.property_node(name, parts, True, node.read(None), self._is_given)

    def _follow(self) -> bool:
        """Have a node for each property that the place names now; whether anything is new."""
        before = list(self.children.values())
        required = self.place.required
        changed, found = False, {}
        for name, parts in self.place.properties.items():
            node = self._node(name, parts, name in required)
            changed |= node.require(name in required)
            found[name] = node
        self.children = found
        return changed or list(found.values()) != before

    def _node(self, name: str, parts: Parts, required: bool) -> Node:
        key = (name, *map(id, parts))
        if key not in self._pool or name in self.further:
            value = self._value.get(name, ABSENT)
            if name in self.further:  # what was any other name has become a property of its own
                value = self.further.pop(name).read(None)
            elif name in self.children and self.children[name].is_changed:
                value = self.children[name].read(None)
            self._pool[key] = self._source.property_node(name, parts, required, value, self._is_given)
        return self._pool[key]

    def _add_further(self, name: str, value: Any = ABSENT) -> Node:
        node = self._source.property_node(name, self.place.parts_of(name), True, value, self._is_given)
        node.is_item = True
        self.further[name] = node
        return node

    def add(self, name: str) -> Node | None:
        """Add a property; None where there is one of that name, or none is allowed to be."""
        if self.refusal(name):
            return None
        self.touched = True
        node = self._add_further(name)
        node.open()
        return node

    def remove(self, item: Node) -> Node:
        """Remove a further property; the node to go on at."""
        nodes = list(self.further.values())
        place = nodes.index(item)
        del nodes[place]
        self.further = {name: node for name, node in self.further.items() if node is not item}
        self.touched = True
        return nodes[min(place, len(nodes) - 1)] if nodes else self.adding

    # What depends on the value.

    def settle(self) -> bool:
        if self.entry is True and not self._is_grown:
            self.grow()
        changed = super().settle()
        return self._follow_conditions() or changed

    def _follow_conditions(self) -> bool:
        changed = False
        for _ in range(_MOST_ROUNDS if self._base.conditions and self.entry is True else 0):
            more = self._source.applied(self.place.conditions, self.read(None))
            key = tuple(map(id, more))
            if key == self._applied:
                break
            self._applied = key
            self.place = self._source.with_more(self._base, more)
            changed |= self._follow()
        return changed

    # What a node is asked.

    def below(self) -> Iterator[Node]:
        if self.entry is True:
            yield from self.children.values()
            yield from self.further.values()

    def rows(self, depth: int) -> Iterator[Row]:
        yield Row(self, depth)
        if not self.is_folded:
            yield from self.inner_rows(depth + 1)

    def inner_rows(self, depth: int) -> Iterator[Row]:
        if self.entry is not True:
            return
        self.grow()
        for node in self.below():
            if self._renaming is not None and node is self._renaming[0]:
                yield Row(self._renaming[1], depth)
            yield from node.rows(depth)
        if self.place.is_open:
            yield Row(self.adding, depth)

    def read(self, reasons: Reasons | None) -> Any:
        if self.entry is not True:
            return void_of(self, reasons)
        self.grow()
        found = {name: value for name, value in self.extras.items() if name not in self.children}
        for name, node in (*self.children.items(), *self.further.items()):
            value = node.read(reasons)
            if value is not ABSENT:
                found[name] = value
        if self.place.is_open:
            self.adding.read(reasons)
        if self._renaming is not None and self._renaming[0] in self.further.values():
            self._renaming[1].read(reasons)
        return found

    def find(self, path: Path) -> tuple[Node, Path]:
        if path and self.entry is True:
            node = self.children.get(str(path[0])) or self.further.get(str(path[0]))
            if node is not None:
                return node.find(path[1:])
        return self, path

    @property
    def snapshot(self) -> Any:
        if not self._is_grown:
            return Nested(self.entry, None, self.is_folded)
        parts = {name: node.snapshot for name, node in (*self.children.items(), *self.further.items())}
        kept = {name: Kept(value) for name, value in self.extras.items()}
        return Nested(self.entry, tuple((kept | parts).items()), self.is_folded)

    def restore(self, entry: Any) -> bool:
        if not isinstance(entry, Nested):
            return restored_head(self, entry)
        self.entry, self.is_folded = entry.head, entry.is_folded
        if entry.parts is None:
            return True
        self.grow()
        for _ in range(_MOST_ROUNDS):
            self._restore_parts(dict(entry.parts))
            if not self._follow_conditions():
                break
        return True

    def _restore_parts(self, parts: Mapping[str | int, Any]) -> None:
        for name, part in parts.items():
            if name in self.children:
                self._replace(self.children, str(name), part)
            elif isinstance(part, Kept) and not self.place.is_open:
                self.extras[str(name)] = part.value
            elif self.place.is_open:
                if name not in self.further:
                    self._add_further(str(name))
                self._replace(self.further, str(name), part)
        # What was removed is not among them, and the rest has its order.
        self.further = {name: self.further[name] for name in map(str, parts) if name in self.further}

    def _replace(self, nodes: dict[str, Node], name: str, entry: Any) -> None:
        self._put(nodes, name, nodes[name].restored(entry))

    def _put(self, nodes: dict[str, Node], name: str, other: Node) -> None:
        node = nodes[name]
        nodes[name] = other
        other.is_item = node.is_item
        for key in [key for key, one in self._pool.items() if one is node]:
            self._pool[key] = other

    @property
    def is_changed(self) -> bool:
        if not self._is_grown:
            return not same_entry(self.field, self.entry, self.first)
        given = {name for name in self._value if name not in self.place.properties and self.place.is_open}
        return super().is_changed or self.further.keys() != given


def _is_wrong(node: Node) -> bool:
    reasons: Reasons = {}
    node.read(reasons)
    return bool(reasons)
