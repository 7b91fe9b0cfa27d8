"""A form made from a schema, on a screen of its own: the arguments of a tool or a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.containers import Vertical
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Static

from services.forms.form import fields_of
from widgets.footer_keys import FooterKeys
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

__all__ = ("FormScreen",)


class FormScreen(ModalScreen["dict[str, Any] | None"]):
    """Asks for what a schema describes; dismissed with the content, or None when left."""

    CSS_PATH = "form.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS = [
        Binding("ctrl+s", "send", "send", id="form.send", priority=True),
        Binding("escape", "back", "back", id="form.back"),
    ]

    form = query_one(SchemaForm)

    def __init__(
        self, title: str, description: str, schema: Mapping[str, Any], values: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._description = description
        self._form = fields_of(schema, strict_elicitation=False)
        self._values = values

    def compose(self) -> ComposeResult:
        with Vertical(id="form-box"):
            yield Static(self._title, id="form-title", markup=False)
            if self._description:
                yield Static(self._description, id="form-description", markup=False)
            yield SchemaForm(self._form, self._values)
            yield FooterKeys()

    def on_mount(self) -> None:
        self.form.focus()

    def on_schema_form_submitted(self, event: SchemaForm.Submitted) -> None:
        event.stop()
        self.dismiss(event.content)

    def action_send(self) -> None:
        self.form.submit()

    def action_back(self) -> None:
        self.dismiss(None)
