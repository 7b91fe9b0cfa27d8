"""Editors of what is made of other fields: whether it is there, and where one more is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from services.forms.structures import ListField
from widgets.schema_form.editor import FIELD_KEYS, Editor, EntryChanged
from widgets.schema_form.line_editor import LineEditor

if TYPE_CHECKING:
    from textual.app import RenderResult

    from services.forms.fields import Entry

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
        return Content(self.shown).truncate(max(self.content_size.width, 1), ellipsis=True)

    @property
    def shown(self) -> str:
        """What there is to read."""
        raise NotImplementedError

    async def action_act(self) -> None:
        """Do what the line is for."""
        raise NotImplementedError

    async def on_click(self) -> None:
        self.focus_entry()
        await self.action_act()

    def wipe(self) -> None:
        """Nothing is typed here."""

    def show_void(self) -> None:
        self.refresh()


class HeadEditor(_Button):
    """The head of a group or a list. `count` is how many entries a list has."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "act", "add", show=True, id="form.add"),
        Binding("enter,space", "open", "open", show=True, id="form.open"),
        Binding("delete", "remove_item", "remove", show=False, id="form.remove_entry"),
        *FIELD_KEYS,
    ]

    def __init__(self, entry: Entry, count: int | None) -> None:
        super().__init__()
        self.is_there = entry is True
        self.count = count

    @property
    def typed(self) -> Entry:
        return True if self.is_there else None

    @property
    def is_blank(self) -> bool:
        return not self.is_there

    def wipe(self) -> None:
        self.is_there = False

    @property
    def shown(self) -> str:
        if self.count is not None:
            counted = "1 entry" if self.count == 1 else f"{self.count} entries"
            return f"{counted if self.is_there else self.void_word or 'none yet'} · + add"
        return "▾" if self.is_there else f"▸ {self.void_word or 'nothing yet'}"

    def keeps(self, key: str) -> bool:
        return key == "enter" and (self.count is not None or not self.is_there)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A list is added to, and a group opened where it is not."""
        if action == "act":
            return self.count is not None
        if action == "open":
            return self.count is None and not self.is_there
        return super().check_action(action, parameters)

    async def action_act(self) -> None:
        """Add an entry to a list; have a group there."""
        if isinstance(self.field, ListField):
            await self.add_entry()
        else:
            await self.action_open()

    async def action_open(self) -> None:
        """Have the group there, and go to its first field."""
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

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "act", "add", show=True, id="form.add")]

    @property
    def typed(self) -> Entry:
        return None

    @property
    def is_blank(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        return "+ add"

    def keeps(self, key: str) -> bool:
        return key == "enter"

    async def action_act(self) -> None:
        """Add an entry."""
        await self.add_entry()


class NameEditor(LineEditor):
    """Where one more property is added to an object: its name is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "add", show=True, id="form.name")]

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
