"""The finder: one line to type in, and below it what fits of all that the servers offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from app.session.screens.breakpoints import know_size
from services.events import CatalogChanged, ServersChanged, StatusChanged
from services.held_text import held, pasted
from services.text import one_line
from widgets.finder.found_list import FoundList
from widgets.footer_keys import FooterKeys
from widgets.holding import HoldingInput
from widgets.servers.entry_text import entry_lines
from widgets.servers.for_model import tokens_words
from widgets.views.line import Line, plain_lines
from widgets.views.line_view import LineView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from textual import events
    from textual.app import ComposeResult

    from services.events import Event
    from services.finder.finder import Finder, Found
    from services.finder.items import Item
    from widgets.views.row_list import RowList

__all__ = ("FinderScreen", "Kept")

_TOGETHER = 0.1
"""Seconds within which changes of lists are read together: fifty servers may start at once."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where somebody was in the finder: what was typed, and which row was selected."""

    words: str = ""
    item: Item | None = None


class FinderField(HoldingInput):
    """The words; the keys of the list act in the order they were pressed, as letters do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "want('open')", "open", id="finder.open", key_display="⏎"),
        Binding("tab", "want('details')", "details", id="finder.details", key_display="tab"),
        Binding("f2", "want('server')", "server", id="finder.server"),
        Binding("up", "want('up')", "up", show=False, id="finder.up"),
        Binding("down", "want('down')", "down", show=False, id="finder.down"),
        Binding("pageup", "want('page_up')", "page up", show=False, id="finder.page_up"),
        Binding("pagedown", "want('page_down')", "page down", show=False, id="finder.page_down"),
        Binding("shift+up", "want('details_up')", "details up", show=False, id="finder.details_up"),
        Binding("shift+down", "want('details_down')", "details down", show=False, id="finder.details_down"),
    ]

    @dataclass
    class Wanted(Message):
        """A key that is not for the words."""

        what: str

    def action_want(self, what: str) -> None:
        self.post_message(self.Wanted(what))

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        start, end = sorted(self.selection)
        self.replace(held(" ".join(pasted(event.text).split())), start, end)

    async def _on_key(self, event: events.Key) -> None:
        # Textual runs bindings behind keys that were typed later; see `ComposerEntry`.
        active = None if event.is_printable else self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.binding.action.startswith("want("):
            event.prevent_default()
            event.stop()
            await self.app.run_action(active.binding.action, self)


class FinderScreen(Screen[None]):
    """Finds tools, resources, templates, prompts and what else the finder knows, over all servers.

    It stays where it is while a form or a server is open above it, and closes when a call begins
    (`give_way`).
    """

    CSS_PATH = "finder.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="finder.back"),
    ]

    field = query_one(FinderField)
    rows = query_one(FoundList)
    details = query_one(LineView)

    @dataclass
    class Chosen(Message):
        """The person wants to use what was found."""

        item: Item

    @dataclass
    class ServerWanted(Message):
        """The person wants to see the server of what was found."""

        item: Item

    def __init__(
        self,
        finder: Finder,
        tokens: Callable[[Item], int],
        prepare: Callable[[], Awaitable[None]] | None = None,
        kept: Kept | None = None,
        left: Callable[[Kept], None] = lambda _: None,
    ) -> None:
        """`tokens` is what an item costs a model, which may be asked once `prepare` is done.

        `kept` is where somebody was, `left` is told where they are when they leave.
        """
        super().__init__()
        self._finder = finder
        self._tokens = tokens
        self._prepare = prepare
        self._kept = kept or Kept()
        self._left = left
        self._chosen = False
        """Whether something was chosen since the words changed."""
        self._early = False
        """Whether Enter was pressed before there was anything to open."""
        self._stale = False
        self._found: Found | None = None
        self._shown: Item | None = None

    def compose(self) -> ComposeResult:
        know_size(self)
        with Horizontal(id="finder-line"):
            placeholder = "Find a tool, resource or prompt"
            yield FinderField(held(self._kept.words), placeholder=placeholder, compact=True)
            yield Static("…", id="finder-count", markup=False)
        with Horizontal(id="finder-main"):
            yield FoundList(self._tokens)
            yield LineView()
        yield FooterKeys()

    def on_mount(self) -> None:
        self.details.can_focus = False
        self.field.focus()
        self._read()

    # What there is.

    def take_event(self, event: Event) -> None:
        """Lists came and went: what fits now is shown, the selection where it was."""
        if isinstance(event, CatalogChanged | StatusChanged | ServersChanged) and not self._stale:
            self._stale = True
            self.set_timer(_TOGETHER, self._read)

    @work(group="finder", exit_on_error=False)
    async def _read(self) -> None:
        self._stale = False
        if self._prepare is not None and self._found is None:
            await self._prepare()
        if await self._finder.freshen() or self._found is None:
            keep = self._kept.item if self._found is None else self.rows.selected
            await self._search(keep)

    async def on_input_changed(self, event: FinderField.Changed) -> None:
        event.stop()
        self._chosen = self._early = False
        if event.value == self.field.value and self._found is not None:
            await self._search()

    async def _search(self, keep: Item | None = None) -> None:
        words = self.field.given_text
        found = self._found = await self._finder.search(words)
        cursor = found.items.index(keep) if keep is not None and keep in found.items else 0
        self.rows.show(found.items, words, self._nothing(), cursor)
        self.query_one("#finder-count", Static).update(_count(found, bool(words.strip())))
        self._show_details()
        if self._early:
            self._open()

    def _nothing(self) -> Content:
        assert self._found is not None
        words = one_line(self.field.given_text, 60)
        text = f" Nothing fits “{words}”." if self._found.total else " No server offers anything yet."
        return Content.styled(text, "$text-muted")

    # What the person does.

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        event.stop()
        self._show_details()

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        event.stop()
        self._open()

    def on_click(self) -> None:
        self.field.focus()

    def on_finder_field_wanted(self, event: FinderField.Wanted) -> None:
        event.stop()
        match event.what:
            case "open":
                self._open()
            case "details":
                self.set_class(not self.has_class("-details"), "-details")
                self._show_details()
            case "server" if (item := self.rows.selected) is not None and item.server:
                self.post_message(self.ServerWanted(item))
            case "up" | "down":
                self.rows.action_move(1 if event.what == "down" else -1)
            case "page_up" | "page_down":
                self.rows.action_page(1 if event.what == "page_down" else -1)
            case "details_up" | "details_down":
                self.details.scroll_relative(y=3 if event.what == "details_down" else -3, animate=False)
            case _:
                pass

    def _open(self) -> None:
        self._early = self._found is None
        if (item := self.rows.selected) is not None:
            self._chosen = True
            self.post_message(self.Chosen(item))

    def give_way(self) -> None:
        """What was chosen here has begun: the history shows it."""
        if self._chosen:
            self._leave()

    def action_back(self) -> None:
        if self.has_class("-details"):
            self.remove_class("-details")
        else:
            self._leave()

    def _leave(self) -> None:
        self._left(Kept(self.field.given_text, self.rows.selected))
        self.dismiss(None)

    def _show_details(self) -> None:
        item = self.rows.selected
        if not self.has_class("-details") or item is self._shown:
            return
        self._shown = item
        self.details.show(_details(item, self._tokens(item)) if item is not None else ())


def _count(found: Found, typed: bool) -> str:
    count = len(found.items)
    if not typed:
        return f"{found.total:,}"
    return f"{count:,} similar" if found.loose else f"{count:,} of {found.total:,}"


def _details(item: Item, tokens: int) -> list[Line]:
    """All about one item."""
    from services.catalog.entries import Prompt, Resource, ResourceTemplate, Tool
    from services.skills.entries import Skill

    owner = [Line.of((f"on {one_line(item.server, 80)}", "$text-muted"))] if item.server else []
    if isinstance(item.value, Tool | Resource | ResourceTemplate | Prompt | Skill):
        cost = f"about {tokens_words(tokens)} in each request to a model" if tokens else ""
        return [*owner, *entry_lines(item.value, cost)]
    return [Line.of((one_line(item.name), "bold $text-accent")), *owner, *plain_lines(item.description)]
