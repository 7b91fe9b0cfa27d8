"""A text as it is, or as a tree where it is JSON; a long one is read behind the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import work
from textual.containers import Vertical

from app.session.screens.json_texts import json_at_once, json_later, looks_like_json, may_be_json
from widgets.views.json_content import JsonContent

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from widgets.views.json_explorer import JsonExplorer
    from widgets.views.json_view import JsonView

__all__ = ("TextOrTree",)


class TextOrTree(Vertical):
    """Shows one of the two, and turns from one to the other."""

    def __init__(
        self, content: str | JsonContent, *, is_searched: Callable[[], bool], tell: Callable[[], None]
    ) -> None:
        """`is_searched` says whether somebody looks for something: then no tree takes the text's place.

        `tell` is called when a long text is being read, or was, and when the tree takes its place.
        """
        super().__init__()
        self._given = content
        self._is_searched = is_searched
        self._tell = tell
        self._view: JsonView | None = None
        self.json: JsonExplorer | None = None
        """The tree; None as long as a text is shown."""
        self._read: JsonContent | None = None
        """What a long text came to as JSON, once that is known."""
        self._progress = ""

    def compose(self) -> ComposeResult:
        content = self._given
        if (value := content if isinstance(content, JsonContent) else json_at_once(content)) is not None:
            yield self._explorer(value)
        elif isinstance(content, str):
            from widgets.views.json_view import JsonView

            self._view = JsonView(content, json=looks_like_json(content))
            yield self._view

    def _explorer(self, content: JsonContent) -> JsonExplorer:
        from widgets.views.json_explorer import JsonExplorer

        self.json, self._view = JsonExplorer(content.value), None
        return self.json

    def on_mount(self) -> None:
        if self._view is not None and may_be_json(self._view.text):
            self._read_json(self._view)

    @work(group="viewer-json", exit_on_error=False)
    async def _read_json(self, view: JsonView) -> None:
        """Read a long text as JSON, and show the tree unless somebody is at home in the text by then."""
        self._progress = "reading it as JSON …"
        self._tell()
        self._read = await json_later(view.text)
        self._progress = ""
        if self._read is not None and not (view.scroll_offset.y or self._is_searched()):
            await self._show_tree(self._read)
        self._tell()

    async def _show_tree(self, content: JsonContent) -> None:
        """The tree takes the place of the text."""
        if (view := self._view) is None:
            return
        had_focus = view.has_focus
        await self.mount(self._explorer(content), after=view)
        await view.remove()
        if had_focus:
            self.focus_content()

    @property
    def about(self) -> str:
        """How much it is, or how far it is read."""
        if self.json is not None:
            return self.json.about
        count = self._given.count("\n") + 1 if isinstance(self._given, str) else 0
        lines = f"{count:,} lines" if count > 1 else ""
        return " · ".join(filter(None, (lines, self._progress)))

    @property
    def can_turn(self) -> bool:
        """Whether there is a tree, in front or to be shown."""
        return self.json is not None or self._read is not None

    async def turn(self) -> None:
        """Show the tree for the text, or the text for the tree."""
        if self.json is not None:
            self.json.turn_text()
        elif self._read is not None:
            await self._show_tree(self._read)
            self._tell()

    def focus_content(self) -> None:
        """Give what is shown the keys."""
        if self.json is not None:
            self.json.call_after_refresh(self.json.focus_content)
        elif self._view is not None:
            self._view.focus()

    def search(self, needle: str, step: int) -> None:
        """Mark a text, and go to the match after the selected one (1), before it (-1), or the first (0)."""
        if self.json is not None:
            self.json.search(needle, step)
        elif self._view is not None:
            self._view.search(needle, backwards=step < 0)

    async def written(self) -> str | None:
        """The selected value as a text to paste; None without one, and after saying why there is none."""
        from services.results.indented import indented
        from services.results.sent import harmless

        if self.json is None:
            return None
        value = self.json.value
        if isinstance(value, str):
            return harmless(value)
        try:
            return await asyncio.to_thread(indented, value)
        except RecursionError:
            self.notify("It is nested too deeply for a text.", severity="warning", markup=False, timeout=3)
            return None
