"""A form as a tree of values: what is in sight of it, what is entered, what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Iterator, Mapping

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
            grower = Grower(form.schema, check, trusted=bool(form.kept), strict=form.strict)
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
        node.touched = True
        if isinstance(node, GroupNode) and entry is True:
            node.open()
        is_leaf = isinstance(node, LeafNode | AddNode)
        return self.root.settle() or (not is_leaf and before != entry)

    def owner(self, item: Node) -> ListNode | GroupNode | None:
        """The list or object in which a node is one of several."""
        for node in _all(self.root):
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


def _all(node: Node) -> Iterator[Node]:
    yield node
    for one in node.below():
        yield from _all(one)


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
