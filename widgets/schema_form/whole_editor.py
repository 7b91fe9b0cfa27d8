"""All that a form holds, as JSON in one editor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from services.forms.fields import Refused
from services.forms.json_field import JsonField
from services.held_text import held
from services.numbers import exact_json
from widgets.schema_form.line_editor import BlockEditor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.geometry import Size

    from services.forms.fields import Entry
    from services.schemas.checker import SchemaCheck
    from widgets.schema_form.editor import EntryChanged

__all__ = ("WholeEditor",)

_LEAST_ROWS = 4


class _TallEditor(BlockEditor):
    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        most = max(_LEAST_ROWS, viewport.height // 2)
        return max(_LEAST_ROWS, min(self.wrapped_document.height, most))


class WholeEditor(Vertical):
    """JSON text of an object, and below it why it is none that can be used."""

    DEFAULT_CSS = """
    WholeEditor {
        height: auto;
        & > .whole--reason { height: auto; color: $text-error; display: none; }
        & > .-said { display: block; }
    }
    """

    def __init__(self, value: Mapping[str, Any]) -> None:
        super().__init__()
        self._began = exact_json(value, ensure_ascii=False, indent=2)
        self._editor = _TallEditor(self._began)
        self._reason = Static(classes="whole--reason", markup=False)
        self._refused: Entry = None
        """The text that the reason is about."""

    def compose(self) -> ComposeResult:
        yield self._editor
        yield self._reason

    @property
    def is_changed(self) -> bool:
        """Whether the text is another than the editor began with."""
        return self._editor.typed != self._began

    @property
    def text(self) -> str:
        """What was typed."""
        return self._editor.text

    def put_text(self, text: str) -> None:
        """Have another text in the editor."""
        self._editor.load_text(held(text))

    def focus_entry(self) -> None:
        """Give the keys to the text."""
        self._editor.focus_entry()

    def read(self, check: SchemaCheck | None = None) -> dict[str, Any] | None:
        """The object, when it is one that fits the schema; otherwise None, and the reason is shown."""
        field = JsonField(name="", label="", required=True, shape="object", whole=check)
        try:
            value = field.read(self._editor.typed)
            if isinstance(value, dict):
                return value
            reason = "must be an object"
        except Refused as refused:
            reason = str(refused)
        self.say(reason)
        return None

    @property
    def reason(self) -> str:
        """The reason that is shown; empty without one."""
        return str(self._reason.content) if self._reason.has_class("-said") else ""

    def say(self, reason: str) -> None:
        """Show why the text cannot be used; without a reason, nothing."""
        self._refused = self._editor.typed
        self._reason.update(Content(reason))
        self._reason.set_class(bool(reason), "-said")

    def on_entry_changed(self, event: EntryChanged) -> None:
        event.stop()
        if self._editor.typed != self._refused:  # what was typed before the refusal may be told after it
            self.say("")
