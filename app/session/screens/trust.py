"""Asking whether the servers of a project's file may be used: all that they would run, then the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from app.session.screens.breakpoints import know_size
from services.config.projects.shown import STATES, shown_problems, shown_servers
from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.inbox.answer_keys import KeyButton
from widgets.key_names import chosen_key
from widgets.views.json_view import JsonView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult

    from services.config.projects.project_file import ProjectFile

__all__ = ("Answer", "TrustScreen")

Answer = Literal["yes", "no", "later"]

_QUESTION = "May the servers of this project's file be used, until it changes?"


class TrustScreen(Screen[Answer]):
    """Shows one file whole and takes the answer. Enter is no answer: a yes is a key of its own."""

    CSS_PATH = "trust.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "answer('yes')", "use them", id="trust.yes", priority=True, show=False),
        Binding("ctrl+n", "answer('no')", "use none", id="trust.no", priority=True, show=False),
        Binding("escape,q", "answer('later')", "later", id="trust.later", show=False),
    ]

    def __init__(self, file: ProjectFile) -> None:
        super().__init__()
        self._file = file

    def compose(self) -> ComposeResult:
        know_size(self)
        state = STATES[self._file.consent]
        yield Static(_QUESTION, id="trust-title", markup=False)
        path = Content.assemble(self._file.shown, "  ", (state, "$text-warning"))
        yield Static(path, id="trust-path", markup=False)
        yield JsonView("\n".join(_lines(self._file)), json=False)
        with Horizontal(id="trust-keys"):
            yes = KeyButton(chosen_key(self.app, "trust.yes", "^s"), "use them", "yes")
            yes.disabled = not self._file.servers
            yield yes
            yield KeyButton(chosen_key(self.app, "trust.no", "^n"), "use none", "no")
            yield KeyButton(chosen_key(self.app, "trust.later", "esc"), "later", "later")
        yield FooterKeys()

    def on_mount(self) -> None:
        self.query_one(JsonView).focus()

    def on_key_button_pressed(self, event: KeyButton.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.action)  # type: ignore[arg-type]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to agree to in a file without servers."""
        return bool(self._file.servers) if action == "answer" and parameters == ("yes",) else True

    def action_answer(self, answer: Answer) -> None:
        self.dismiss(answer)


def _lines(file: ProjectFile) -> Iterator[str]:
    if file.target != file.path:
        yield f"The file is a link to {one_line(str(file.target), 1 << 16)}"
        yield ""
    for server in shown_servers(file):
        yield f"{server.name}  {server.kind}"
        yield from (f"    {line}" for line in server.lines)
        yield ""
    if not file.servers:
        yield "There is nothing in it to consent to."
    yield from (f"! {text}" for text in shown_problems(file))
