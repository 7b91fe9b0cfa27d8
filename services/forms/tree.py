"""A form as a tree of values: what is in sight of it, what is entered, what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.forms.fields import same_entry
from services.forms.folding import all_nodes
from services.forms.form import WHOLE_FORM
from services.forms.group_node import GroupNode
from services.forms.growing import Grower
from services.forms.json_field import path_text
from services.forms.list_node import ListNode
from services.forms.nodes import AddNode, LeafNode, Node
from services.forms.structures import Kept, Nested
from services.forms.variant_node import VariantNode
from services.forms.voids import ABSENT
from services.schemas.checker import SchemaCheck
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from services.forms.fields import Entry
    from services.forms.form import Form
    from services.forms.nodes import Row

__all__ = ("FormTree",)


class FormTree:
    """The values of one form, and the rows that show them.

    `values` are what it begins with; where they are the `whole`, what is not among them is left out, and
    `trusted` ones are sent as they are unless they are changed. `entries` are a snapshot of an earlier tree.
    """

    def __init__(
        self,
        form: Form,
        values: Mapping[str, Any] | None = None,
        entries: Mapping[str, Any] | None = None,
        *,
        whole: bool = False,
    ) -> None:
        given = {**form.kept, **(values or {})}
        self._form = form
        self._whole = form.whole
        if form.schema is None:
            self.root: Node = _flat(form, given)
        else:
            check = form.whole or SchemaCheck(form.schema)
            grower = Grower(form.schema, check, form.reader, trusted=bool(form.kept), strict=form.strict)
            self.root = grower.root(form.schema, given, whole=whole)
            if given or any(isinstance(part, Kept) for part in (entries or {}).values()):
                self._whole = check  # the fields say it all of what was entered in them, and of nothing else
        if entries is not None:
            self._restore(entries)
        self.root.settle()

    def _restore(self, entries: Mapping[str, Any]) -> None:
        nested = entries.get(WHOLE_FORM)
        if isinstance(nested, Nested) and isinstance(self.root, VariantNode):
            self.root.restore(nested)
        elif isinstance(self.root, GroupNode):
            self.root.restore(Nested(True, tuple(entries.items())))

    @property
    def entries(self) -> dict[str, Any]:
        """What stands in the fields, right or wrong, by name; under no name that of a choice of the whole."""
        if isinstance(self.root, GroupNode):
            return {str(name): part for name, part in self.root.snapshot.parts or ()}
        return {WHOLE_FORM: self.root.snapshot}

    def rows(self) -> list[Row]:
        """The rows in sight."""
        return list(self.root.inner_rows(0))

    @property
    def is_changed(self) -> bool:
        """Whether anything was entered."""
        return self.root.is_changed

    @property
    def value(self) -> dict[str, Any]:
        """All that the form holds: what is no answer stands in it as it was entered."""
        found = self.root.read(None)
        return found if isinstance(found, dict) else {}

    @property
    def hidden(self) -> list[str]:
        """What is sent as it is because no field can show it."""
        return [path_text(path) for path in _hidden(self.root, ())]

    @property
    def notes(self) -> list[str]:
        """What of the schema and of the values no field can show, one line each."""
        hidden = ", ".join(self.hidden) if self._form.schema is not None else ""
        kept = [one_line(f"sent as it is, since a form cannot show it: {hidden}", 400)] if hidden else []
        return [*kept, *(note for note in self._form.notes if note not in kept)]

    def take(self, node: Node, entry: Entry) -> bool:
        """Have something entered; whether other rows are in sight since."""
        before = node.entry
        node.entry = entry
        node.touched |= not same_entry(node.field, before, entry)
        node.why_refused = ""
        if node.can_fold:
            node.is_folded = False
        if isinstance(node, GroupNode) and entry is True:
            node.open()
        is_leaf = isinstance(node, LeafNode | AddNode)
        return self.root.settle() or (not is_leaf and before != entry)

    def owner(self, item: Node) -> ListNode | GroupNode | None:
        """The list or object in which a node is one of several."""
        for node in all_nodes(self.root):
            if isinstance(node, ListNode) and item in node.items:
                return node
            if isinstance(node, GroupNode) and item in node.further.values():
                return node
        return None

    def remove(self, item: Node) -> Node | None:
        """Remove one of several; the node to go on at."""
        owner = self.owner(item)
        then = None if owner is None else owner.remove(item)
        self.root.settle()
        return then

    def begin_renaming(self, item: Node) -> Node | None:
        """Have a field for another name of one of several; None for what has no name."""
        owner = self.owner(item)
        return owner.begin_renaming(item) if isinstance(owner, GroupNode) else None

    def move(self, item: Node, by: int) -> bool:
        """Move an entry of a list; False at its end."""
        owner = self.owner(item)
        return isinstance(owner, ListNode) and owner.move(item, by)

    # What is out of sight.

    def fold(self, node: Node) -> Node | None:
        """Fold a group, a list or a choice, or what a node is in that is none of them; what is folded."""
        around = self._around(node)
        if self._can_fold(node) and not node.is_folded:
            around.append(node)
        head = next((one for one in reversed(around) if self._can_fold(one)), None)
        if head is not None:
            head.is_folded = True
        return head

    def unfold(self, node: Node) -> Node:
        """Have what is in a node in sight; the first of it."""
        node.is_folded = False
        rows = iter(node.rows(0))
        return next((row.node for row in rows if row.node is not node), node)

    def fold_all(self) -> None:
        """Fold all that is set in by nothing but the form itself; where all of that is, have all in sight."""
        heads = [row.node for row in self.rows() if row.depth == 0 and self._can_fold(row.node)]
        is_folded = any(not one.is_folded for one in heads)
        for one in heads if is_folded else all_nodes(self.root):
            one.is_folded = is_folded

    def nearest(self, node: Node) -> Node:
        """The node that is in sight in a node's place: itself, or the folded one that it is in."""
        return next((one for one in (*self._around(node), node) if one.is_folded), node)

    def reveal(self, nodes: Collection[Node]) -> Node | None:
        """Have the first of some nodes in sight, unfolding what it is in; None where no row shows any."""
        folded = [one for one in all_nodes(self.root) if one.is_folded]
        for one in folded:
            one.is_folded = False
        first = next((row.node for row in self.rows() if row.node in nodes), None)
        around = [] if first is None else self._around(first)
        for one in folded:
            one.is_folded = one not in around
        return first

    def refuse(self, reasons: Mapping[Node, str]) -> None:
        """Keep why the whole is refused, wherever one has been or not."""
        for node in (*all_nodes(self.root), *reasons):
            node.touched, node.why_refused = True, reasons.get(node, "")

    def _can_fold(self, node: Node) -> bool:
        """Whether there is a row for the node, and something in it."""
        is_there = node.entry is True if not isinstance(node, VariantNode) else node.body is not None
        return node.can_fold and is_there and node is not self.root

    def _around(self, node: Node) -> list[Node]:
        """What has a row and a node in it, the outermost first."""
        inner = node.owner if isinstance(node, AddNode) else node
        way = [*(_way(self.root, inner) or ()), *([] if inner is node else [inner])]
        return [
            one
            for place, one in enumerate(way)
            if not (isinstance(one, GroupNode) and place and isinstance(way[place - 1], VariantNode))
        ]

    def content(self) -> tuple[dict[str, Any], dict[Node, str], str]:
        """The content to send; the reasons why not, by node, and the one that belongs to none in sight."""
        reasons: dict[Node, str] = {}
        value = self.root.read(reasons)
        if not isinstance(value, dict):
            return {}, reasons, "" if reasons else "must be an object"
        if reasons or self._whole is None:
            return value, reasons, ""
        rest = ""
        for path, reason in self._whole.reasons(value):
            node, further = self.root.find(path)
            text = f"{path_text(further)}: {reason}" if further else reason
            if node is self.root or (isinstance(node, LeafNode) and node.is_hidden):
                rest = rest or text
            else:
                reasons.setdefault(node, text)
        return value, reasons, rest


