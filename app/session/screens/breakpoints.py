"""Screens know how large they are before there is anything in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen

__all__ = ("know_size",)


def know_size(screen: Screen[Any]) -> None:
    """Give a screen the classes of its breakpoints; to be called before it composes its widgets.

    Textual gives them with the first resize, and styles all widgets a second time for that.
    """
    width, height = screen.app.size
    for length, breakpoints in (
        (width, screen.HORIZONTAL_BREAKPOINTS),
        (height, screen.VERTICAL_BREAKPOINTS),
    ):
        reached = [one for one in breakpoints or () if length >= one[0]]
        if reached:
            screen.add_class(max(reached)[1])
