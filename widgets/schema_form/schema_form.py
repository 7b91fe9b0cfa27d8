"""A form made from a schema: one row a field, checked as it is filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from services.forms.form import WHOLE_FORM
from widgets.schema_form.editor import FieldWalk
from widgets.schema_form.field_row import FieldRow
from widgets.schema_form.lazy_rows import LazyRows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult

    from services.forms.fields import Entry
    from services.forms.form import Form

__all__ = ("SchemaForm",)

_AT_ONCE = 20
_AT_A_TIME = 5
_MOST_MOUNTED = 100
"""Fields that are all there sooner or later; of more, those far down once they are seen (4 ms each)."""
_TOGETHER = 10
_NARROW = 60
_WIDEST_LABEL = 28


class SchemaForm(FieldWalk, VerticalScroll, can_focus=False):
    """The fields of a form with their editors, in the order of the schema.

    `values` are values from the wire that the fields start with instead of their defaults;
    `entries` are what `entries` of an earlier form of the same schema said, typed errors included.
    """

    DEFAULT_CSS = """
    SchemaForm {
        height: auto;
        max-height: 100%;
        scrollbar-size-vertical: 1;
        & > .form--notes { height: auto; color: $text-muted; display: none; }
        & > .form--reason { height: auto; color: $text-error; display: none; }
        & > .-said { display: block; }
        &.-narrow .field--box { layout: vertical; }
        &.-narrow .field--editor { width: 1fr; }
        &.-narrow .field--note { width: 1fr; padding-left: 0; display: none; }
        &.-narrow .field--label { padding-right: 1; }
        &.-narrow FieldRow.-active .field--note, &.-narrow .-wrong .field--note { display: block; }
        &.-narrow .-mute .field--note { display: none; }
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
        entries: Mapping[str, Entry] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.form = form
        given = {**form.filled(values or {}), **(entries or {})}
        self._rows = [FieldRow(field, given.get(field.name, field.initial)) for field in form.fields]
        for row in self._rows:
            row.touched = row.field.name in given and bool(row.reason)
        self._lazy = self._far_down()
        self._entered_before = entries is not None
        self._notes = Static(Content("\n".join(form.notes[:5])), classes="form--notes", markup=False)
        self._notes.set_class(bool(form.notes), "-said")
        self._reason = Static(classes="form--reason", markup=False)
        self._refused: dict[str, Entry] = {}
        """What stood in the fields when the whole was refused."""

    def compose(self) -> ComposeResult:
        yield from self._rows[:_AT_ONCE]
        yield self._notes
        yield self._reason

    def on_mount(self) -> None:
        if self.form.checks:
            self._prepare()
        if len(self._rows) > _AT_ONCE:
            self._mount_rest()

    def _far_down(self) -> list[LazyRows]:
        places = range(_AT_ONCE, len(self._rows), _TOGETHER) if len(self._rows) > _MOST_MOUNTED else ()
        return [LazyRows(self._rows[place : place + _TOGETHER]) for place in places]

    @work(group="schema-form-rows", exit_on_error=False)
    async def _mount_rest(self) -> None:
        """Mount what is far down a few rows at a time: a hundred at once would hold the screen."""
        if self._lazy:
            await self.mount_all(self._lazy, before=self._notes)
            return
        for start in range(_AT_ONCE, len(self._rows), _AT_A_TIME):
            await self.mount_all(self._rows[start : start + _AT_A_TIME], before=self._notes)

    @work(thread=True, group="schema-form", exit_on_error=False)
    def _prepare(self) -> None:
        self.form.prepare()

    def on_resize(self, event: events.Resize) -> None:
        width = event.size.width
        self.set_class(width < _NARROW, "-narrow")
        widest = max((row.label_width for row in self._rows), default=0)
        room = min(_WIDEST_LABEL, max(width // 3, 8))
        for row in self._rows:
            row.set_label_width(min(widest, room) + (1 if width < _NARROW else 2))

    @property
    def entries(self) -> dict[str, Entry]:
        """What stands in the fields now, right or wrong, by field name."""
        return {row.field.name: row.entry for row in self._rows}

    @property
    def is_changed(self) -> bool:
        """Whether anything was entered, here or in the earlier form: then `entries` are worth keeping."""
        return self._entered_before or any(row.is_changed for row in self._rows)

    def focus(self, scroll_visible: bool = True) -> Self:
        """Give the keys to the first field: at once where it is there, for keys may be typed already."""
        if self._rows and self._rows[0].is_mounted:
            self._focus_first()
        self.call_after_refresh(self._focus_first)
        return self

    def _focus_first(self) -> None:
        # Somebody who types fast may be in the second field before this comes: they stay there.
        if self._rows and not any(row.has_focus_within for row in self._rows):
            self._rows[0].focus_entry()

    def submit(self) -> None:
        """Post `Submitted`, or show what is wrong and go to the first field that is."""
        content, reasons = self.form.content(self.entries)
        for row in self._rows:
            row.touched = True
            row.show_reason(reasons.get(row.field.name, ""))
        self._refused = self.entries
        self._say(reasons.get(WHOLE_FORM, ""))
        if not reasons:
            self.post_message(self.Submitted(self, content))
            return
        wrong = next((place for place, row in enumerate(self._rows) if row.field.name in reasons), None)
        if wrong is not None:
            self._go_to(wrong)
        else:
            self._reason.scroll_visible()

    def _say(self, reason: str) -> None:
        self._reason.update(Content(reason))
        self._reason.set_class(bool(reason), "-said")

    def on_field_row_changed(self, event: FieldRow.Changed) -> None:
        event.stop()
        if self.entries != self._refused:  # what was typed before the refusal may be told after it
            self._say("")
        self.post_message(self.Changed(self))

    async def make_ready(self, by: int) -> None:
        if self._lazy and (at := self._place) is not None:
            await self._fill(at + by)

    async def _fill(self, place: int) -> None:
        """Have the row at a place there, with those around it."""
        if place >= _AT_ONCE and self._lazy:
            first = (place - _AT_ONCE) // _TOGETHER
            for rows in self._lazy[first : first + 1]:
                await rows.fill()

    def _go_to(self, place: int) -> None:
        if self._rows[place].is_mounted:
            self._rows[place].focus_entry()
        else:
            self._go_far(place)

    @work(group="schema-form-far", exclusive=True, exit_on_error=False)
    async def _go_far(self, place: int) -> None:
        await self._fill(place)
        self._rows[place].focus_entry()

    def step(self, by: int) -> None:
        at = self._place
        if at is not None and 0 <= at + by < len(self._rows):
            self._go_to(at + by)

    def advance(self) -> None:
        if self._place == len(self._rows) - 1:
            self.submit()
        else:
            self.step(1)

    @property
    def _place(self) -> int | None:
        return next((place for place, row in enumerate(self._rows) if row.has_focus_within), None)
