"""A form made from a schema: one row a field, checked as it is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.forms.tree import FormTree
from widgets.schema_form.item_actions import ItemActions
from widgets.schema_form.placed_rows import PlacedRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

    from services.forms.form import Form
    from services.forms.nodes import Node
    from widgets.schema_form.field_row import FieldRow

__all__ = ("SchemaForm",)

_SETTLED = 0.1
"""Seconds after which what is not in sight comes into being: what is comes first."""

_AROUND = 8
"""Rows of the screen that no form has: its title, its keys, what is above it."""


class SchemaForm(ItemActions, VerticalScroll, can_focus=False):
    """The fields of a form with their editors, in the order of the schema.

    `values` are values from the wire that the fields start with instead of their defaults; where they are
    the `whole`, what is not among them is left out. `entries` are what `entries` of an earlier form of the
    same schema said, typed errors included.
    """

    DEFAULT_CSS = """
    SchemaForm {
        height: auto;
        max-height: 100%;
        scrollbar-size-vertical: 1;
        & > .form--notes { height: auto; color: $text-muted; display: none; }
        & > .form--reason { height: auto; color: $text-error; display: none; }
        & > .-said { display: block; }
    }
    """

    @dataclass
    class Submitted(Message):
        """The form is filled in, and everything in it fits."""

        form: SchemaForm
        content: dict[str, Any]

        @property
        def control(self) -> SchemaForm:
            """Alias for `form`."""
            return self.form

    @dataclass
    class Changed(Message):
        """The person changed an entry."""

        form: SchemaForm

        @property
        def control(self) -> SchemaForm:
            """Alias for `form`."""
            return self.form

    def __init__(
        self,
        form: Form,
        values: Mapping[str, Any] | None = None,
        *,
        entries: Mapping[str, Any] | None = None,
        whole: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.form = form
        self.form_tree = FormTree(form, values, entries, whole=whole)
        self.rows = PlacedRows(self, self.form_tree.rows())
        self._entered_before = entries is not None or whole
        notes = self.form_tree.notes
        self._notes = Static(Content("\n".join(notes[:5])), classes="form--notes", markup=False)
        self._notes.set_class(bool(notes), "-said")
        self._reason = Static(classes="form--reason", markup=False)
        self._refused: dict[str, Any] = {}
        """What stood in the fields when the whole was refused."""

    def compose(self) -> ComposeResult:
        yield from self.rows.begin(self.app.size.height - _AROUND)
        yield self._notes
        yield self._reason

    def on_mount(self) -> None:
        self.call_after_refresh(self.set_timer, _SETTLED, self._settle)

    def _settle(self) -> None:
        """Do what was left for after the first sight of the form."""
        if self.form.checks:
            self._prepare()
        self._place_rest()

    @work(group="schema-form-rows", exit_on_error=False)
    async def _place_rest(self) -> None:
        await self.rows.place_rest(self._notes)

    @work(thread=True, group="schema-form", exit_on_error=False)
    def _prepare(self) -> None:
        self.form.prepare()

    # What is entered.

    @property
    def entries(self) -> dict[str, Any]:
        """What stands in the fields now, right or wrong, by field name."""
        self.take_all()
        return self.form_tree.entries

    @property
    def value(self) -> dict[str, Any]:
        """All that the form holds: what is no answer stands in it as it was entered."""
        self.take_all()
        return self.form_tree.value

    @property
    def is_changed(self) -> bool:
        """Whether anything was entered, here or in the earlier form: then `entries` are worth keeping."""
        self.take_all()
        return self._entered_before or self.form_tree.is_changed

    @property
    def focused_text(self) -> FieldRow | None:
        """The row with the keys, where a text stands in it that may be long."""
        at = self.rows.focused
        return None if at is None or self.rows[at].text is None else self.rows[at]

    def take_all(self) -> bool:
        changed = False
        for row in self.rows.made:
            changed |= self.take_row(row)
        return changed

    def take_row(self, row: FieldRow) -> bool:
        """Have what stands in a row in the tree; whether other rows are in sight since."""
        entry, before = row.entry, row.node.entry
        if entry == before and type(entry) is type(before):
            return False
        return self.form_tree.take(row.node, entry)

    def submit(self) -> None:
        """Post `Submitted`, or show what is wrong and go to the first field that is."""
        self.take_all()
        content, reasons, rest = self.form_tree.content()
        self.form_tree.refuse(reasons)
        wrong = self.form_tree.reveal(reasons)
        for row in self.rows.made:
            row.show_reason(reasons.get(row.node, ""))
        self._refused = self.form_tree.entries
        self._say(rest)
        if not reasons and not rest:
            self.post_message(self.Submitted(self, content))
        elif wrong is None:
            self._reason.scroll_visible()
        elif (place := self.rows.of(wrong)) is not None:
            self.rows.update_heads()
            self._go_to(place)
        else:
            self._show_wrong(wrong)

    @work(group="schema-form-far", exclusive=True, exit_on_error=False)
    async def _show_wrong(self, node: Node) -> None:
        """Go to a field that was folded away."""
        await self.show_rows(node)

    def _say(self, reason: str) -> None:
        self._reason.update(Content(reason))
        self._reason.set_class(bool(reason), "-said")

    async def on_field_row_changed(self, event: FieldRow.Changed) -> None:
        event.stop()
        await self._follow(event.row)
        if self._reason.has_class("-said") and self.entries != self._refused:
            self._say("")  # what was typed before the refusal may be told after it
        self.post_message(self.Changed(self))

    # Rows that come and go.

    async def _follow(self, row: FieldRow) -> None:
        """Have the rows in sight that what stands in a row asks for."""
        if self.take_row(row):
            await self.show_rows()

    async def show_rows(self, then: Node | None = None) -> None:
        """Have the rows of the tree in sight, and give the keys to one of them."""
        self.rows.show(self.form_tree.rows())
        await self.rows.place()
        if then is not None and (place := self.rows.of(then)) is not None:
            self._go_to(place)

    async def go_on(self, then: Node | None) -> None:
        """Show what has changed, and go on at a node."""
        await self.show_rows(then)
        self._say("")
        self.post_message(self.Changed(self))

    # Where the keys go.

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the keys to the first empty required field, or else to the first one.

        At once where it is there, for keys may be typed already.
        """
        if self.rows and self.rows[self.rows.first].is_mounted:
            self._focus_first()
        self.call_after_refresh(self._focus_first)
        return self

    def _focus_first(self) -> None:
        # Somebody who types fast may be in the second field before this comes: they stay there.
        if len(self.rows) and self.rows.focused is None:
            self._go_to(self.rows.first)

    async def make_ready(self, by: int) -> None:
        at = self.rows.focused
        if at is not None:
            await self._follow(self.rows[at])
            await self.rows.fill(self._next(at, by))

    def _next(self, at: int, by: int) -> int:
        """The place of the next row that takes keys; the same one past the end."""
        to = at + by
        while 0 <= to < len(self.rows) and not self.rows[to].takes_keys:
            to += by
        return to if 0 <= to < len(self.rows) else at

    def _go_to(self, place: int) -> None:
        place = place if self.rows[place].takes_keys else self._next(place, 1)
        if self.rows[place].is_mounted:
            self.rows[place].focus_entry()
        else:
            self._go_far(place)

    @work(group="schema-form-far", exclusive=True, exit_on_error=False)
    async def _go_far(self, place: int) -> None:
        await self.rows.fill(place)
        self.rows[place].focus_entry()

    def step(self, by: int) -> None:
        at = self.rows.focused
        if at is not None and (to := self._next(at, by)) != at:
            self._go_to(to)

    def advance(self) -> None:
        at = self.rows.focused
        if at is not None and self._next(at, 1) == at:
            self.submit()
        else:
            self.step(1)
