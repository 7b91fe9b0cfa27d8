"""What stands above an empty history: what this is, what to try, what is configured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from services.text import one_line

if TYPE_CHECKING:
    from textual.app import RenderResult
    from textual.geometry import Size

__all__ = ("Introduction", "Welcome")

_ABOUT: Final = "Many MCP servers in one terminal: tools, resources, prompts."
_LEAST: Final = 20
"""Rows of the screen below which the history needs all the room there is."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """What a person who has just come may want to know; all text printable."""

    tries: tuple[tuple[str, str], ...] = ()
    """What to type, and what it does."""
    facts: tuple[tuple[str, str], ...] = ()
    """What there is, such as the servers that are configured."""

    @property
    def lines(self) -> int:
        """Rows that it takes, with a blank one below each of its parts."""
        return sum(len(part) + 1 for part in (((_ABOUT, ""),), self.tries, self.facts) if part)


class Welcome(Widget):
    """Shows an `Introduction` until it is dismissed."""

    COMPONENT_CLASSES = {"welcome--name", "welcome--typed"}
    DEFAULT_CSS = """
    Welcome {
        height: auto;
        padding: 1 1 0 2;
        color: $text-muted;
        & > .welcome--name { color: $text; text-style: bold; }
        & > .welcome--typed { color: $text-accent; }
    }
    """

    introduction: reactive[Introduction] = reactive(Introduction(), layout=True)
    """What is shown; replaced whole."""
    dismissed: reactive[bool] = reactive(False)
    """Whether it is gone for good."""

    def on_mount(self) -> None:
        self.fit(self.app.size.height)

    def fit(self, rows: int) -> None:
        """Give way on a small screen."""
        self.display = not self.dismissed and rows >= _LEAST

    def watch_dismissed(self) -> None:
        self.fit(self.app.size.height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.introduction.lines

    def render(self) -> RenderResult:
        name, typed = (self.get_visual_style(f"welcome--{part}", partial=True) for part in ("name", "typed"))
        told = self.introduction
        wide = max((Content(text).cell_length for text, _ in (*told.tries, *told.facts)), default=0) + 2
        lines = [Content.assemble(Content("Jackfield").stylize(name), "  ", _ABOUT), Content("")]
        for rows, look in ((told.tries, typed), (told.facts, name)):
            lines += [
                Content.assemble(Content(one_line(text, 60).ljust(wide)).stylize(look), one_line(about, 300))
                for text, about in rows
            ]
            lines += [Content("")] if rows else []
        width = self.content_size.width
        return Content("\n").join(line.truncate(width, ellipsis=True) for line in lines)
