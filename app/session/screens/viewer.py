"""One text, JSON value or picture on a screen of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from app.session.screens.breakpoints import know_size
from app.session.screens.text_or_tree import TextOrTree
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.views.find_bar import FindBar
from widgets.views.json_content import JsonContent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from widgets.picture import Drawable
    from widgets.picture_view import PictureView
    from widgets.views.json_explorer import JsonExplorer
    from widgets.views.json_view import JsonView

__all__ = ("Viewer",)


class Viewer(Screen[None]):
    """Shows a text, a JSON value to look through, or a picture, over the whole screen."""

    CSS_PATH = "viewer.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "find", "find", id="viewer.find"),
        Binding("n", "next(1)", "next", id="viewer.next"),
        Binding("N", "next(-1)", "previous", id="viewer.previous"),
        Binding("c", "copy", "copy", id="viewer.copy"),
        Binding("p", "copy_path('pointer')", "copy path", id="viewer.copy_pointer"),
        Binding("P", "copy_path('jq')", "copy path as jq takes it", show=False, id="viewer.copy_jq"),
        Binding("t", "table", "table", id="viewer.table"),
        Binding("v", "text", "text or tree", show=False, id="viewer.text"),
        Binding("s", "save", "save", id="viewer.save"),
        Binding("o", "open", "open", id="viewer.open"),
        Binding("escape,q", "back", "back", id="viewer.back"),
    ]

    bar = query_one(FindBar)

    @dataclass
    class CopyRequested(Message):
        """The person wants a text in the clipboard."""

        viewer: Viewer
        text: str
        what: str = "the text"

    @dataclass
    class SaveRequested(Message):
        """The person wants what is shown in a file."""

        viewer: Viewer
        title: str
        content: str | Drawable | JsonContent

    @dataclass
    class OpenRequested(Message):
        """The person wants the picture in the system's own program."""

        viewer: Viewer
        title: str
        content: Drawable

    def __init__(
        self,
        title: str,
        content: str | Drawable | JsonContent,
        pictures: Sequence[tuple[str, Drawable]] = (),
    ) -> None:
        """`pictures`, with their titles, are those to turn to, the one that is shown among them."""
        super().__init__()
        self._pictures = pictures
        self._shown: PictureView | None = None
        self._title = title
        self._content = content
        self._needle = ""
        self._text: TextOrTree | None = None

    def compose(self) -> ComposeResult:
        know_size(self)
        body = self._body()
        yield Static(self._headline(), id="viewer-title")
        yield body

        if not self._is_picture:
            yield FindBar()

        yield FooterKeys()

    def _body(self) -> Widget:
        if isinstance(self._content, str | JsonContent):
            self._text = TextOrTree(self._content, is_searched=self._is_searched, tell=self._tell)
            return self._text

        from services.results.animation import Frames
        from widgets.picture_view import PictureView

        self._shown = PictureView(self._picture, self._title, self._pictures, frames_of=Frames)
        return self._shown

    @property
    def _is_picture(self) -> bool:
        return not isinstance(self._content, str | JsonContent)

    @property
    def _json(self) -> JsonExplorer | None:
        """What JSON is looked through with; None for what is none, or is not read yet."""
        return self._text.json if self._text is not None else None

    @property
    def _picture(self) -> Drawable:
        assert not isinstance(self._content, str | JsonContent)
        return self._content

    def _headline(self) -> Content:
        return Content.assemble((one_line(self._title, 200), "bold"), "   ", (self._about(), "$text-muted"))

    def _about(self) -> str:
        if self._text is not None:
            return self._text.about

        return self._shown.about if self._shown is not None else ""

    def on_mount(self) -> None:
        self._to_content()

    def _to_content(self) -> None:
        """Give what is shown the keys."""
        if self._text is not None:
            self._text.focus_content()
        elif self._shown is not None:
            self._shown.focus()

    def on_picture_view_changed(self, event: PictureView.Changed) -> None:
        self._title, self._content = event.view.title, event.view.picture
        self._tell()

    def on_json_explorer_changed(self) -> None:
        self._tell()

    def _is_searched(self) -> bool:
        return bool(self._needle or self.bar.is_open)

    def _tell(self) -> None:
        """Say above what is shown now; other keys may be on offer."""
        self.query_one("#viewer-title", Static).update(self._headline())
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A picture has no text to search or copy; there is a next match once there is one."""
        json = self._json
        match action:
            case "next":
                return bool(self._needle)
            case "find":
                return not self._is_picture and not (self.is_mounted and self.bar.is_open)
            case "copy":
                return not self._is_picture
            case "open":
                return self._is_picture
            case "text":
                return self._text is not None and self._text.can_turn
            case "copy_path":
                return json is not None and not json.is_text
            case "table":
                return (
                    json is not None and not json.is_text and (json.is_table or json.table_path is not None)
                )
            case _:
                return True

    def action_table(self) -> None:
        if self._json is not None:
            self._json.turn_table()

    async def action_text(self) -> None:
        if self._text is not None:
            await self._text.turn()

    def on_json_explorer_text_chosen(self, event: JsonExplorer.TextChosen) -> None:
        from services.results.folded import folded_text
        from services.text import printable

        event.stop()
        title = str(event.path[-1]) if event.path else self._title
        self.app.push_screen(Viewer(title, printable(folded_text(event.text))))

    # Searching.

    def action_find(self) -> None:
        self.bar.open()

    def on_json_view_search_requested(self) -> None:
        self.action_find()

    def action_next(self, step: int) -> None:
        self._search(self._needle, step)

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self._search(event.needle, event.step)

    def on_find_bar_left(self) -> None:
        self._to_content()

    def _search(self, needle: str, step: int) -> None:
        # The same needle again would go on to the next match, which only a key asks for.
        if not step and needle == self._needle:
            return
        self._needle = needle
        if self._text is not None:
            self._text.search(needle, step)
        self.refresh_bindings()

    def on_json_view_searched(self, event: JsonView.Searched) -> None:
        event.stop()
        self.bar.say(event.told)

    def on_json_explorer_searched(self, event: JsonExplorer.Searched) -> None:
        event.stop()
        self.bar.say(event.told)

    # Taking it elsewhere.

    @work(group="viewer-copy", exclusive=True, exit_on_error=False)
    async def action_copy(self) -> None:
        """Copy the text, or of JSON what is selected."""
        path = self._json.path if self._json is not None else ()
        if isinstance(self._content, str) and not path:
            self.post_message(self.CopyRequested(self, self._content))
        elif self._text is not None and (text := await self._text.written()) is not None:
            self.post_message(self.CopyRequested(self, text, "the value" if path else "the text"))

    def action_copy_path(self, kind: str) -> None:
        """Copy where the selected value stands: a JSON Pointer, or a path for jq."""
        from services.json_paths import jq_path, json_pointer
        from services.results.sent import harmless

        if self._json is not None:
            text = jq_path(self._json.path) if kind == "jq" else json_pointer(self._json.path)
            what = f"the path {one_line(text, 60)}" if text else "the path of the whole: an empty text"
            self.post_message(self.CopyRequested(self, harmless(text), what))

    def action_save(self) -> None:
        self.post_message(self.SaveRequested(self, self._title, self._content))

    def action_open(self) -> None:
        self.post_message(self.OpenRequested(self, self._title, self._picture))

    def action_back(self) -> None:
        self.dismiss(None)
