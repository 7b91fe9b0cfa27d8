"""Questions of servers on a command line: answered by its options, asked in plain lines, or else declined."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from app.command_line.terminal.output import paint, warning
from app.command_line.terminal.prepared import GivenAnswers, PreparedAnswers, Unanswered, shown_fields
from services.inbox.questions import Answer, FormQuestion, LinkQuestion
from services.text import one_line

if TYPE_CHECKING:
    from app.command_line.terminal.line import WaitingLine
    from app.command_line.terminal.typed import Typed
    from services.inbox.inbox import Inbox
    from services.inbox.questions import Question

__all__ = ("Questions",)

_ALONE: Final = "there is no terminal to answer it on"


class Questions:
    """Puts the questions of an inbox to the person, one after the other."""

    def __init__(
        self, inbox: Inbox, line: WaitingLine, typed: Typed, given: GivenAnswers | None = None
    ) -> None:
        self._prepared = PreparedAnswers(given or GivenAnswers())
        self._inbox = inbox
        self._typed = typed
        self._line = line
        self._waiting: asyncio.Queue[Question] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._owner: asyncio.Task[int] | None = None
        self._open: tuple[Question, asyncio.Task[Answer]] | None = None
        self.declined = 0
        """How many were declined because nobody could answer."""

    def begin(self) -> None:
        """Called in the task whose work the questions belong to."""
        self._owner = asyncio.current_task()

    def asked(self, question: Question) -> None:
        """A question came."""
        loop, alone = asyncio.get_running_loop(), not (sys.stdin.isatty() and sys.stderr.isatty())
        try:
            loop.call_soon(self._answer, question, self._prepared.answer(question))
            return
        except Unanswered as error:
            if alone:
                loop.call_soon(self._decline, question, str(error) or _ALONE)
                return
            if said := str(error):
                self._line.say(warning(f"{_head(question)}; the options do not answer it: {said}."))
        self._waiting.put_nowait(question)
        if self._task is None:
            self._task = asyncio.create_task(self._ask_all())

    def closed(self, question: Question, outcome: str, reason: str) -> None:
        """A question was taken back, or its page is finished, most likely while somebody was typing."""
        if reason and self._open is not None and self._open[0] is question:
            self._open[1].cancel()
            ours = self._owner is not None and self._owner.cancelling()  # the person wanted it so
            said = f" took it back: {reason}" if outcome == "withdrawn" else f": {reason}"
            self._line.say("" if ours else f"\n{one_line(question.server, 80)}{said}")

    def finished(self, question: Question) -> None:
        """The server says that the page of a question is finished, which nobody opened from here."""
        if self._open is not None and self._open[0] is question:
            self._line.say(f"\n{one_line(question.server, 80)}: the server says that the page is finished")

    async def end(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def tell_unused(self) -> None:
        """Say which answers nobody has asked for."""
        for name in self._prepared.unused:
            self._line.say(warning(f"--answer {one_line(name, 80)}: no question has this field."))

    def _answer(self, question: Question, answer: Answer) -> None:
        """Answer by the options, and say so: names of fields, and no values."""
        if self._inbox.answer(question, answer):
            names = ", ".join(one_line(name, 60) for name in answer.content or ()) or "nothing"
            how = f"accepted with {names}" if answer.action == "accept" else "declined by --decline"
            self._line.say(paint(f"{_head(question)}; {how}.", "dim", sys.stderr))

    def _decline(self, question: Question, why: str) -> None:
        if self._inbox.answer(question, Answer("decline")):
            self.declined += 1
            self._line.say(warning(f"{_head(question)}; declined: {why}.{_how(question)}"))

    async def _ask_all(self) -> None:
        while True:
            question = await self._waiting.get()
            async with self._typed.alone:
                if question in self._inbox.questions:
                    await self._ask(question)

    async def _ask(self, question: Question) -> None:
        from app.command_line.terminal.asking import ask

        self._line.hold(True)
        asking = asyncio.create_task(ask(question, self._typed, self._inbox.opened))
        self._open = question, asking
        try:
            self._inbox.answer(question, await asking)
        except asyncio.CancelledError:
            if not asking.cancelled():
                asking.cancel()
                raise
            # taken back: on to the next one
        finally:
            self._open = None
            self._line.hold(False)


def _head(question: Question) -> str:
    return f'{one_line(question.server, 80)} asks "{one_line(question.message, 200)}"'


def _how(question: Question) -> str:
    """What a person needs to answer it after all: the address, or the fields."""
    if isinstance(question, LinkQuestion):
        return f" It is about {one_line(question.url, 2_000)}"
    if isinstance(question, FormQuestion) and (fields := shown_fields(question.schema)):
        return f" It asks for {fields}: --answer FIELD=VALUE."
    return ""
