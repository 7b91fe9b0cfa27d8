"""The conversation of a session with a model: what is said, what waits its turn, what is taken back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from app.session.actions.asking import Asking
from app.session.actions.model_setting import ModelSetting
from app.session.turn_cells import TurnCells
from app.usage_words import usage_line
from services.errors import JackfieldError
from services.model import events as happened
from services.text import one_line
from widgets.talk_line import TalkState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from textual.worker import Worker

    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext
    from services.model.conversation import Conversation, OpenEngine
    from services.model.events import ModelEvent
    from services.model.tools import Offer
    from services.model.turn import Turn

__all__ = ("Talk",)

_WAITS: Final = "waits for your answer"


class Talk:
    """One conversation, one turn at a time; texts that are sent meanwhile wait in a queue."""

    def __init__(
        self, context: SessionContext, configurations: Configurations, open_engine: OpenEngine | None = None
    ) -> None:
        self._context = context
        self.setting = ModelSetting(context, configurations)
        self.asking = Asking(context, self.setting, open_engine)
        self._queue: list[str] = []
        self._turn: Turn | None = None
        self._worker: Worker[None] | None = None
        self._since = 0.0
        self._doing = ""
        self.off = self.asking.off
        """Tools that are switched off for the model: server and tool as on the wire."""

    # What there is.

    @property
    def busy(self) -> bool:
        """Whether somebody answers, or is about to."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def conversation(self) -> Conversation:
        """The conversation, begun when it is first asked for. Raises JackfieldError without a model."""
        return self.asking.conversation

    def offer(self) -> Offer | None:
        """What the model would be offered now; None without a model. May be asked in a thread."""
        return self.asking.offer()

    # What is said.

    def say(self, text: str) -> None:
        """Something for the model; while it answers, it waits and is shown."""
        if self.busy:
            self._queue.append(text)
            self._show()
        else:
            self._begin(text, lambda: self.asking.text(text))

    def say_prompt(self, server: str, name: str, arguments: Mapping[str, str]) -> None:
        """Put the messages of a server's prompt to the model."""
        from app.slash.parse import prompt_line
        from services.arguments.words import quote

        self._at_rest()
        words = [quote(f"{key}={value}") for key, value in arguments.items()]
        entry = " ".join([prompt_line(server, name), *words])
        self._begin(entry, lambda: self.asking.prompt(server, name, arguments))

    def retry(self, _: Mapping[str, str]) -> None:
        """`/retry`: the last thing is asked again."""
        self._at_rest()
        self._begin("", self.asking.again)

    def compact(self, _: Mapping[str, str]) -> None:
        """`/compact`: the model sums the conversation up and goes on from that."""
        self._at_rest()
        self._begin("", self.asking.summary)

    def undo(self, _: Mapping[str, str]) -> None:
        """`/undo`: the last turn is taken back; its text comes back into the composer."""
        self._at_rest()
        content = self.asking.undo()
        if content is None:
            self._context.transcript.notice("There is no turn to remove.")
            return
        self.asking.save()
        self._context.transcript.notice("The last turn was removed: the model no longer knows of it.")
        self._context.fill_composer(content if isinstance(content, str) else _texts(content))

    def clear(self, _: Mapping[str, str]) -> None:
        """`/clear`: an empty history and a new conversation."""
        self._queue.clear()
        self._context.run(self._cleared(), "clearing")

    def stop(self) -> bool:
        """Stop the model and its calls; what came stays. Whether there was anything to stop."""
        if not self.busy:
            return False
        if self._turn is not None:
            self._turn.cancel()
        elif self._worker is not None:
            self._worker.cancel()
        return True

    def stop_call(self, call_id: str) -> bool:
        """Stop one call of the model, which is told so and goes on; whether it was under way."""
        return self._turn is not None and self._turn.stop_call(call_id)

    # How a turn goes.

    def _at_rest(self) -> None:
        if self.busy:
            from services.errors import ModelFailed

            raise ModelFailed("the model is still answering", reason="refused", hint="Esc stops it.")

    def _begin(self, entry: str, start: Callable[[], Awaitable[Turn]]) -> None:
        if entry:
            self._context.transcript.entry(entry)
        self._worker = self._context.run(self._turned(start), "talk")

    async def _turned(self, start: Callable[[], Awaitable[Turn]]) -> None:
        """One turn, then the next text that waits; one that was stopped or failed gives those back."""
        cells = TurnCells(self._context.transcript, self.stop_call)
        self._since = self._context.clock()
        try:
            self._show("waits for the servers")
            turn = await start()
            self._show_answering()
            async with turn as self._turn:
                async for event in turn:
                    await cells.hear(event)
                    self._heard(event)
        except JackfieldError as error:
            self._context.transcript.failure(error)
        finally:
            cells.leave()
            self._turn = None
            self.asking.save()
            self._then(went_well=isinstance(cells.last, happened.Ended))

    def _heard(self, event: ModelEvent) -> None:
        match event:
            case happened.ApprovalAsked():
                self._show(_WAITS)
            case happened.CallEnded() | happened.CallBegun() | happened.UsageReported():
                self._show_answering()
            case _:
                pass

    def _show_answering(self) -> None:
        self._show(f"{one_line(self.conversation.model.name, 60)} answers")

    def _then(self, *, went_well: bool) -> None:
        self._worker = None
        if self._queue and went_well:
            text = self._queue.pop(0)
            self._begin(text, lambda: self.asking.text(text))
        elif self._queue:
            self._context.give_back("\n".join(self._queue))
            self._queue.clear()
        if not self.busy:
            self._show("")

    def _show(self, doing: str | None = None) -> None:
        self._doing = self._doing if doing is None else doing
        conversation = self.asking.begun
        total = conversation.usage if conversation is not None else None
        if self._turn is not None and self._turn.total is not None:
            total = self._turn.total
        used = usage_line(total) if total is not None and total.input_tokens else ""
        name = f"{one_line(conversation.model.name, 60)} · " if used and conversation is not None else ""
        waits = self._doing == _WAITS
        self._context.show_talk(TalkState(self._doing, waits, self._since, tuple(self._queue), name + used))

    async def _cleared(self) -> None:
        await self.forget()
        self.asking.save()
        self._context.clear()

    async def halt(self) -> None:
        """Stop the model and wait until it has stopped."""
        self._queue.clear()
        if self.stop():
            worker = self._worker
            if worker is not None:
                await asyncio.wait_for(asyncio.shield(_over(worker)), 10)

    async def forget(self) -> None:
        """Stop the model; what comes next is the first it knows of."""
        await self.halt()
        self.asking.forget()
        self._show("")


async def _over(worker: Worker[None]) -> None:
    from textual.worker import WorkerError

    try:
        await worker.wait()
    except WorkerError:
        return


def _texts(content: Any) -> str:
    return "\n".join(part for part in content if isinstance(part, str))
