"""Servers that ask a model: put to the session's model when the person says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.errors import JackfieldError
from services.inbox.questions import QuestionClosed, SamplingAnswer, SamplingQuestion
from services.model.sampling import Sampler
from services.text import one_line

if TYPE_CHECKING:
    from textual.worker import Worker

    from app.session.actions.talk import Talk
    from app.session.context import SessionContext
    from services.approval import Lasting
    from services.connection_manager import ConnectionManager
    from services.events import Event
    from services.inbox.questions import Answer, Question
    from services.model.conversation import Conversation
    from services.sampling import SamplingRequest

__all__ = ("Sampling",)


class Sampling:
    """Has the model answer a question of the inbox, or all of a server for the session."""

    def __init__(self, context: SessionContext, talk: Talk) -> None:
        self._context = context
        self._talk = talk
        self._sampler = Sampler(self._conversation, self._tell)
        self._running: dict[Question, Worker[None]] = {}

    def begin(self, manager: ConnectionManager) -> None:
        """These are the servers that may ask."""
        manager.inbox.deputy = self._deputy

    def ask(self, question: SamplingQuestion, lasting: Lasting, request: SamplingRequest) -> None:
        """Have the model answer the request, perhaps edited.

        The answer is shown first, or goes where the yes is for the session.
        """
        work = self._asking(question, lasting, request)
        self._running[question] = self._context.run(work, "sampling")

    def stop(self, question: Question) -> None:
        """Nobody waits for this answer of the model any more."""
        if (worker := self._running.pop(question, None)) is not None:
            worker.cancel()

    def take(self, event: Event) -> None:
        """A question of this kind that leaves the inbox ends what the model does for it."""
        if not isinstance(event, QuestionClosed) or not isinstance(event.question, SamplingQuestion):
            return
        self.stop(event.question)
        if event.outcome != "withdrawn":
            done = "was answered" if event.outcome == "accept" else "was declined"
            self._tell(event.question.server, f"its request to a model {done}")

    async def _deputy(self, question: Question) -> Answer | None:
        if isinstance(question, SamplingQuestion):
            self._context.offer_model(self._model_name())
        return await self._sampler.deputy(question)

    def _model_name(self) -> str:
        try:
            return self._talk.setting.model.name
        except JackfieldError:
            return ""

    async def _asking(self, question: SamplingQuestion, lasting: Lasting, request: SamplingRequest) -> None:
        try:
            reply = await self._sampler.sample(request)
        except JackfieldError as error:
            self._running.pop(question, None)
            self._context.show_draft(question, error.message)
            return
        self._running.pop(question, None)  # what comes next is the end of the question, not of this worker
        if lasting == "session" and not question.elsewhere:
            self._sampler.allow(question.server)
            self._context.connected().inbox.answer(question, SamplingAnswer("accept", reply=reply))
        else:
            self._context.show_draft(question, reply)

    async def _conversation(self) -> Conversation:
        """The conversation with the model that is chosen now; its trace hides what servers were told."""
        conversation, model, manager = (
            self._talk.conversation,
            self._talk.setting.model,
            self._context.connected(),
        )
        if conversation.model != model and not conversation.busy:
            await conversation.switch(model)
        manager = self._context.connected()
        for server in manager.servers:
            conversation.trace.redactor.learn_from(manager.trace(server).redactor)
        return conversation

    def _tell(self, server: str, text: str) -> None:
        self._context.transcript.notice(f"{one_line(server, 80)}: {one_line(text, 300)}")
