"""What the tests of the model's room share: a place with real servers, a model that is a function, events."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from pydantic_ai.models.function import FunctionModel

from services.approval import Allow
from services.model.allowances import Allowances
from services.model.conversation import Conversation
from services.model.keys import ModelKeys
from services.model.library.engine import Engine
from services.model.place import Place
from services.settings import ModelSettings
from tests.services.conftest import running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from services.approval import ApprovalRequest, Decision
    from services.model.events import ModelEvent
    from services.model.turn import Turn
    from services.settings import ServerSettings

MODEL = ModelSettings("", "ollama", "function", context_window=100_000)


class Person:
    """Answers every question in the same way, and keeps what was asked."""

    def __init__(self, decision: Decision | None = None) -> None:
        self.decision: Decision = decision or Allow()
        self.asked: list[ApprovalRequest] = []

    async def approve(self, request: ApprovalRequest) -> Decision:
        self.asked.append(request)
        return self.decision


def engines(stream: Callable[..., Any], **settings: Any) -> Callable[..., Engine]:
    """Opens engines whose model is a stream function of the library."""

    def opened(model: ModelSettings, key: str | None, _environ: Mapping[str, str]) -> Engine:
        engine = Engine(model, FunctionModel(stream_function=stream, **settings), key, None)
        engine.pauses = (0.01, 0.01, 0.01)
        return engine

    return opened


@asynccontextmanager
async def conversing(
    stream: Callable[..., Any],
    folder: Path,
    *servers: ServerSettings,
    person: Person | None = None,
    model: ModelSettings = MODEL,
    config_file: Path | None = None,
    **options: Any,
) -> AsyncIterator[Conversation]:
    """A conversation with the model that is that function, over these servers."""
    async with running(*servers) as (manager, _):
        place = Place(manager, person or Person(), Allowances(folder), folder / "files", config_file)
        conversation = Conversation(
            place, model, ModelKeys(None, {}), {}, open_engine=engines(stream), **options
        )
        try:
            yield conversation
        finally:
            await conversation.close()


async def events(turn: Turn) -> list[ModelEvent]:
    """Everything that happens in a turn."""
    async with turn:
        return [event async for event in turn]


def of(kind: type[Any], found: list[ModelEvent]) -> list[Any]:
    """The events of one kind."""
    return [event for event in found if isinstance(event, kind)]
