"""A JSON value to look through: as a tree, an array of objects as a table, all of it as text."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import work
from textual.containers import Vertical
from textual.message import Message

from services.amounts import plural
from services.json_paths import json_pointer
from services.results.folded import folded
from services.results.indented import indented
from services.text import one_line
from widgets.views.json_nodes import rows_of
from widgets.views.json_search import json_matches
from widgets.views.json_table import JsonTable
from widgets.views.json_tree import JsonTree
from widgets.views.search import needle_pattern, told

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from services.json_paths import Step
    from widgets.views.json_search import JsonMatches
    from widgets.views.json_view import JsonView

__all__ = ("JsonExplorer",)


class JsonExplorer(Vertical):
    """One value in three ways; the selected place and the search go along from one to the other."""

    DEFAULT_CSS = """
    JsonExplorer { height: 1fr; padding: 0 1; }
    JsonExplorer > JsonView { padding: 0; }
    """

    @dataclass
    class Changed(Message):
        """Another place is selected, or another way is shown."""

    @dataclass
    class Searched(Message):
        """A search has found something, is going on or has ended; `told` says which match this is."""

        told: str
        is_going: bool = False
        """Whether the rest is still being looked through."""

    @dataclass
    class TextChosen(Message):
        """A text within the value wants to be seen whole."""

        path: tuple[Step, ...]
        text: str

    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value
        self._tree: JsonTree | None = None
        self._table: JsonTable | None = None
        self._table_path: tuple[Step, ...] = ()
        self._text: JsonView | None = None
        self._needle = ""
        self._matches: JsonMatches | None = None
        self._match = 0

    def compose(self) -> ComposeResult:
        path = _wrapped(self._value)
        if (rows := rows_of(self._at(path))) is not None:
            self._table_path, self._table = path, JsonTable(rows)
            yield self._table
        else:
            self._tree = JsonTree(self._value)
            yield self._tree

    # What is selected.

    @property
    def is_text(self) -> bool:
        """Whether all of it is shown as text."""
        return self._text is not None and bool(self._text.display)

    @property
    def is_table(self) -> bool:
        return self._table is not None and bool(self._table.display)

    @property
    def path(self) -> tuple[Step, ...]:
        """Where the selected value stands; of the text the whole document."""
        if self.is_text or not self.is_mounted:
            return ()
        if self.is_table and self._table is not None:
            return (*self._table_path, self._table.cursor)
        return self._tree.path if self._tree is not None else ()

    @property
    def value(self) -> Any:
        """The selected value."""
        return self._at(self.path)

    @property
    def about(self) -> str:
        """What is shown, in a few words."""
        if self.is_text or not self.is_mounted:
            return ""
        if self.is_table and self._table is not None and self._table.is_mounted:
            rows, columns = self._table.size_told
            return f"{plural(rows, 'row')} · {plural(columns, 'column')}"
        return one_line(json_pointer(self.path), 200)

    @property
    def table_path(self) -> tuple[Step, ...] | None:
        """Where the innermost array of objects is that holds what is selected."""
        path = self.path
        ways = (path[:end] for end in range(len(path), -1, -1))
        return next((way for way in ways if rows_of(self._at(way)) is not None), None)

    def _at(self, path: tuple[Step, ...]) -> Any:
        value = self._value
        for step in path:
            value = value[step]
        return value

    # Ways of showing it.

    def focus_content(self) -> None:
        """Give what is shown the keys."""
        if self.is_table and self._table is not None:
            self._table.focus_rows()
        elif self.is_text and self._text is not None:
            self._text.focus()
        elif self._tree is not None:
            self._tree.focus()

    @work(group="json-ways", exclusive=True, exit_on_error=False)
    async def turn_table(self) -> None:
        """From the tree to the table of what is selected, and back."""
        if self.is_table:
            await self._show_tree(self.path)
        elif (path := self.table_path) is not None:
            await self._show_table(path, self.path)

    @work(group="json-ways", exclusive=True, exit_on_error=False)
    async def turn_text(self) -> None:
        """From tree or table to indented text, and back to the tree."""
        if self.is_text:
            await self._show_tree(self._tree.path if self._tree is not None else ())
            return
        if self._text is None:
            from widgets.views.json_view import JsonView

            try:
                text = await asyncio.to_thread(lambda: indented(folded(self._value)))
            except RecursionError:
                self.notify(
                    "It is nested too deeply for a text.", severity="warning", markup=False, timeout=3
                )
                return
            self._text = JsonView(text, json=True)
        await self._change_to(self._text)
        self._text.mark(self._needle)

    async def _show_table(self, path: tuple[Step, ...], selected: tuple[Step, ...]) -> None:
        if self._table is not None:
            await self._table.remove()
        self._table_path = path
        self._table = JsonTable(self._at(path))
        await self._change_to(self._table)
        if len(selected) > len(path) and isinstance(row := selected[len(path)], int):
            self._table.go_to(row)
        self._mark()

    async def _show_tree(self, path: tuple[Step, ...]) -> None:
        if self._tree is None:
            self._tree = JsonTree(self._value)
        await self._change_to(self._tree)
        self._tree.go_to(path)
        self._mark()

    async def _change_to(self, view: JsonTree | JsonTable | JsonView) -> None:
        had_focus = self.has_focus_within
        if not view.is_attached:
            await self.mount(view)
        if not view.display or any(child.display for child in self.children if child is not view):
            for child in self.children:
                child.display = child is view
            if had_focus:
                self.focus_content()
        self.post_message(self.Changed())

    def on_row_list_moved(self) -> None:
        self.post_message(self.Changed())

    def on_json_tree_chosen(self, event: JsonTree.Chosen) -> None:
        event.stop()
        self.post_message(self.TextChosen(event.path, event.text))

    @work(group="json-ways", exclusive=True, exit_on_error=False)
    async def on_json_table_row_chosen(self) -> None:
        await self._show_tree(self.path)

    # Searching.

    def search(self, needle: str, step: int) -> None:
        """Go to the next place of a text, or the previous one; with `step` 0 to the first."""
        is_new, self._needle = needle != self._needle, needle
        if self.is_text and self._text is not None:
            self._matches = None
            self._text.search(needle, backwards=step < 0)
        else:
            if is_new or self._matches is None:
                self._matches = None
                self._look(needle, step)
            else:
                self._step(self._matches, step)

    @work(group="json-search", exclusive=True, exit_on_error=False)
    async def _look(self, needle: str, step: int) -> None:
        """Look for a text: the first match is gone to once it is found, the last one at the end."""
        self._match = -1
        async for matches in json_matches(self._value, needle):
            if self.is_text:
                return  # which has a search of its own
            self._matches = matches
            if self._match < 0 and matches.found and (step >= 0 or not matches.is_going):
                self._match = len(matches.found) - 1 if step < 0 else 0
                await self._go_to(matches.path(self._match))
            self._tell(matches)
        if self._match < 0:
            self._mark()

    def _step(self, matches: JsonMatches, step: int) -> None:
        """Go to the next match, round the ends; while it is looked for, to the last one there is so far."""
        if not matches.found:
            return
        to = self._match + step
        if matches.is_going:
            self._match = max(0, min(to, len(matches.found) - 1))
        else:
            self._match = to % len(matches.found)
        self._tell(matches)
        self._show_match(matches.path(self._match))

    @work(group="json-step", exclusive=True, exit_on_error=False)
    async def _show_match(self, path: tuple[Step, ...]) -> None:
        await self._go_to(path)

    def _tell(self, matches: JsonMatches) -> None:
        """Say which match this is, of how many, and whether there may be more."""
        said = told(self._needle, self._match + 1, len(matches.found))
        if matches.is_going:
            said = f"{said}…" if self._match >= 0 else "searching…"
        self.post_message(self.Searched(said + "+" * matches.more, matches.is_going))

    async def _go_to(self, path: tuple[Step, ...]) -> None:
        inside = len(self._table_path)
        row = path[inside] if len(path) > inside and path[:inside] == self._table_path else None
        if self.is_table and self._table is not None and isinstance(row, int):
            self._table.go_to(row)
            self._mark()
        else:
            await self._show_tree(path)

    def on_json_view_searched(self, event: JsonView.Searched) -> None:
        event.stop()
        self.post_message(self.Searched(event.told))

    def _mark(self) -> None:
        pattern = needle_pattern(self._needle)
        for view in (self._tree, self._table):
            if view is not None and view.is_mounted:
                view.mark(pattern)


def _wrapped(value: Any) -> tuple[Step, ...]:
    """The one key of an object that is nothing but a wrapper; else the whole."""
    return tuple(value) if isinstance(value, dict) and len(value) == 1 else ()
