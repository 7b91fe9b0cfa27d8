"""The keyring asked within bounds: one question at a time, none longer than it may take.

A keyring may put a prompt on somebody's screen, or never answer. Each question runs in a thread
of its own that is left behind when its time is up. After a failure the keyring is let alone for
a while, so that nobody is prompted again and again.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from services.error_translation import translating_keyring
from services.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("PATIENCE", "REST", "Bounded")

PATIENCE: Final = 20.0
"""Seconds for one question: enough for a person to enter a password."""

REST: Final = 300.0
"""Seconds without a question after one that failed."""

Doing = Literal["read", "write"]
T = TypeVar("T")


class Bounded:
    """A keyring's questions, in order. A failed read stops both kinds for a while, a failed write writes."""

    def __init__(
        self, patience: float = PATIENCE, rest: float = REST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patience = patience
        self._rest = rest
        self._clock = clock
        self._turn = threading.Lock()
        self._late: _Answer | None = None
        self._resting: dict[Doing, tuple[float, CredentialsError]] = {}

    def run(self, doing: Doing, question: Callable[[], T]) -> T:
        """What `question` returns; raises CredentialsError when it fails, is late, or must not be asked."""
        if not self._turn.acquire(timeout=self._patience):
            raise self._no_answer()
        try:
            self._may(doing)
            answer = _Answer(question, secret=doing == "write")
            if not answer.within(self._patience):
                self._late = answer
                raise self._no_answer()
            if answer.error is not None:
                self._let_rest(doing, answer.error)
                raise _again(answer.error)
            value: T = answer.value
            return value
        finally:
            self._turn.release()

    def _may(self, doing: Doing) -> None:
        """Raise when a question hangs still, or one failed a moment ago."""
        if self._late is not None:
            if not self._late.within(0):
                raise self._no_answer()
            if self._late.error is not None:
                self._let_rest("read", self._late.error)
            self._late = None
        for stopped in ("read", doing):
            until, error = self._resting.get(stopped, (0.0, None))
            left = until - self._clock()
            if error is not None and left > 0:
                hint = f"{error.hint} It is not asked again for {left:.0f} s.".strip()
                raise CredentialsError(error.message, hint=hint, reason=error.reason)

    def _let_rest(self, doing: Doing, error: CredentialsError) -> None:
        if error.reason != "no_keyring":
            self._resting[doing] = (self._clock() + self._rest, error)

    def _no_answer(self) -> CredentialsError:
        return CredentialsError(
            f"the keyring did not answer within {self._patience:g} s",
            hint="It may be asking for its password somewhere.",
            reason="keyring",
        )


class _Answer:
    """One question on its way, in a thread that nobody has to wait for."""

    def __init__(self, question: Callable[[], Any], *, secret: bool) -> None:
        self.value: Any = None
        self.error: CredentialsError | None = CredentialsError("the keyring ended without an answer")
        self._question = question
        self._secret = secret
        self._done = threading.Event()
        threading.Thread(target=self._run, name="keyring", daemon=True).start()

    def within(self, seconds: float) -> bool:
        """Whether it is there, after waiting for at most `seconds`."""
        return self._done.wait(seconds)

    def _run(self) -> None:
        try:
            with translating_keyring(secret=self._secret):
                self.value = self._question()
            self.error = None
        except CredentialsError as error:
            self.error = _again(error)
        finally:
            self._done.set()


def _again(error: CredentialsError) -> CredentialsError:
    """The same error without the frames, and so the values, that it went through."""
    return CredentialsError(error.message, hint=error.hint, reason=error.reason)
