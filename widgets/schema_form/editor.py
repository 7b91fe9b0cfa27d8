"""What the editors of a form have in common: an entry, and keys that act in the order they were pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual import events
from textual.binding import Binding
from textual.message import Message

from services.forms.voids import Void

if TYPE_CHECKING:
    from textual.widget import Widget

    from services.forms.fields import Entry, Field
else:
    # A mixin that is a widget would cut the widget it is mixed into off from its styles.
    Widget = object

__all__ = ("FIELD_KEYS", "FOLD_KEYS", "Editor", "EntryChanged", "FieldWalk")

_STEPS = ("tab", "shift+tab", "up", "down", "enter")

FOLD_KEYS: Final = (
    Binding("alt+left", "fold", "fold", show=True, key_display="alt+←", id="form.fold"),
    Binding("alt+right", "unfold", "unfold", show=True, key_display="alt+→", id="form.unfold"),
    Binding("alt+shift+left", "fold_all", "fold all, unfold all", show=False, id="form.fold_all"),
)
"""What can be done wherever there is a group around."""

FIELD_KEYS: Final = (
    Binding("alt+delete", "remove_item", "remove", show=True, key_display="alt+del", id="form.remove"),
    Binding("alt+up", "move_item(-1)", "move", show=True, key_display="alt+↑↓", id="form.up"),
    Binding("alt+down", "move_item(1)", "move down", show=False, id="form.down"),
    Binding("alt+n", "rename_item", "rename", show=True, id="form.rename"),
    *FOLD_KEYS,
    Binding("ctrl+d", "leave_empty", "leave empty", show=True, id="form.empty"),
    Binding("ctrl+l", "send_null", "null", show=True, id="form.null"),
)
"""What each editor of a field can do that holds nothing, or is one of several."""


class EntryChanged(Message):
    """The person changed what an editor holds."""


class FieldWalk:
    """Where editors stand in: it knows which field comes next."""

    async def make_ready(self, by: int) -> None:
        """Have the field that many places on there to go to: those out of sight need not be."""

    def step(self, by: int) -> None:
        """Go to the field that many places on, if there is one."""
        raise NotImplementedError

    def advance(self) -> None:
        """Go to the next field, or submit when this is the last."""
        raise NotImplementedError

    async def add_entry(self, name: str = "") -> None:
        """Add an entry to the list that has the keys, or a property of this name to the object."""

    async def remove_item(self) -> None:
        """Remove the entry that has the keys."""

    async def move_item(self, by: int) -> None:
        """Move the entry that has the keys."""

    async def rename_item(self) -> None:
        """Have a field for another name of the entry that has the keys."""

    async def end_renaming(self, name: str | None) -> None:
        """Give the entry this name, or without one leave it its own."""

    async def fold(self, editor: Editor) -> None:
        """Fold the group, list or choice that an editor is the head of, or is in."""

    async def unfold(self, editor: Editor) -> None:
        """Have in sight what is folded where an editor is."""

    async def fold_all(self, editor: Editor) -> None:
        """Fold all groups, or where they all are folded, unfold them."""


class Editor(Widget):
    """An editor of one field; mixed in before the widget it is made of."""

    field: Field | None = None
    """What the editor is for; None where it stands in no form."""
    void: Void | None = None
    """What is sent while the editor holds nothing; None to say nothing at all."""
    is_item = False
    """Whether the field is one of several that can be removed."""
    moves = False
    """Whether it can be moved among them."""
    is_inside = False
    """Whether it is in something that can be folded."""
    is_folded = False
    """Whether what it is the head of is out of sight."""

    @property
    def entry(self) -> Entry:
        """What the person entered."""
        return self.void if self.is_blank and self.void is not None else self.typed

    @property
    def typed(self) -> Entry:
        """What was typed or chosen."""
        raise NotImplementedError

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed or chosen."""
        raise NotImplementedError

    def wipe(self) -> None:
        """Take out what was typed or chosen."""
        raise NotImplementedError

    def show_void(self) -> None:
        """Draw `void_word` in the place of an entry."""
        raise NotImplementedError

    def hold(self, field: Field, entry: Entry) -> None:
        """Be the editor of a field with this entry."""
        self.field = field
        self.void = entry if isinstance(entry, Void) else None
        self.show_void()

    def adopt(self, field: Field) -> None:
        """Be the editor of what the field has become, with what was entered."""
        self.field = field
        self.show_void()

    @property
    def void_word(self) -> str:
        """What is sent while the editor holds nothing, in a word."""
        said = self.typed if self.void is None else self.void
        return "" if self.field is None else self.field.void_word(said)

    def say(self, void: Void | None) -> None:
        """Hold nothing, and have this sent for it."""
        self.wipe()
        self.void = void
        self.show_void()
        self.refresh_bindings()
        self.post_message(EntryChanged())

    def filled(self) -> None:
        """Something was typed or chosen: nothing else is sent."""
        if self.void is not None:
            self.void = None
            self.show_void()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Null can be said only where the field takes it, and what is one of several removed and moved."""
        if action in ("remove_item", "move_item"):
            return self.is_item if action == "remove_item" else self.moves
        if action == "rename_item":
            return self.is_item and not self.moves  # what has a place in a list has no name
        if action in ("fold", "unfold"):
            return self.is_folded if action == "unfold" else self.is_inside or self.is_open
        if action == "send_null":
            return self.field is not None and Void.NULL in self.field.voids
        return bool(self.field and self.field.voids) if action == "leave_empty" else True

    def action_leave_empty(self) -> None:
        """Leave the field out; once more, send it as empty or as null where it may be."""
        voids = () if self.field is None else self.field.voids
        if voids:
            again = self.is_blank and self.void in voids
            self.say(voids[(voids.index(self.void) + 1) % len(voids)] if again else voids[0])

    def action_send_null(self) -> None:
        """Send null."""
        self.say(Void.NULL)

    async def action_remove_item(self) -> None:
        """Remove the entry of a list or an object that this is."""
        if self.is_item and (walk := self.walk_around) is not None:
            await walk.remove_item()

    async def action_move_item(self, by: int) -> None:
        """Move the entry of a list that this is."""
        if self.moves and (walk := self.walk_around) is not None:
            await walk.move_item(by)

    async def action_rename_item(self) -> None:
        """Have a field for another name of the entry of an object that this is."""
        if self.is_item and (walk := self.walk_around) is not None:
            await walk.rename_item()

    @property
    def is_open(self) -> bool:
        """Whether this is the head of something that is in sight."""
        return False

    async def action_fold(self) -> None:
        """Fold what this is the head of, or is in."""
        if (walk := self.walk_around) is not None:
            await walk.fold(self)

    async def action_unfold(self) -> None:
        """Have what this is the head of in sight."""
        if self.is_folded and (walk := self.walk_around) is not None:
            await walk.unfold(self)

    async def action_fold_all(self) -> None:
        """Fold all that can be, or have all of it in sight."""
        if (walk := self.walk_around) is not None:
            await walk.fold_all(self)

    async def add_entry(self, name: str = "") -> None:
        """Add an entry to the list or object that this is of."""
        if (walk := self.walk_around) is not None:
            await walk.add_entry(name)

    def be_item(self, is_item: bool, moves: bool) -> None:
        """Be the editor of one of several, or not."""
        self.is_item, self.moves = is_item, moves

    def be_inside(self, is_inside: bool, is_folded: bool) -> None:
        """Be in something that can be folded, or not; be the head of something that is folded."""
        self.is_inside, self.is_folded = is_inside, is_folded

    def focus_entry(self) -> None:
        """Give the keys to the part that takes them."""
        # Not `focus()`: that waits its turn behind keys that were typed already. A form may have been
        # taken away between the wish to give it the keys and this.
        if self.is_attached:
            self.screen.set_focus(self)

    def keeps(self, key: str) -> bool:
        """Whether a key that leads to another field means something else here now."""
        return False

    async def _on_key(self, event: events.Key) -> None:
        # Textual runs bindings only after a key has bubbled up to the App, behind keys that were typed
        # later: `Bob`, Tab, `b@c.org` typed at once would all end in the first field. Here keys act
        # at once, and those that come after one that leads away go where it leads.
        focused = self.screen.focused
        if focused is not None and focused is not self:
            event.stop()
            event.prevent_default()
            focused._forward_event(events.Key(event.key, event.character))
        elif event.key in _STEPS and not self.keeps(event.key):
            event.stop()
            event.prevent_default()
            await self._walk(event.key)
        elif event.key.startswith("alt+") or not self.check_consume_key(event.key, event.character):
            # With Alt a terminal sends the letter as well, which is not meant to be typed.
            active = self.screen.active_bindings.get(event.key)
            if active is not None and active.node is self:
                event.prevent_default()
                if await self.app.run_action(active.binding.action, self):
                    event.stop()  # one that had nothing to do, such as copy, leaves the key to others

    @property
    def walk_around(self) -> FieldWalk | None:
        """Where the editor stands in."""
        return next((node for node in self.ancestors if isinstance(node, FieldWalk)), None)

    async def _walk(self, key: str) -> None:
        walk = self.walk_around
        by = -1 if key in ("up", "shift+tab") else 1
        if walk is not None:
            await walk.make_ready(by)
        if key in ("tab", "shift+tab"):
            active = self.screen.active_bindings.get(key)
            if active is not None:
                await self.app.run_action(active.binding.action, active.node)
        elif walk is not None:
            if key == "enter":
                walk.advance()
            else:
                walk.step(by)
