"""Editors of what is made of other fields: whether it is there, and where one more is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from services.forms.folding import tally
from services.forms.list_node import ListNode
from services.forms.structures import ListField
from services.forms.voids import Void
from widgets.schema_form.editor import FIELD_KEYS, FOLD_KEYS, Editor, EntryChanged
from widgets.schema_form.line_editor import LineEditor
from widgets.schema_form.shown_node import takes_keys

if TYPE_CHECKING:
    from textual import events
    from textual.app import RenderResult

    from services.forms.fields import Entry
    from services.forms.folding import Tally
    from services.forms.nodes import Node

__all__ = ("AddEditor", "HeadEditor", "NameEditor", "OtherNameEditor")


class _Button(Editor, Widget, can_focus=True):
    """One line that acts on Enter, the space bar and a click."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    _Button {
        height: 1;
        width: 1fr;
        pointer: pointer;
        color: $text-muted;
        text-wrap: nowrap;
        &:focus { color: $text-accent; text-style: bold; background: $foreground 12%; }
    }
    """

    def render(self) -> RenderResult:
        return self.shown.truncate(max(self.content_size.width, 1), ellipsis=True)

    @property
    def shown(self) -> Content:
        """What there is to read."""
        raise NotImplementedError

    async def action_act(self) -> None:
        """Do what the line is for."""
        raise NotImplementedError

    async def on_click(self, event: events.Click) -> None:
        self.focus_entry()
        await self.action_act()

    def wipe(self) -> None:
        """Nothing is typed here."""

    def show_void(self) -> None:
        self.refresh()


class HeadEditor(_Button):
    """The head of a group or a list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "act", "add", show=True, id="form.add"),
        Binding("enter,space", "open", "open", show=True, id="form.open"),
        Binding("left", "fold", "fold", show=False, id="form.fold_head"),
        Binding("right", "unfold", "unfold", show=False, id="form.unfold_head"),
        Binding("space", "fold", "fold", show=False, id="form.fold_group"),
        Binding("delete", "remove_item", "remove", show=False, id="form.remove_entry"),
        *FIELD_KEYS,
    ]

    def __init__(self) -> None:
        super().__init__()
        self.is_there = False
        self.count: int | None = None
        """How many entries a list has."""
        self._tally: Tally | None = None

    def show(self, node: Node) -> None:
        """Show what has become of the group or the list."""
        self.is_there = node.entry is True
        self.void = node.entry if isinstance(node.entry, Void) else None
        self.count = len(node.items) if isinstance(node, ListNode) else None
        self._tally = tally(node) if node.is_folded else None
        self.can_focus = takes_keys(node)
        self.refresh()

    @property
    def is_open(self) -> bool:
        return self.is_there and not self.is_folded

    @property
    def typed(self) -> Entry:
        return True if self.is_there else None

    @property
    def is_blank(self) -> bool:
        return not self.is_there

    def wipe(self) -> None:
        self.is_there = self.is_folded = False
        self._tally = None

    @property
    def shown(self) -> Content:
        if self.count is None:
            text = "▾" if self.is_there else f"▸ {self.void_word or 'nothing yet'}"
        else:
            counted = "1 entry" if self.count == 1 else f"{self.count} entries"
            text = f"▾ {counted} · + add" if self.is_there else f"{self.void_word or 'none yet'} · + add"
        return Content(text) if self._tally is None else self._folded(self._tally)

    def _folded(self, found: Tally) -> Content:
        wrong = f" · {found.wrong} wrong" if found.wrong else ""
        return Content.assemble(f"▸ {found.told(self.count)}", (wrong, "$text-error"))

    def keeps(self, key: str) -> bool:
        return key == "enter" and (self.count is not None or not self.is_open)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A list is added to, and a group opened where it is not; what is folded is unfolded first."""
        if action == "act":
            return self.count is not None and not self.is_folded
        if action == "open":
            return self.is_folded or (self.count is None and not self.is_there)
        return super().check_action(action, parameters)

    async def action_act(self) -> None:
        """Add an entry to a list; have a group there."""
        if isinstance(self.field, ListField) and not self.is_folded:
            await self.add_entry()
        else:
            await self.action_open()

    async def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        is_mark = self.count is None or (offset is not None and offset.x < 2)
        if self.is_open and is_mark:
            event.prevent_default()
            await self.action_fold()

    async def action_open(self) -> None:
        """Have the group there, or in sight again, and go to its first field."""
        if self.is_folded:
            await self.action_unfold()
        if self.is_there:
            return
        self.is_there = True
        self.filled()
        self.refresh()
        self.post_message(EntryChanged())
        if (walk := self.walk_around) is not None:
            await walk.make_ready(1)
            walk.step(1)


class AddEditor(_Button):
    """Where one more entry is added to a list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "act", "add", show=True, id="form.add"),
        *FOLD_KEYS,
    ]

    @property
    def typed(self) -> Entry:
        return None

    @property
    def is_blank(self) -> bool:
        return True

    @property
    def shown(self) -> Content:
        return Content("+ add")

    def keeps(self, key: str) -> bool:
        return key == "enter"

    async def action_act(self) -> None:
        """Add an entry."""
        await self.add_entry()


class NameEditor(LineEditor):
    """Where one more property is added to an object: its name is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "add", show=True, id="form.name"),
        *FOLD_KEYS,
    ]

    def keeps(self, key: str) -> bool:
        return key == "enter" and not self.is_blank

    async def action_submit(self) -> None:
        """Add a property of this name."""
        await self.add_entry(self.given_text)


class OtherNameEditor(NameEditor):
    """Where a property of an object gets another name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "rename", show=True, id="form.other_name"),
        Binding("alt+n", "keep_name", "keep the name", show=True, id="form.keep_name"),
    ]

    def keeps(self, key: str) -> bool:
        return key == "enter"

    async def action_submit(self) -> None:
        """Give the property this name."""
        if (walk := self.walk_around) is not None:
            await walk.end_renaming(self.given_text)

    async def action_keep_name(self) -> None:
        """Leave the property the name it has."""
        if (walk := self.walk_around) is not None:
            await walk.end_renaming(None)
