"""A screen with a composer at the bottom and something above it, for the composer's tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.widgets import Static

from widgets.composer.candidate import Candidate
from widgets.composer.completion_list import CompletionList
from widgets.composer.composer import Composer

if TYPE_CHECKING:
    from collections.abc import Callable

    from widgets.composer.candidate import OnEnter

__all__ = ("Stage", "names")


def names(
    text: str, cursor: int, known: tuple[str, ...], on_enter: OnEnter = "take"
) -> tuple[Candidate, ...]:
    """Candidates for the word before the cursor: the known names that begin so."""
    start = text.rfind(" ", 0, cursor) + 1
    fitting = [name for name in known if name.startswith(text[start:cursor])]
    return tuple(
        Candidate(name, start, cursor, name, f"about {name}", final=True, on_enter=on_enter)
        for name in fitting
    )


class Stage(App[None]):
    """Composer, history and footer; what was sent is kept."""

    CSS = "#above { height: 1fr; }"
    BINDINGS = [("escape", "note('escape')"), ("ctrl+c", "note('ctrl+c')"), ("pageup", "note('pageup')")]

    def __init__(
        self,
        complete: Callable[[str, int], tuple[Candidate, ...]] | None = None,
        entries: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self._complete_now = complete
        self.asked: list[tuple[str, int]] = []
        self.sent: list[str] = []
        self.notes: list[str] = []
        self.answers = asyncio.Event()
        """Completions are answered while this is set."""
        self.answers.set()
        self._entries = entries

    def compose(self) -> ComposeResult:
        above = "\n".join(f"history line {number} [/x]" for number in range(40))
        yield Static(above, id="above", markup=False)
        yield Composer(self._complete, placeholder="Type / for commands [/x]", entries=self._entries)
        yield Static("/ commands   ^P palette", markup=False)

    def on_mount(self) -> None:
        self.composer.focus()

    async def _complete(self, text: str, cursor: int) -> tuple[Candidate, ...]:
        self.asked.append((text, cursor))
        await self.answers.wait()
        return self._complete_now(text, cursor) if self._complete_now else ()

    def on_composer_submitted(self, event: Composer.Submitted) -> None:
        assert event.control is self.composer
        self.sent.append(event.text)

    def action_note(self, key: str) -> None:
        self.notes.append(key)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    @property
    def listed(self) -> CompletionList:
        return self.query_one(CompletionList)

    @property
    def offered(self) -> list[str]:
        """The labels in the list, if it is in sight."""
        # It is mounted when there is something to offer.
        return [
            each.label
            for listed in self.query(CompletionList)
            if listed.display
            for each in listed.candidates
        ]
