"""What a conversation with a model looks like, at 120×40 and 80×24."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic_ai.models.function import DeltaThinkingPart, DeltaToolCall

from services.settings import ModelSettings
from tests.app.conftest import session
from tests.app.session.test_session_model import asked, quiet, returned, send
from tests.app.session.test_session_pictures import SIZES
from tests.services.model.stage import engines
from tests.support.servers import demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.clock import Clock
    from tests.app.session.test_session_pictures import Matches

MODEL = ModelSettings("", "ollama", "operator-1", context_window=100_000)

ANSWER = """\
Six patches are plugged, **two** of them by hand:

| line | jack | who |
|---|---|---|
| 1 | A3 | Maria |
| 2 | B1 | the night shift |

1. Line `1` is busy.
2. Line `2` rings.

```python
def ring(line: int) -> bool:
    return line == 2
```
"""


class Operator:
    """Thinks, draws a picture, answers; what begins with `slow` is never finished."""

    async def stream(self, messages: list[Any], _info: Any) -> AsyncIterator[Any]:
        if asked(messages).startswith("slow"):
            yield "One moment, I am looking at the "
            await asyncio.Event().wait()
        elif returned(messages):
            yield ANSWER
        else:
            yield {0: DeltaThinkingPart(content="Who is plugged where?\nThe picture will show it.\n" * 4)}
            yield {1: DeltaToolCall(name="mcp__demo__image_scenario", json_args='{"scenario": "image_only"}')}


@SIZES
async def test_conversation(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    options: dict[str, Any] = {"models": (MODEL,), "open_engine": engines(Operator().stream)}
    async with session(demo(), size=size, clock=still_clock, **options) as s:
        await s.until(lambda: s.app.session.panel.tokens)
        await s.enter("Who is on which line?")
        await s.sees("Line `2` rings.")
        await quiet(s)
        await s.pilot.pause()
        assert screen_matches(s.app)


@SIZES
async def test_answering(size: tuple[int, int], screen_matches: Matches, still_clock: Clock) -> None:
    options: dict[str, Any] = {"models": (MODEL,), "open_engine": engines(Operator().stream)}
    async with session(demo(), size=size, clock=still_clock, **options) as s:
        await s.until(lambda: s.app.session.panel.tokens)
        await s.enter("slow please")
        await s.sees("One moment")
        await send(s, "and then the weather")
        await s.until(lambda: bool(s.app.session.talk_line.state.queued))
        await s.pilot.pause()
        assert screen_matches(s.app)
