"""The keys that answer a question: in one line where they fit, else in two, with shorter words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import cell_len
from textual.containers import Horizontal

from widgets.inbox.answer_keys import KeyButton
from widgets.key_names import chosen_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

__all__ = ("AnswerKey", "KeyGroups", "KeysLine")

_GAP = 2
_IDS = {
    "accept": "inbox.accept",
    "decline": "inbox.decline",
    "drop": "inbox.cancel",
    "allow_session": "inbox.session",
    "allow_always": "inbox.always",
    "edit_arguments": "inbox.edit",
    "edit_request": "inbox.request",
    "decline_with_words": "inbox.words",
}
"""The binding of each action that a button does."""


class AnswerKey(NamedTuple):
    """A key that answers, or does something else with the question."""

    key: str
    action: str
    """Of the inbox."""
    words: tuple[str, ...]
    """What it does, from the longest words to the shortest."""
    enabled: bool = True
    """Whether it does anything now; one that does not is shown all the same."""

    def label(self, shorter: int) -> str:
        """The words, that many steps shorter than the longest."""
        return self.words[min(shorter, len(self.words) - 1)]

    def width(self, shorter: int) -> int:
        """Columns it takes with these words, the gap behind it with it."""
        return len(self.key) + 1 + cell_len(self.label(shorter)) + _GAP


KeyGroups: TypeAlias = tuple[tuple[AnswerKey, ...], ...]
"""Each group stays together where one line is too short for all of them."""


class KeysLine(Horizontal):
    """The keys of the question in sight; while the focus is elsewhere, the one that leads to it."""

    DEFAULT_CSS = """
    KeysLine {
        height: auto;
        &.-stacked { layout: vertical; }
        & > .inbox--answer { height: 1; }
    }
    """

    def __init__(self, *, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._groups: KeyGroups = ()
        self._rows: list[tuple[Horizontal, list[KeyButton]]] = []

    def compose(self) -> ComposeResult:
        yield KeyButton(
            chosen_key(self.app, "session.question", "^o"), "answer", "take_focus", classes="inbox--enter"
        )

    @property
    def rows(self) -> int:
        """How many lines the keys take."""
        return len(self._groups) if self.has_class("-stacked") else 1

    def show(self, groups: KeyGroups, width: int) -> None:
        """Show these keys, as wide as there is room."""
        groups = tuple(tuple(self._as_chosen(one) for one in group) for group in groups)
        if groups != self._groups:
            before = [row for row, _ in self._rows]
            buttons = [[_button(one) for one in group] for group in groups]
            self._rows = [(Horizontal(*group, classes="inbox--answer"), group) for group in buttons]
            self._groups = groups
            # Nothing is waited for: the next keys may be wanted meanwhile.
            self.remove_children(before)
            self.mount_all(row for row, _ in self._rows)
        self.fit(width)

    def _as_chosen(self, one: AnswerKey) -> AnswerKey:
        return one._replace(key=chosen_key(self.app, _IDS.get(one.action, ""), one.key))

    def fit(self, width: int) -> None:
        """Choose the longest words with which all keys stand in one line, else each group in its own."""
        keys = [one for group in self._groups for one in group]
        steps = range(max((len(one.words) for one in keys), default=1))
        shorter = next((step for step in steps if _width(keys, step) <= width), None)
        self.set_class(shorter is None and len(self._groups) > 1, "-stacked")
        if shorter is None:
            fitting = (s for s in steps if all(_width(group, s) <= width for group in self._groups))
            shorter = next(fitting, steps[-1])
        for (row, buttons), group in zip(self._rows, self._groups, strict=True):
            row.styles.width = _width(group, shorter) + _GAP
            for button, one in zip(buttons, group, strict=True):
                button.label = one.label(shorter)


def _button(one: AnswerKey) -> KeyButton:
    button = KeyButton(one.key, one.label(0), one.action)
    button.disabled = not one.enabled
    return button


def _width(keys: Iterable[AnswerKey], shorter: int) -> int:
    """Columns of these keys, without the gap behind the last."""
    return sum(one.width(shorter) for one in keys) - _GAP
