"""What is done with groups and entries of a form: added, removed, moved, renamed, folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.forms.group_node import GroupNode
from services.forms.list_node import ListNode
from services.forms.nodes import AddNode
from widgets.schema_form.editor import FieldWalk
from widgets.schema_form.field_row import FieldRow

if TYPE_CHECKING:
    from services.forms.nodes import Node
    from services.forms.tree import FormTree
    from widgets.schema_form.editor import Editor
    from widgets.schema_form.placed_rows import PlacedRows

__all__ = ("ItemActions",)


class ItemActions(FieldWalk):
    """A form whose lists and objects change."""

    form_tree: FormTree
    rows: PlacedRows

    def take_all(self) -> bool:
        """Have what stands in all rows in the tree; whether other rows are in sight since."""
        raise NotImplementedError

    def take_row(self, row: FieldRow) -> bool:
        """Have what stands in a row in the tree; whether other rows are in sight since."""
        raise NotImplementedError

    async def show_rows(self, then: Node | None = None) -> None:
        """Have the rows of the tree in sight, and give the keys to one of them."""
        raise NotImplementedError

    async def go_on(self, then: Node | None) -> None:
        """Show what has changed, and go on at a node."""
        raise NotImplementedError

    async def add_entry(self, name: str = "") -> None:
        at = self.rows.focused
        if at is None:
            return
        node = self.rows[at].node
        owner = node.owner if isinstance(node, AddNode) else node
        if isinstance(owner, ListNode):
            added: Node | None = owner.add()
        else:
            added = owner.add(name) if isinstance(owner, GroupNode) else None
        if added is not None:
            if isinstance(node, AddNode):
                self.rows[at].wipe()
            await self.go_on(next((row.node for row in list(added.rows(0))[1:]), added))

    async def remove_item(self) -> None:
        at = self.rows.focused
        if at is not None:
            self.take_row(self.rows[at])
            await self.go_on(self.form_tree.remove(self.rows[at].node))

    async def move_item(self, by: int) -> None:
        at = self.rows.focused
        if at is not None:
            node = self.rows[at].node
            self.take_row(self.rows[at])
            if self.form_tree.move(node, by):
                await self.go_on(node)

    async def rename_item(self) -> None:
        at = self.rows.focused
        if at is not None and (field := self.form_tree.begin_renaming(self.rows[at].node)) is not None:
            self.take_row(self.rows[at])
            await self.show_rows(field)

    async def end_renaming(self, name: str | None) -> None:
        at = self.rows.focused
        node = None if at is None else self.rows[at].node
        if at is None or not isinstance(node, AddNode) or not isinstance(node.owner, GroupNode):
            return
        named = node.owner.end_renaming(str(node.field.initial) if name is None else name)
        if named is None:
            self.rows[at].show_reason(self.rows[at].reason)
        else:
            await self.go_on(named)

    async def fold(self, editor: Editor) -> None:
        self.take_all()
        node = _node_of(editor)
        if node is not None and (head := self.form_tree.fold(node)) is not None:
            await self.show_rows(head)

    async def unfold(self, editor: Editor) -> None:
        if (node := _node_of(editor)) is not None:
            await self.show_rows(self.form_tree.unfold(node))

    async def fold_all(self, editor: Editor) -> None:
        self.take_all()
        if (node := _node_of(editor)) is not None:
            self.form_tree.fold_all()
            await self.show_rows(self.form_tree.nearest(node))


def _node_of(editor: Editor) -> Node | None:
    """What an editor edits."""
    return next((one.node for one in editor.ancestors if isinstance(one, FieldRow)), None)
