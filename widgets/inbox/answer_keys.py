"""Keys that are buttons too: pressed by their key, by a click, or by Enter when they have the focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

if TYPE_CHECKING:
    from textual import events
    from textual.app import RenderResult

__all__ = ("KeyButton",)


class KeyButton(Widget, can_focus=True):
    """A key and what it does; `action` is what it stands for."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"key-button--key"}
    DEFAULT_CSS = """
    KeyButton {
        width: auto;
        height: 1;
        margin-right: 2;
        color: $text-muted;
        text-wrap: nowrap;
        pointer: pointer;
        & > .key-button--key { color: $text-accent; }
        &:hover { color: $text; }
        &:focus { background: $accent 18%; color: $text; text-style: bold; }
        &:disabled { color: $text-disabled; }
        &:disabled > .key-button--key { color: $text-disabled; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "press", show=False, id="buttons.press"),
        Binding("right,down", "app.focus_next", "next", show=False, id="buttons.next"),
        Binding("left,up", "app.focus_previous", "previous", show=False, id="buttons.previous"),
    ]

    label: reactive[str] = reactive("", layout=True)
    """What it does, in a word or three."""

    @dataclass
    class Pressed(Message):
        """The person pressed it."""

        button: KeyButton

        @property
        def control(self) -> KeyButton:
            """Alias for `button`."""
            return self.button

    def __init__(self, key: str, label: str, action: str, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self.action = action
        self._key = key
        self.set_reactive(KeyButton.label, label)

    def render(self) -> RenderResult:
        key = Content(self._key).stylize(self.get_visual_style("key-button--key", partial=True))
        return Content.assemble(key, " ", self.label)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_press()

    def action_press(self) -> None:
        """Press it."""
        if not self.is_disabled:
            self.post_message(self.Pressed(self))
