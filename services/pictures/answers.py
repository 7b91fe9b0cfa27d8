"""What a terminal answers when it is asked for graphics, and how that is taken out of its input.

The question is three sequences in one write. DA1, which every terminal answers, stands last and so ends
the wait. Answers come between keys, in pieces, late or never; what is no answer passes as it came.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("HOLD", "QUERY", "TMUX_QUERY", "AnswerReader", "Answers", "through_tmux")

HOLD: Final = 1.0
"""Seconds that the beginning of an answer is held back, and that a terminal has to answer."""
_COUNTS: Final = 10.0
"""Seconds after a question in which answers count, for links that are slow; later ones are dropped."""

_KITTY: Final = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
"""The kitty graphics protocol's question: one pixel that is looked at and not kept."""

QUERY: Final = f"\x1b[>q{_KITTY}\x1b[c"
"""XTVERSION, the kitty graphics protocol, DA1."""


def through_tmux(sequence: str) -> str:
    """A sequence that tmux hands to the terminal around it, where `allow-passthrough` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"


TMUX_QUERY: Final = through_tmux(_KITTY)
"""The kitty graphics protocol of the terminal around tmux; whatever else it answers, tmux keeps."""

_ANSWER: Final = re.compile(
    r"\x1b\[\?(?P<attributes>[\d;]{0,64})c"
    r"|\x1b_G(?P<kitty>[^\x1b]{0,256})\x1b\\"
    r"|\x1bP>\|(?P<version>[^\x1b]{0,256})\x1b\\"
)
_BEGUN: Final = re.compile(
    r"\x1b(?:\[(?:\?[\d;]{0,64})?|_(?:G[^\x1b]{0,256}\x1b?)?|P(?:>(?:\|[^\x1b]{0,256}\x1b?)?)?)?\Z"
)
_UNMISTAKABLE: Final = 3
"""Characters from which on the beginning of an answer can be no key: ESC and a letter is Alt with it."""

_PASTE, _PASTED = "\x1b[200~", "\x1b[201~"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal has answered so far."""

    version: str = ""
    """XTVERSION: the terminal's name and version, such as `kitty(0.26.5)`; printable."""
    attributes: tuple[int, ...] | None = None
    """DA1: what it can do, by number; None before it answered."""
    kitty: bool | None = None
    """Whether it takes pictures of the kitty graphics protocol; None without an answer."""

    @property
    def sixel(self) -> bool:
        """Whether it takes sixel."""
        return 4 in (self.attributes or ())

    @property
    def tmux(self) -> bool:
        """Whether it is tmux that answers."""
        return self.version.startswith("tmux")


class AnswerReader:
    """Takes the answers out of what a terminal sends.

    Only what answers a question counts, each answer once. What a person pastes is left alone: it may
    hold what looks like an answer.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.answers = Answers()
        self._clock = clock
        self._asked: float | None = None
        self._held = ""
        self._held_since = 0.0
        self._pasting = False
        self._recent = ""
        """The last characters that passed: a mark of pasting may be cut as well."""

    def asked(self) -> None:
        """A question was written just now."""
        self._asked = self._clock()

    def begin_anew(self) -> None:
        """The terminal was somebody else's meanwhile: what was begun then is over."""
        self._held, self._recent, self._pasting = "", "", False

    def read(self, text: str) -> str:
        """What of a text from the terminal is no answer; the beginning of one is held back."""
        if not self._held:
            self._held_since = self._clock()
        self._held, left, passed = "", self._held + text, []
        while left:
            mark = _PASTED if self._pasting else _PASTE
            found = (self._recent + left).find(mark)
            end = len(left) if found < 0 else found + len(mark) - len(self._recent)
            piece, left = left[:end], left[end:]
            if not self._pasting:
                piece = self._without_answers(piece, hold=found < 0)
            passed.append(piece)
            self._recent = "" if found >= 0 else (self._recent + piece)[1 - len(mark) :]
            self._pasting = self._pasting != (found >= 0)
        return "".join(passed)

    def overdue(self) -> str:
        """What was held back and turned out to be no answer; empty while it may still become one."""
        if not self._held or self._clock() - self._held_since < HOLD:
            return ""
        held, self._held = self._held, ""
        self._recent = (self._recent + held)[1 - len(_PASTE) :]
        return held

    def _without_answers(self, text: str, *, hold: bool) -> str:
        text = _ANSWER.sub(self._take, text)
        begun = _BEGUN.search(text) if hold else None
        if begun is None or (len(begun[0]) < _UNMISTAKABLE and not self._since_asked(HOLD)):
            return text
        if begun.start():  # not what was held before
            self._held_since = self._clock()
        self._held = begun[0]
        return text[: begun.start()]

    def _since_asked(self, seconds: float) -> bool:
        return self._asked is not None and self._clock() - self._asked < seconds

    def _take(self, found: re.Match[str]) -> str:
        now = self.answers
        if self._since_asked(_COUNTS):
            if found["attributes"] is not None and now.attributes is None:
                numbers = (number for number in found["attributes"].split(";") if number)
                self.answers = replace(now, attributes=tuple(map(int, numbers)))
            elif found["version"] is not None and not now.version:
                self.answers = replace(now, version=one_line(found["version"], 80))
            elif found["kitty"] is not None and now.kitty is None:
                self._take_kitty(found["kitty"])
        return ""

    def _take_kitty(self, answer: str) -> None:
        keys, _, said = answer.partition(";")
        if "i=31" in keys.split(","):
            self.answers = replace(self.answers, kitty=said == "OK")
