"""One line of keys at the foot of a screen: what can be pressed now, the nearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events
    from textual.app import RenderResult
    from textual.binding import Binding
    from textual.screen import Screen

__all__ = ("FooterKeys",)

_GAPS = (3, 2)
"""Columns between two keys; the narrower gap where the room is short."""


class FooterKeys(Widget):
    """The keys of the focused widget, then of its surroundings, as many as fit; a click presses one."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    FooterKeys {
        dock: bottom;
        height: 1;
        padding: 0 1;
        color: $footer-description-foreground;
        background: $footer-background;
    }
    """

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def render(self) -> RenderResult:
        parts: list[Content] = []
        end = 0

        for start, stop, shown, binding in self._placed():
            parts.append(Content(" " * (start - end)))
            parts.append(Content.assemble((shown, "$footer-key-foreground"), " ", binding.description))
            end = stop

        return Content("").join(parts)

    def _placed(self) -> list[tuple[int, int, str, Binding]]:
        """Where each key stands: its first column and one past its last; as many as fit."""
        keys, room = list(self._keys()), self.content_size.width
        placed: list[tuple[int, int, str, Binding]] = []

        for gap in _GAPS:
            placed, column = [], 0

            for shown, binding in keys:
                end = column + cell_len(shown) + 1 + cell_len(binding.description)
                placed.append((column, end, shown, binding))
                column = end + gap

            if column - gap <= room:
                break

        return [key for key in placed if key[1] <= room]

    def _keys(self) -> Iterator[tuple[str, Binding]]:
        focused, seen = self.screen.focused, set[str]()

        for active in self.screen.active_bindings.values():
            binding = active.binding

            if not (binding.show and binding.description and active.enabled) or binding.action in seen:
                continue

            shown = self.app.get_key_display(binding)
            character = shown if len(shown) == 1 and shown.isascii() else None

            # What the focused widget takes as text is no key now.
            if focused is None or not focused.check_consume_key(binding.key, character):
                seen.add(binding.action)
                yield shown, binding

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)

        if offset is not None:
            for start, end, _, binding in self._placed():
                if start <= offset.x < end:
                    self.app.simulate_key(binding.key)
