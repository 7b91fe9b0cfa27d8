"""Answers of the session's model to servers that ask for one: each after a yes, or some in a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.inbox.questions import SamplingAnswer, SamplingQuestion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.inbox.questions import Answer, Question
    from services.model.conversation import Conversation
    from services.sampling import SamplingReply, SamplingRequest

__all__ = ("MOST_ANSWERS", "MOST_TOKENS", "Sampler")

MOST_ANSWERS: Final = 20
MOST_TOKENS: Final = 100_000
"""So many answers, or tokens of them, a yes for the session allows; then the person is asked again."""


@dataclass(slots=True)
class _Allowed:
    """What was answered on one yes for the session."""

    answers: int = 0
    tokens: int = 0


class Sampler:
    """Has the model answer servers, and keeps which of them need not ask for the rest of the session."""

    def __init__(
        self,
        conversation: Callable[[], Awaitable[Conversation]],
        tell: Callable[[str, str], None] = lambda _server, _text: None,
    ) -> None:
        """`conversation` gives the one whose model answers, or raises JackfieldError; `tell` hears of
        every answer that nobody was asked about.
        """
        self._conversation = conversation
        self._tell = tell
        self._allowed: dict[str, _Allowed] = {}

    def allow(self, server: str) -> None:
        """Answer this server from now on without a question, within the bounds."""
        self._allowed[server] = _Allowed()

    async def sample(self, request: SamplingRequest) -> SamplingReply:
        """The model's answer to one request. Raises JackfieldError."""
        conversation = await self._conversation()
        engine = await conversation.prepare()
        from services.model.library.sampling import sampled

        reply, used = await sampled(engine, request)
        conversation.usage = conversation.usage + used
        return reply

    async def deputy(self, question: Question) -> Answer | None:
        """The answer to a server that need not ask; None where the person is to be asked."""
        if not isinstance(question, SamplingQuestion) or question.elsewhere:
            return None
        if question.server not in self._allowed:
            return None
        allowed, name = self._allowed[question.server], question.server
        if allowed.answers >= MOST_ANSWERS or allowed.tokens + question.request.max_tokens > MOST_TOKENS:
            del self._allowed[name]
            said = f"{allowed.answers} answers and {allowed.tokens:,} tokens"
            self._tell(name, f"used what a yes for the session allows: {said}")
            return None
        allowed.answers += 1  # before it is given: several may be asked for at once
        allowed.tokens += question.request.max_tokens
        try:
            reply = await self.sample(question.request)
        except JackfieldError as error:
            allowed.answers -= 1
            self._tell(name, f"could not be answered by the model: {error.message}")
            return None
        finally:
            allowed.tokens -= question.request.max_tokens
        allowed.tokens += reply.tokens
        count = f"{allowed.answers} without a question this session"
        self._tell(name, f"was answered by {reply.model}, {reply.tokens:,} tokens; {count}")
        return SamplingAnswer("accept", reply=reply)
