"""One text, JSON value or picture on a screen of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.views.find_bar import FindBar

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from widgets.picture import Drawable
    from widgets.views.json_view import JsonView

__all__ = ("Viewer",)


class Viewer(Screen[None]):
    """Shows a text (JSON is coloured) or a picture over the whole screen."""

    CSS_PATH = "viewer.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", "find", id="viewer.find"),
        Binding("n", "next(1)", "next", id="viewer.next"),
        Binding("N", "next(-1)", "previous", id="viewer.previous"),
        Binding("c", "copy", "copy", id="viewer.copy"),
        Binding("s", "save", "save", id="viewer.save"),
        Binding("escape,q", "back", "back", id="viewer.back"),
    ]

    bar = query_one(FindBar)

    @dataclass
    class CopyRequested(Message):
        """The person wants the text in the clipboard."""

        viewer: Viewer
        text: str

    @dataclass
    class SaveRequested(Message):
        """The person wants what is shown in a file."""

        viewer: Viewer
        title: str
        content: str | Drawable

    def __init__(self, title: str, content: str | Drawable) -> None:
        super().__init__()
        self._title = title
        self._content = content
        self._needle = ""
        self._view: JsonView | None = None

    def compose(self) -> ComposeResult:
        yield Static(self._headline(), id="viewer-title")

        if isinstance(self._content, str):
            from widgets.views.json_view import JsonView

            self._view = JsonView(self._content, json=_looks_like_json(self._content))
            yield self._view
            yield FindBar()
        else:
            from widgets.picture_view import PictureView

            yield PictureView(self._content)

        yield FooterKeys()

    def _headline(self) -> Content:
        return Content.assemble((one_line(self._title, 200), "bold"), "   ", (self._about(), "$text-muted"))

    def _about(self) -> str:
        if isinstance(self._content, str):
            count = self._content.count("\n") + 1
            return f"{count:,} lines" if count > 1 else ""

        from widgets.picture import describe

        return describe(self._content)

    def on_mount(self) -> None:
        self._to_text()

    def _to_text(self) -> None:
        if self._view is not None:
            self._view.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A picture has no text to search or copy; there is a next match once there is one."""
        match action:
            case "next":
                return bool(self._needle)
            case "find":
                return isinstance(self._content, str) and not (self.is_mounted and self.bar.is_open)
            case "copy":
                return isinstance(self._content, str)
            case _:
                return True

    def action_find(self) -> None:
        self.bar.open()

    def on_json_view_search_requested(self) -> None:
        self.action_find()

    def action_next(self, step: int) -> None:
        self._search(self._needle, step)

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._search(event.needle, event.step)

    def on_find_bar_left(self) -> None:
        self._to_text()

    def _search(self, needle: str, step: int) -> None:
        # The same needle again would go on to the next match, which only a key asks for.
        if self._view is not None and (step or needle != self._needle):
            self._needle = needle
            self._view.search(needle, backwards=step < 0)
            self.refresh_bindings()

    def on_json_view_searched(self, event: JsonView.Searched) -> None:
        event.stop()
        self.bar.say("" if event.found or not event.text else "not found")

    def action_copy(self) -> None:
        if isinstance(self._content, str):
            self.post_message(self.CopyRequested(self, self._content))

    def action_save(self) -> None:
        self.post_message(self.SaveRequested(self, self._title, self._content))

    def action_back(self) -> None:
        self.dismiss(None)


def _looks_like_json(text: str) -> bool:
    return text[:200].lstrip()[:1] + text[-200:].rstrip()[-1:] in ("{}", "[]")
