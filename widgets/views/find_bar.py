"""The line at the foot where a person types what to look for in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input, Static

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ("FindBar",)


class _FindField(Input):
    """The field itself; its own keys, because every `Input` binds the arrows to scrolling."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "go(1)", "next", id="find.next"),
        Binding("up", "go(-1)", "previous", id="find.previous"),
    ]

    @dataclass
    class Going(Message):
        """The next match is wanted, or the previous one."""

        step: int

    def action_go(self, step: int) -> None:
        self.post_message(self.Going(step))


class FindBar(Horizontal):
    """Hidden until opened; says where the search stands. Enter goes on, Esc closes."""

    DEFAULT_CSS = """
    FindBar {
        display: none;
        height: 1;
        background: $panel;
        &.-open { display: block; }
        padding: 0 1;
        & > Input { width: 1fr; background: $panel; background-tint: $panel 0%; }
        & > Static { width: auto; color: $text-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "end search", id="find.leave"),
    ]

    field = query_one(_FindField)
    said: str = ""
    """Where the search stands."""

    @dataclass
    class Wanted(Message):
        """Something is looked for: `step` is 0 while it is being typed, else 1 or -1 for the next match."""

        bar: FindBar
        needle: str
        step: int

        @property
        def control(self) -> FindBar:
            """Alias for `bar`."""
            return self.bar

    @dataclass
    class Left(Message):
        """The search is over."""

        bar: FindBar

        @property
        def control(self) -> FindBar:
            """Alias for `bar`."""
            return self.bar

    def compose(self) -> ComposeResult:
        yield _FindField(placeholder="find", compact=True)
        yield Static(markup=False)

    @property
    def needle(self) -> str:
        """What is looked for."""
        return self.field.value

    @property
    def is_open(self) -> bool:
        """Whether the line is shown."""
        return self.has_class("-open")

    def open(self) -> None:
        """Show the line and type into it."""
        self.add_class("-open")
        self.field.focus()

    def say(self, text: str) -> None:
        """Tell where the search stands."""
        self.said = text
        self.query_one(Static).update(text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted(self, event.value, 0))

    def on__find_field_going(self, event: _FindField.Going) -> None:
        event.stop()
        self.post_message(self.Wanted(self, self.needle, event.step))

    def action_leave(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Left(self))