def _flat(form: Form, values: Mapping[str, Any]) -> Node:
    """The tree of a form that is made of fields alone."""
    filled = form.filled(values)
    children: dict[str, Node] = {}
    for field in form.fields:
        entry = filled.get(field.name, field.initial)
        node = LeafNode(field, entry, form.kept.get(field.name, ABSENT), trusted=True)
        node.touched = field.name in filled and bool(field.check(entry))
        children[field.name] = node
    root = Grower({}, SchemaCheck({}), trusted=True).root({}, {}, whole=True)
    if isinstance(root, GroupNode):
        root.hold(children, {name: value for name, value in form.kept.items() if name not in children})
    return root


def _way(above: Node, node: Node) -> list[Node] | None:
    """The nodes that a node is in, the outermost first; None where it is in none of them."""
    for one in above.below():
        if one is node:
            return [above]
        if (inner := _way(one, node)) is not None:
            return [above, *inner]
    return None


def _hidden(node: Node, path: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, LeafNode) and node.is_hidden:
        yield path
    if isinstance(node, GroupNode):
        yield from ((*path, name) for name in node.extras)
    if isinstance(node, VariantNode) and node.body is not None:
        yield from _hidden(node.body, path)
    elif isinstance(node, ListNode):
        for place, one in enumerate(node.below()):
            yield from _hidden(one, (*path, place))
    elif isinstance(node, GroupNode):
        for name, one in (*node.children.items(), *node.further.items()):
            yield from _hidden(one, (*path, name))
