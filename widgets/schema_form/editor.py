"""What the editors of a form have in common: an entry, and keys that act in the order they were pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

if TYPE_CHECKING:
    from textual.widget import Widget

    from services.forms.fields import Entry
else:
    # A mixin that is a widget would cut the widget it is mixed into off from its styles.
    Widget = object

__all__ = ("Editor", "EntryChanged", "FieldWalk")

_STEPS = ("tab", "shift+tab", "up", "down", "enter")


class EntryChanged(Message):
    """The person changed what an editor holds."""


class FieldWalk:
    """Where editors stand in: it knows which field comes next."""

    def step(self, by: int) -> None:
        """Go to the field that many places on, if there is one."""
        raise NotImplementedError

    def advance(self) -> None:
        """Go to the next field, or submit when this is the last."""
        raise NotImplementedError


class Editor(Widget):
    """An editor of one field; mixed in before the widget it is made of."""

    @property
    def entry(self) -> Entry:
        """What the person entered."""
        raise NotImplementedError

    def focus_entry(self) -> None:
        """Give the keys to the part that takes them."""
        # Not `focus()`: that waits its turn behind keys that were typed already.
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
        elif not self.check_consume_key(event.key, event.character):
            active = self.screen.active_bindings.get(event.key)
            if active is not None and active.node is self:
                event.stop()
                event.prevent_default()
                await self.app.run_action(active.binding.action, self)

    async def _walk(self, key: str) -> None:
        if key in ("tab", "shift+tab"):
            active = self.screen.active_bindings.get(key)
            if active is not None:
                await self.app.run_action(active.binding.action, active.node)
            return
        for node in self.ancestors:
            if isinstance(node, FieldWalk):
                if key == "enter":
                    node.advance()
                else:
                    node.step(-1 if key == "up" else 1)
                return
