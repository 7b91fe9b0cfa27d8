"""Choosing which servers of other programs to bring over."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.getters import query_one
from textual.screen import Screen
from textual.widgets import Static

from services.text import one_line
from widgets.footer_keys import FooterKeys
from widgets.views.choice_list import Choice, ChoiceList

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

    from services.config.import_plan import Step

__all__ = ("Group", "ImportScreen")

_WHOLE = 1 << 16
"""Characters of a line: what is brought over is seen whole."""


class Group(NamedTuple):
    """A file of another program, and what becomes of its servers."""

    whose: str
    path: str
    steps: tuple[Step, ...]
    chosen: bool = True
    """At first; not those that a project brought along without being asked for."""


class ImportScreen(Screen["tuple[Step, ...]"]):
    """Shows what would become of every server; dismissed with those to add, none when left."""

    CSS_PATH = "import_choice.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "add", "add", id="import.add", key_display="⏎"),
        Binding("escape,q", "back", "back", id="import.back"),
    ]

    choices = query_one(ChoiceList)

    def __init__(self, groups: Sequence[Group], target: str) -> None:
        """`target` is the name of the file that they go to."""
        super().__init__()
        self._target = target
        self._steps: list[Step | None] = []
        self._rows = list(self._rows_of(groups))

    def _rows_of(self, groups: Sequence[Group]) -> Iterator[Choice]:
        for group in groups:
            self._steps.append(None)
            yield Choice(one_line(group.whose, 40), one_line(group.path, 1000), heading=True)
            for step in group.steps:
                self._steps.append(step)
                yield _row(step, group.chosen)

    def compose(self) -> ComposeResult:
        yield Static(id="import-head", markup=False)
        yield ChoiceList(self._rows)
        yield FooterKeys()

    def on_mount(self) -> None:
        self.choices.focus()
        self._tell()

    def on_choice_list_changed(self) -> None:
        self._tell()

    def _tell(self) -> None:
        count, total = len(self.choices.chosen), sum(row.open for row in self._rows)
        said = f"{count} of {total} are added to {one_line(self._target, 100)} and started"
        head = Content.assemble(("Servers of other programs", "bold"), "   ", (said, "$text-muted"))
        self.query_one("#import-head", Static).update(head)
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """With nothing chosen there is nothing to add."""
        return bool(self.choices.chosen) if action == "add" and self.is_mounted else True

    def action_add(self) -> None:
        steps = [self._steps[at] for at in sorted(self.choices.chosen)]
        self.dismiss(tuple(step for step in steps if step is not None))

    def action_back(self) -> None:
        self.dismiss(())


def _row(step: Step, chosen: bool) -> Choice:
    name, about = one_line(step.name, 200), one_line(step.text, _WHOLE)
    if step.deed != "add":
        return Choice(name, about, mark="–" if step.deed == "keep" else "!")
    notes = [(one_line(text), "secret" in text) for text in step.notes]
    notes += [(f"asks for {one_line(asked.identifier, 80)}", False) for asked in step.inputs]
    return Choice(name, about, tuple(notes), chosen=chosen)
