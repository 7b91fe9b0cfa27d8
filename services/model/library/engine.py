"""A model of the library, asked: one turn with its calls, as events; what failed is translated."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic_ai import Agent, BinaryContent, CancellationToken, UsageLimits, capture_run_messages
from pydantic_ai.exceptions import RunCancelled
from pydantic_ai.messages import (
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    ModelRequest,
    ModelResponse,
    PartDeltaEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)

from services.error_translation import translating
from services.errors import JackfieldError, ModelFailed
from services.model.events import CallWanted, Noticed, Retrying, TextDelta, ThinkingDelta, UsageReported
from services.model.library.failures import failure_of
from services.model.library.history import text_of, usage_of
from services.model.library.loading import http_client, model_of, settings_of
from services.model.library.toolset import TRIES, ServersToolset
from services.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import httpx2
    from pydantic_ai.messages import ModelMessage, ModelResponsePart
    from pydantic_ai.models import Model

    from services.model.answers import Image
    from services.model.desk import Desk
    from services.model.events import ModelEvent, Usage
    from services.settings import ModelSettings
    from services.trace.trace import Trace

__all__ = ("Engine", "Turned", "open_engine")

_TRIES: Final = 4
"""How often a request is made before its failure is the turn's."""
_LONGEST_WAIT: Final = 60.0
_SEARCH: Final = "search_tools"
"""The library's own tool, which finds deferred ones."""


@dataclass(frozen=True, slots=True)
class Turned:
    """How a turn ended: what was said in it, and what stopped it if anything did."""

    messages: list[ModelMessage]
    """The whole history with it; it can be gone on from."""
    text: str = ""
    cancelled: bool = False
    error: ModelFailed | None = None


@dataclass(slots=True)
class _Said:
    """What one run has brought until now."""

    emit: Callable[[ModelEvent], None]
    desk: Desk | None
    window: int | None
    total: Usage
    part: int = 0
    reported: int = 0
    texts: bool = False
    """Whether the answer to the request under way has begun: then it is not made again by itself."""
    new: int = 0
    usage: list[Usage] = field(default_factory=list)

    def report(self, messages: Sequence[ModelMessage]) -> None:
        """Tell the usage of answers that were not told yet; those before `new` are of earlier turns."""
        responses = [each for each in messages[self.new :] if isinstance(each, ModelResponse)]
        for response in responses[self.reported :]:
            used = usage_of(response, self.window)
            self.usage.append(used)
            self.total = self.total + used
            self.emit(UsageReported(used, self.total))
            if response.finish_reason == "length":
                self.emit(Noticed("The answer ends where it does for its length: see max_output_tokens."))
        self.reported = max(self.reported, len(responses))
        self.texts = False

    def hear(self, event: object) -> None:
        match event:
            case PartStartEvent(part=TextPart(content=text)):
                self._began(TextDelta, text)
            case PartStartEvent(part=ThinkingPart(content=text)):
                self._began(ThinkingDelta, text)
            case PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                self._told(TextDelta, text)
            case PartDeltaEvent(delta=ThinkingPartDelta(content_delta=str(text))):
                self._told(ThinkingDelta, text)
            case FunctionToolCallEvent(part=part) if self.desk is not None and part.tool_name != _SEARCH:
                arguments = part.args_as_dict()
                self.emit(CallWanted(self.desk.wanted(part.tool_call_id, part.tool_name, arguments)))
            case FunctionToolResultEvent(part=part) if self.desk is not None and part.tool_name != _SEARCH:
                self.desk.settle(part.tool_call_id, part.tool_name or "", printable(str(part.content)))
            case _:
                pass

    def _began(self, kind: type[TextDelta] | type[ThinkingDelta], text: str) -> None:
        self.part += 1
        self._told(kind, text)

    def _told(self, kind: type[TextDelta] | type[ThinkingDelta], text: str) -> None:
        if text:
            self.texts = True
            self.emit(kind(printable(text), self.part))


