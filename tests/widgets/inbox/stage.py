"""Screens for the tests of forms and of the request inbox: something above, something to type in below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.widgets import Input, Static

from app.themes import DEFAULT_THEME, register_themes
from services.approval import ApprovalRequest, Decision, ToolCall
from services.forms.form import fields_of
from services.inbox.questions import ApprovalAnswer, ApprovalQuestion, FormQuestion, Question
from widgets.inbox.request_inbox import RequestInbox
from widgets.schema_form.schema_form import SchemaForm

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = (
    "DETAILS",
    "HOSTILE",
    "HOSTILE_SCHEMA",
    "WRITE",
    "WRITE_SCHEMA",
    "FormStage",
    "InboxStage",
    "approval",
    "details",
    "text_on",
)

HOSTILE = "[/x][@click=app.quit]x[/] \x1b]52;c;aGk=\x07\x9b31m\u202e $accent [b"

DETAILS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "title": "Name",
            "description": "full name",
            "minLength": 2,
            "maxLength": 20,
            "default": "Bob",
        },
        "colour": {
            "title": "Colour",
            "oneOf": [{"const": "r", "title": "Red"}, {"const": "g", "title": "Green"}],
        },
        "lucky": {"type": "integer", "title": "Lucky number", "minimum": 1, "maximum": 100},
        "mail": {"type": "string", "title": "E-mail", "format": "email", "examples": ["bob@example.org"]},
        "agree": {"type": "boolean", "title": "Agree to terms"},
        "toppings": {
            "type": "array",
            "title": "Toppings",
            "items": {"enum": ["cheese", "ham", "olives", "mushrooms"]},
            "minItems": 1,
            "maxItems": 2,
        },
    },
    "required": ["name", "colour"],
}
"""A question with every kind of field but the largest."""

HOSTILE_SCHEMA: dict[str, Any] = {
    "properties": {
        HOSTILE: {"type": "string", "title": HOSTILE, "description": HOSTILE, "default": HOSTILE},
        "pattern": {"type": "string", "pattern": HOSTILE, "examples": [HOSTILE], "format": HOSTILE},
        "few": {"title": HOSTILE, "enum": [HOSTILE, "b"]},
        "many": {"enum": [f"{HOSTILE} {number}" for number in range(50)], "description": HOSTILE},
        "some": {"type": "array", "items": {"oneOf": [{"const": "a", "title": HOSTILE}]}},
        "json": {"type": "object", "default": {HOSTILE: HOSTILE}, "title": HOSTILE},
    },
    "required": [HOSTILE],
}


def details(server: str = "everything", **properties: Any) -> FormQuestion:
    """A question for the details, or for these properties."""
    schema = {"type": "object", "properties": properties} if properties else DETAILS
    return FormQuestion(server=server, message="Please fill in your details", schema=schema)


WRITE: dict[str, Any] = {
    "path": "/etc/hosts",
    "content": "127.0.0.1  localhost\n::1        localhost ip6-localhost\n\n10.0.0.7   build\n",
    "mode": 420,
    "backup": True,
    "options": {"encoding": "utf-8", "tags": ["network", "hosts"]},
}
"""The arguments of a call: texts short and long, a number, a yes, an object."""

WRITE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "path": {"type": "string"},
        "content": {"type": "string"},
        "mode": {"type": "integer"},
        "backup": {"type": "boolean"},
        "options": {"type": "object"},
    },
    "required": ["path", "content"],
}


def approval(
    arguments: dict[str, Any] | None = None,
    *,
    server: str = "files",
    tool: str = "write_file",
    **request: Any,
) -> ApprovalQuestion:
    """The question whether a model may write a file, or call another tool."""
    given = {
        "description": "Writes a text to a file, and whatever was there before is gone.",
        "declared": ("may change things", "may destroy", "stays within its own"),
        "lastings": ("once", "session", "always"),
        "schema": WRITE_SCHEMA,
    }
    call = ToolCall("1", f"mcp__{server}__{tool}", server, tool, WRITE if arguments is None else arguments)
    return ApprovalQuestion(server=server, message="", request=ApprovalRequest(call, **given | request))


class FormStage(App[None]):
    """One form; what it submitted is kept."""

    CSS = "SchemaForm { height: 1fr; } #below { height: 1; }"

    def __init__(self, schema: object, values: dict[str, Any] | None = None, *, strict: bool = True) -> None:
        super().__init__()
        self.form = SchemaForm(fields_of(schema, strict_elicitation=strict), values)
        self.submitted: list[dict[str, Any]] = []
        self.changes = 0

    def compose(self) -> ComposeResult:
        yield self.form
        yield Input(id="below", compact=True)

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.form.focus()

    def on_schema_form_submitted(self, event: SchemaForm.Submitted) -> None:
        assert event.control is self.form
        self.submitted.append(event.content)

    def on_schema_form_changed(self, event: SchemaForm.Changed) -> None:
        assert event.control is self.form
        self.changes += 1


class InboxStage(App[None]):
    """A history, the inbox and a composer, as in the session; what was answered is kept."""

    CSS = "#history { height: 1fr; padding: 0 2; } #composer { height: 1; padding: 0 2; }"

    def __init__(self, *questions: Question) -> None:
        super().__init__()
        self._open = questions
        self.answers: list[tuple[str, str, Any]] = []
        self.decisions: list[Decision] = []
        self.edited: list[Question] = []
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        lines = "\n".join(f"✓ time.now  zone=UTC  {number} ms" for number in range(1, 40))
        yield Static(lines, id="history", markup=False)
        inbox = RequestInbox()
        inbox.questions = self._open
        yield inbox
        yield Input(id="composer", compact=True, placeholder="/ for commands")

    def on_mount(self) -> None:
        register_themes(self)
        self.theme = DEFAULT_THEME
        self.composer.focus()

    @property
    def inbox(self) -> RequestInbox:
        return self.query_one(RequestInbox)

    @property
    def composer(self) -> Input:
        return self.query_one("#composer", Input)

    def on_request_inbox_answered(self, event: RequestInbox.Answered) -> None:
        assert event.control is self.inbox
        self.answers.append((event.question.server, event.answer.action, event.answer.content))
        if isinstance(event.answer, ApprovalAnswer):
            self.decisions.append(event.answer.decision)
        self.inbox.questions = tuple(one for one in self.inbox.questions if one is not event.question)

    def on_request_inbox_edit_wanted(self, event: RequestInbox.EditWanted) -> None:
        self.edited.append(event.question)

    def on_request_inbox_open_url(self, event: RequestInbox.OpenUrl) -> None:
        self.opened.append(event.url)


def text_on(app: App[Any]) -> str:
    """What is to be read on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)
