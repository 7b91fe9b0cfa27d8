"""A form made from a schema, on a screen of its own: the arguments of a tool or a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Static

from app.editor.outside import can_edit
from app.session.screens.breakpoints import know_size
from app.session.screens.dialog import Dialog
from app.session.screens.proposals import Proposals
from services.forms.form import fields_of
from services.forms.json_field import JsonField
from services.numbers import exact_json
from widgets.footer_keys import FooterKeys
from widgets.schema_form.schema_form import SchemaForm
from widgets.schema_form.whole_editor import WholeEditor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from textual.app import ComposeResult
    from textual.widget import Widget

    from app.session.screens.proposals import Complete
    from services.forms.fields import Entry

__all__ = ("FormScreen",)


class FormScreen(Dialog["dict[str, Any] | None"]):
    """Asks for what a schema describes; dismissed with the content, or None when left.

    `values` come from the wire; where they fit the schema and the form `keeps` them, each is sent as it is
    unless it was changed, also what no form can show. `draft` is what an earlier form of the same schema was
    left with. `complete` proposes values for a field.
    """

    @dataclass
    class EditorWanted(Message):
        """The person wants to edit a text in an editor of their own; `take` is told what comes back."""

        screen: FormScreen
        text: str
        name: str
        """What the file is called."""
        take: Callable[[str], Awaitable[None]]

        @property
        def control(self) -> FormScreen:
            """Alias for `screen`."""
            return self.screen

    AUTO_FOCUS = ""  # the form knows which field is wanted first
    CSS_PATH = "form.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "send", "send", id="form.send", priority=True),
        Binding("escape", "back", "back", id="form.back"),
        Binding("ctrl+j", "turn", "form/JSON", id="form.json", priority=True),
        Binding("ctrl+g", "edit_outside", "editor", id="form.editor", priority=True),
        Binding("ctrl+y", "take_value", "value", id="form.value", priority=True),
        Binding("ctrl+r", "begin_anew", "start over", id="form.anew", priority=True),
    ]

    form = query_one(SchemaForm)

    def __init__(
        self,
        title: str,
        description: str,
        schema: Mapping[str, Any],
        values: Mapping[str, Any] | None = None,
        *,
        draft: Mapping[str, Entry] | None = None,
        keeps: bool = False,
        complete: Complete | None = None,
    ) -> None:
        super().__init__()
        self._title = title
        self._description = description
        self._plain = form = fields_of(schema, strict_elicitation=False)
        self._form = form.keeping(values) if keeps and values else form
        self._whole: WholeEditor | None = None
        self._values = values
        self._proposals = None if complete is None else Proposals(complete)
        self.draft = draft
        """What was entered and not sent, once the form is left; None where that is nothing."""

    def compose(self) -> ComposeResult:
        know_size(self)
        with Vertical(id="form-box"):
            yield Static(self._title, id="form-title", markup=False)
            if self._description:
                yield Static(self._description, id="form-description", markup=False)
            yield self._fresh(self.draft)
            yield FooterKeys()

    def _fresh(self, draft: Mapping[str, Entry] | None = None) -> SchemaForm:
        return SchemaForm(self._form, self._values, entries=draft)

    def on_mount(self) -> None:
        self.form.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is something to start over only where something was left; an editor needs a terminal."""
        if action == "edit_outside":
            return can_edit(self.app)
        if action == "take_value":
            return self._proposals is not None and self._proposals.offers(self.form)
        return self.draft is not None and self._whole is None if action == "begin_anew" else True

    def on_schema_form_submitted(self, event: SchemaForm.Submitted) -> None:
        event.stop()
        self.dismiss(event.content)

    def on_descendant_focus(self) -> None:
        self._propose()

    def on_schema_form_changed(self, event: SchemaForm.Changed) -> None:
        event.stop()
        self._propose()

    def _propose(self) -> None:
        if self._proposals is not None:
            self.run_worker(self._offer(self._proposals), group="form-values", exclusive=True)

    async def _offer(self, proposals: Proposals) -> None:
        await proposals.ask(self.form)
        self.refresh_bindings()

    def action_take_value(self) -> None:
        """Put the next of the values that the server proposes into the field."""
        if self._proposals is not None:
            self._behind_keys(partial(self._proposals.take, self.form))

    def _behind_keys(self, act: Callable[[], object]) -> None:
        """Do something behind the keys that were typed before it: a key with priority overtakes those."""
        at = self.focused or self.form
        at.call_later(self._follow_keys, at, act)

    def _follow_keys(self, at: Widget, act: Callable[[], object]) -> None:
        # Those may have led to another field, where the last of them still wait.
        if self.focused is not None and self.focused is not at:
            self._behind_keys(act)
        else:
            act()

    def action_send(self) -> None:
        self._behind_keys(self._send)

    def _send(self) -> None:
        if self._whole is None:
            self.form.submit()
        elif (content := self._whole.read(self._plain.whole)) is not None:
            self.dismiss(content)

    def action_turn(self) -> None:
        """Turn the form into the JSON of all it holds, and that into the form again."""
        # The editor that has the keys may go: it cannot wait for that itself.
        self._behind_keys(partial(self.call_later, self._turn))

    async def _turn(self) -> None:
        if self._whole is None:
            self._whole = WholeEditor(self.form.value)
            self.form.display = False
            await self.query_one("#form-box").mount(self._whole, before=self.form)
            self._whole.focus_entry()
        elif not self._whole.is_changed:
            await self._close_whole()
        elif (values := self._whole.read()) is not None:
            await self._replace(SchemaForm(self._plain.keeping(values), whole=True))
            await self._close_whole()
        self.refresh_bindings()

    async def _close_whole(self) -> None:
        whole, self._whole = self._whole, None
        self.form.display = True
        self.form.focus()
        if whole is not None:
            await whole.remove()

    async def _replace(self, form: SchemaForm) -> None:
        await self.form.remove()
        await self.query_one("#form-box").mount(form, before=self.query_one(FooterKeys))

    def action_edit_outside(self) -> None:
        """Have the text that has the keys, or the JSON of the whole, edited in the person's own editor."""
        self._behind_keys(self._want_editor)

    def _want_editor(self) -> None:
        row = self.form.focused_text if self._whole is None else None
        if row is not None:
            name = "field.json" if isinstance(row.field, JsonField) else "field.txt"
            self.post_message(self.EditorWanted(self, row.text or "", name, row.put_text))
        elif self._whole is not None:
            self.post_message(self.EditorWanted(self, self._whole.text, "form.json", self._take_whole))
        else:
            text = exact_json(self._plain.with_bones(self.form.value), ensure_ascii=False, indent=2)
            self.post_message(self.EditorWanted(self, text, "form.json", self._take_whole))

    async def _take_whole(self, text: str) -> None:
        """Show the JSON that was edited: in the form, or as it is where that cannot be."""
        if self._whole is None:
            await self._turn()
        if self._whole is not None:
            self._whole.put_text(text)
            await self._turn()

    async def action_back(self) -> None:
        if self._whole is not None:
            # What is no JSON can be given up by a second Esc: the form stands as it was.
            given_up = bool(self._whole.reason)
            await (self._close_whole() if given_up else self._turn())
            self.refresh_bindings()
            return
        if self.form.is_changed:
            self.draft = self.form.entries
        self.dismiss(None)

    async def action_begin_anew(self) -> None:
        """Drop what was left here before."""
        self.draft = None
        await self._replace(self._fresh())
        self.form.focus()
        self.refresh_bindings()