class Engine:
    """One model. Close it when it is no longer asked."""

    def __init__(
        self, settings: ModelSettings, model: Model[Any], key: str | None, client: httpx2.AsyncClient | None
    ) -> None:
        self.settings = settings
        self.model = model
        self.key = key
        self._client = client
        self.pauses = (0.5, 2.0, 8.0)
        """Seconds before a request is made again, where the provider names none."""

    @property
    def window(self) -> int | None:
        """Tokens of the context window; None where they are not known."""
        return self.settings.context_window or self.model.context_window

    async def close(self) -> None:
        """End its connections."""
        if self._client is not None:
            await self._client.aclose()

    async def turn(
        self,
        prompt: str | Sequence[str | Image] | None,
        history: Sequence[ModelMessage],
        *,
        instructions: str,
        desk: Desk | None,
        total: Usage,
        emit: Callable[[ModelEvent], None],
        token: CancellationToken,
        max_requests: int,
    ) -> Turned:
        """Ask, make the calls that are wanted, until there is an answer; raises only for cancellation."""
        said = _Said(emit, desk, self.window, total, new=len(history))
        messages, wanted, attempt = list(history), _content(prompt), 0
        while True:
            try:
                messages, text = await self._run(
                    wanted, messages, said, instructions=instructions, token=token, limit=max_requests
                )
            except _Stopped as stopped:
                messages = stopped.messages
                if stopped.error is None:
                    return Turned(messages, cancelled=True)
                seconds = self._pause(stopped.error, attempt, messages, said)
                if seconds is None:
                    return Turned(messages, error=stopped.error)
                attempt += 1
                emit(Retrying(stopped.error, attempt, seconds))
                if not await _waited(seconds, token):
                    return Turned(messages, cancelled=True)
                wanted = None  # it stands in the messages
            else:
                return Turned(messages, text)

    def _pause(
        self, error: ModelFailed, attempt: int, messages: Sequence[ModelMessage], said: _Said
    ) -> float | None:
        """Seconds until the request is made again; None where it is not."""
        resumable = bool(messages) and isinstance(messages[-1], ModelRequest)
        if not error.again or said.texts or not resumable or attempt >= min(_TRIES - 1, len(self.pauses)):
            return None
        wait = error.retry_after if error.retry_after is not None else self.pauses[attempt]
        return wait if wait <= _LONGEST_WAIT else None

    async def _run(
        self,
        prompt: Any,
        history: list[ModelMessage],
        said: _Said,
        *,
        instructions: str,
        token: CancellationToken,
        limit: int,
    ) -> tuple[list[ModelMessage], str]:
        said.texts = False
        agent = Agent(
            self.model,
            instructions=instructions,
            toolsets=[ServersToolset(said.desk, said.report)] if said.desk is not None else [],
            model_settings=settings_of(self.settings),
            retries=TRIES,
        )
        with capture_run_messages() as captured:
            try:
                with translating():
                    return await self._events(agent, prompt, history, said, token, limit)
            except (JackfieldError, RunCancelled) as error:
                cause = error if isinstance(error, RunCancelled) else error.__cause__ or error
                so_far = captured or history
                if isinstance(cause, RunCancelled):
                    so_far = _without_empty(cause.all_messages() or so_far)
                    said.report(so_far)
                    raise _Stopped(so_far, None) from None
                so_far = _without_empty(so_far)
                said.report(so_far)
                raise _Stopped(so_far, failure_of(cause, self.settings, self.key)) from error

    async def _events(
        self,
        agent: Agent[None, str],
        prompt: Any,
        history: list[ModelMessage],
        said: _Said,
        token: CancellationToken,
        limit: int,
    ) -> tuple[list[ModelMessage], str]:
        result = None
        async with agent.run_stream_events(
            prompt,
            message_history=history,
            usage_limits=UsageLimits(request_limit=limit),
            cancellation_token=token,
        ) as events:
            async for event in events:
                said.hear(event)
                result = getattr(event, "result", None) or result
        assert result is not None
        messages = result.all_messages()
        said.report(messages)
        return messages, text_of(messages[-1])


class _Stopped(Exception):
    """A run came to no answer; without an error it was cancelled."""

    def __init__(self, messages: list[ModelMessage], error: ModelFailed | None) -> None:
        super().__init__()
        self.messages, self.error = messages, error


def open_engine(
    settings: ModelSettings,
    key: str | None,
    environ: Mapping[str, str],
    trace: Trace | None = None,
) -> Engine:
    """The engine of a model: imports what it needs, so use it in a thread. Raises JackfieldError."""
    with translating():
        client = http_client(environ, trace)
        return Engine(settings, model_of(settings, key, client), key, client)


def _without_empty(messages: Sequence[ModelMessage]) -> list[ModelMessage]:
    """The messages without an answer at their end of which nothing came."""
    last = messages[-1] if messages else None
    empty = isinstance(last, ModelResponse) and not any(_says(part) for part in last.parts)
    return list(messages[:-1] if empty else messages)


def _says(part: ModelResponsePart) -> bool:
    return not isinstance(part, TextPart | ThinkingPart) or bool(part.content)


def _content(prompt: str | Sequence[str | Image] | None) -> Any:
    if prompt is None or isinstance(prompt, str):
        return prompt
    return [
        part if isinstance(part, str) else BinaryContent(part.data, media_type=part.mime_type)
        for part in prompt
    ]


async def _waited(seconds: float, token: CancellationToken) -> bool:
    """Whether the whole time went by; False when the turn was cancelled meanwhile."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while not token.cancelled and loop.time() < until:  # noqa: ASYNC110 - it may be set from any thread
        await asyncio.sleep(min(0.05, max(0.0, until - loop.time())))
    return not token.cancelled
