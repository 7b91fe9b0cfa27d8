"""Text with completions: asks for them as it changes, keeps those that still apply, puts one in its place."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.actions import SkipAction
from textual.content import Content
from textual.message import Message

from services.held_text import held
from widgets.holding import HoldingArea

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from widgets.composer.candidate import Candidate

    Complete = Callable[[str, int], Awaitable[Sequence[Candidate]]]

__all__ = ("CompletingText",)

_LONGEST_COMPLETED = 8192
"""Characters; what is longer is pasted, not typed."""

_PATIENCE = 0.1
"""Seconds Tab and Enter wait for completions of what was typed just before."""

_STALE_AFTER = 0.25
"""Seconds a list stays in sight while the one for the changed text is awaited."""


class CompletingText(HoldingArea):
    """A text that begins with a slash is completed, and in any text a word that begins with an at sign.

    Answers may take their time: typing waits for none, and one that comes after the text or the cursor
    has changed is dropped.
    """

    @dataclass
    class Offered(Message):
        """The completions that apply now, and which is highlighted."""

        source: CompletingText
        candidates: tuple[Candidate, ...]
        highlighted: int

        @property
        def control(self) -> CompletingText:
            """Alias for `source`."""
            return self.source

    def __init__(self, complete: Complete | None = None, *, placeholder: str = "") -> None:
        super().__init__(compact=True, highlight_cursor_line=False, placeholder=Content(placeholder))
        self.match_cursor_bracket = False
        self._complete = complete
        self._candidates: tuple[Candidate, ...] = ()
        self._highlighted = 0
        self._moved = False
        self._asked: tuple[str, int] | None = None
        """Text and cursor of the last question; an answer to another one is stale."""
        self._answered = asyncio.Event()
        self._quiet: str | None = None
        """The text for which no list is wanted: recalled, or its list was closed."""

    async def action_complete(self) -> None:
        """Take the highlighted completion; where there can be none the key goes on to whoever wants it."""
        if not self._completed():
            raise SkipAction
        self._quiet = None
        if await self._settled():
            self.take(self._highlighted)

    def action_dismiss(self) -> None:
        """Close the list until the text changes."""
        if not self._candidates:
            raise SkipAction
        self._quiet = self.text
        self._forget()

    def take(self, index: int) -> None:
        """Put a candidate in its place."""
        if self._asked != self._now() or not self._answered.is_set() or index >= len(self._candidates):
            return
        chosen = self._candidates[index]
        start, end = (self._location(place) for place in (chosen.start, chosen.end))
        self.replace(held(chosen.insert), start, end, maintain_selection_offset=False)

    def highlight(self, step: int) -> None:
        """Move the highlight, round the ends."""
        if self._candidates:
            self._moved = True
            self._highlighted = (self._highlighted + step) % len(self._candidates)
            self.post_message(self.Offered(self, self._candidates, self._highlighted))

    def update_suggestion(self) -> None:
        """Textual's hook after each edit: completions, and the cursor in sight once the place has grown."""
        self._ask()
        if self.is_attached:
            self.call_after_refresh(self.scroll_cursor_visible)

    def watch_selection(self) -> None:
        self._ask()

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self._ask()

    def _now(self) -> tuple[str, int]:
        return self.text, self._index()

    def _index(self) -> int:
        row, column = self.cursor_location
        return sum(len(self.document[line]) + 1 for line in range(row)) + column

    def _location(self, index: int) -> tuple[int, int]:
        before = self.text[:index]
        return before.count("\n"), index - (before.rfind("\n") + 1)

    def _wanted(self) -> bool:
        """Whether the text is one to complete."""
        return (
            self._complete is not None
            and self.has_focus
            and self.selection.is_empty
            and len(self.document[0]) <= _LONGEST_COMPLETED
            and self.document.line_count < 100
            and self._completed()
            and self.text != self._quiet
        )

    def _completed(self) -> bool:
        """Whether the text is a command, or the word at the cursor a mention."""
        first = self.document[0][:_LONGEST_COMPLETED].split(maxsplit=1)
        if first and (first[0].startswith("/") or "." in first[0]):
            return True  # a command, or `server.tool`, which is one without its name
        row, column = self.cursor_location
        before = self.document[row][:column]
        if "@" not in before or len(before) > _LONGEST_COMPLETED:
            return False
        from services.arguments.mentions import begun  # behind the first paint

        return begun(before) is not None

    def _ask(self) -> None:
        """Ask for completions of what is there now, unless they have been asked for."""
        if not self.is_attached:
            return
        if not self._wanted():
            self._forget()
            return
        now = self._now()
        if now != self._asked:
            self._asked = now
            self._quiet = None
            self._answered.clear()
            self._ask_for(*now)
            self.set_timer(_STALE_AFTER, lambda: self._hide_stale(now))

    @work(group="completion", exclusive=True, exit_on_error=False)
    async def _ask_for(self, text: str, cursor: int) -> None:
        assert self._complete is not None
        found = await self._complete(text, cursor)
        if self._asked == (text, cursor):
            self._answered.set()
            self._offer(tuple(found))

    def _hide_stale(self, asked: tuple[str, int]) -> None:
        if self._asked == asked and not self._answered.is_set():
            self._offer(())

    def _forget(self) -> None:
        """No completions, and none that are under way."""
        self._asked = None
        self._answered.clear()
        self.workers.cancel_group(self, "completion")
        if self._candidates:
            self._offer(())

    def _offer(self, candidates: tuple[Candidate, ...]) -> None:
        self._candidates, self._highlighted, self._moved = candidates, 0, False
        self.post_message(self.Offered(self, candidates, 0))

    async def _settled(self) -> tuple[Candidate, ...]:
        """The completions of what is there now: what was typed just before counts, what is late does not."""
        self._ask()
        if self._asked is None:
            return ()
        if not self._answered.is_set():
            try:
                await asyncio.wait_for(self._answered.wait(), _PATIENCE)
            except TimeoutError:
                return ()
        return self._candidates
