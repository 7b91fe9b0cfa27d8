"""A tool whose calls become tasks (`io.modelcontextprotocol/tasks`) for clients that take them.

For others, those of 2025-11-25 among them, it is a call that takes its time. Nothing runs between two
looks at a task: how it stands follows from the clock and from what was answered.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import anyio
import mcp_types as types
from mcp.shared.exceptions import MCPError

from services.demo.calls import result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.demo.calls import Call, DemoState, Outcome

__all__ = ("TASKS", "TaskParams", "UpdateParams", "brew", "cancel_task", "get_task", "update_task")

TASKS: Final = "io.modelcontextprotocol/tasks"
STEPS: Final = ("filling the kettle", "heating the water", "waiting for the leaves", "pouring")
KEPT_MS: Final = 600_000
POLL_MS: Final = 500
MOST: Final = 1_000

QUESTION: Final = types.ElicitRequest(
    params=types.ElicitRequestFormParams(
        message="How do you take it?",
        requested_schema={
            "type": "object",
            "properties": {
                "milk": {"type": "boolean", "title": "Milk", "default": False},
                "sugar": {"type": "integer", "title": "Lumps of sugar", "minimum": 0, "maximum": 9},
            },
        },
    )
)


class TaskParams(types.RequestParams):
    """What `tasks/get` and `tasks/cancel` take."""

    task_id: str


class UpdateParams(TaskParams):
    """What `tasks/update` takes."""

    input_responses: types.InputResponses


@dataclass(slots=True)
class Brew:
    """One pot of tea, from the first look to the last."""

    seconds: float
    asks: bool
    id: str = field(default_factory=lambda: uuid4().hex)
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    waited: float = 0.0
    """Seconds that it stood still until its question was answered."""
    answer: types.ElicitResult | None = None
    cancelled: bool = False

    def state(self) -> dict[str, Any]:
        """How it stands, in the words of the extension."""
        done = (time.monotonic() - self.began - self.waited) / max(self.seconds, 0.001)
        half = self.asks and self.answer is None and done >= 0.5
        status: dict[str, Any] = {"status": "working"}
        if self.cancelled:
            status = {"status": "cancelled", "statusMessage": "poured away"}
        elif half:
            asked = QUESTION.model_dump(by_alias=True, mode="json", exclude_none=True)
            status = {"status": "input_required", "inputRequests": {"taste": asked}}
        elif done >= 1:
            tea = result(served(self.answer)).model_dump(by_alias=True, mode="json", exclude_none=True)
            status = {"status": "completed", "result": tea}
        else:
            status["statusMessage"] = STEPS[int(done * len(STEPS))]
        times = {"createdAt": self.made.isoformat(), "lastUpdatedAt": datetime.now(UTC).isoformat()}
        return {"taskId": self.id, **times, "ttlMs": KEPT_MS, "pollIntervalMs": POLL_MS, **status}

    def take(self, answer: types.ElicitResult) -> None:
        """The question is answered: it goes on from the middle."""
        if self.answer is None:
            self.answer = answer
            self.waited = max(time.monotonic() - self.began - self.seconds / 2, 0.0)


async def brew(call: Call) -> Outcome:
    """A task where the client takes tasks, else a call that takes as long."""
    pot = Brew(float(call.arguments["seconds"]), bool(call.arguments.get("ask", False)))
    if not takes_tasks(call):
        await anyio.sleep(pot.seconds)
        return result(served(None))
    if len(call.state.brews) >= MOST:
        del call.state.brews[next(iter(call.state.brews))]
    call.state.brews[pot.id] = pot
    return {**pot.state(), "resultType": "task"}


def takes_tasks(call: Call) -> bool:
    """Whether the client declared the extension, on this request as the extension wants it."""
    capabilities = call.context.session.client_capabilities
    return call.modern and TASKS in ((capabilities.extensions if capabilities else None) or {})


def get_task(state: DemoState, params: TaskParams) -> dict[str, Any]:
    """`tasks/get`."""
    return _known(state, params).state()


def update_task(state: DemoState, params: UpdateParams) -> dict[str, Any]:
    """`tasks/update`; keys that nobody asked for are ignored."""
    pot = _known(state, params)
    if isinstance(answer := params.input_responses.get("taste"), types.ElicitResult):
        pot.take(answer)
    return {}


def cancel_task(state: DemoState, params: TaskParams) -> dict[str, Any]:
    """`tasks/cancel`."""
    _known(state, params).cancelled = True
    return {}


def served(answer: types.ElicitResult | None) -> str:
    """What the person gets."""
    taste: Mapping[str, Any] = (answer.content if answer is not None else None) or {}
    milk, sugar = " with milk" if taste.get("milk") else "", taste.get("sugar") or 0
    return f"A cup of tea{milk}, {sugar} lumps of sugar."


def _known(state: DemoState, params: TaskParams) -> Brew:
    pot: Brew | None = state.brews.get(params.task_id)
    if pot is None:
        raise MCPError(types.INVALID_PARAMS, "Task not found")
    return pot
