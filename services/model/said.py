"""What was said in a conversation with a model, and which turns of it can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.errors import ModelFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.model.answers import Image

    Content = str | Sequence[str | Image]
    """Texts and pictures, in the order the model is to read them."""

__all__ = ("Asked", "Said")


@dataclass(frozen=True, slots=True)
class Asked:
    """A turn that can be taken back: where its messages begin, and what was asked."""

    start: int
    content: Content
    only: tuple[str, ...] | None


class Said:
    """The messages of the model's library, which only that library reads."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        """Of all turns, as the library has them."""
        self._asked: list[Asked] = []

    @property
    def turns(self) -> int:
        """How many turns can be taken back."""
        return len(self._asked)

    def ask(self, content: Content, only: tuple[str, ...] | None) -> Asked:
        """A turn begins."""
        asked = Asked(len(self.messages), content, only)
        self._asked.append(asked)
        return asked

    def ask_again(self) -> Asked:
        """The last turn begins once more, unanswered. Raises ModelFailed when there is none."""
        if not self._asked:
            raise ModelFailed("there is nothing to ask again", reason="refused")
        asked = self._asked[-1]
        del self.messages[asked.start :]
        return asked

    def undo(self) -> Content | None:
        """Remove the last turn, question and answer; what was asked, None when there is no turn."""
        if not self._asked:
            return None
        asked = self._asked.pop()
        del self.messages[asked.start :]
        return asked.content

    def clear(self) -> None:
        """Nothing was said."""
        self.messages, self._asked = [], []

    # Into a text, a file, and back. All of it imports the library.

    def told(self, most: int) -> str:
        """What was said as one text of so many characters at most, for a summary."""
        from services.model.library.history import transcript

        return transcript(self.messages, most)

    def sum_up(self, summary: str) -> None:
        """A summary takes the place of all that was said; none of that can be taken back."""
        from services.model.library.history import summed_up

        self.messages, self._asked = summed_up(summary), []

    def dump(self) -> bytes:
        """As JSON, for `restore`; empty when nothing was said."""
        if not self.messages:
            return b""
        from services.model.library.history import dumped

        return dumped(self.messages)

    def restore(self, data: bytes) -> None:
        """Go on from what was dumped; no turn of it can be taken back. Blocking. Raises ModelFailed."""
        if data:
            from services.model.library.history import loaded

            self.messages = loaded(data)
        else:
            self.messages = []
        self._asked = []
