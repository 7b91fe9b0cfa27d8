"""What a conversation costs beside the bare library on the same provider: first token, each, first use.

The first token is timed by the clock, from the moment the provider sends it; each token by the processor time
of this process, which another program on the machine does not lengthen.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.model_provider import provider
from benchmarks.report import Figure
from benchmarks.stall import watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from services.model.conversation import Conversation

    Answered = Callable[[int], Awaitable[tuple[float, float]]]

__all__ = ("bare_first", "measure", "our_first")

FEW, MANY = 1_000, 20_000
ROUNDS = {FEW: 5, MANY: 1}
"""20,000 tokens are ten seconds of one core, whoever takes them."""
STARTS = 3
KEY = {"KEY": "none"}


def measure() -> Iterable[Figure]:
    """Rounds alternate; the first warms up."""
    with provider() as url:
        ours, bare, stall = asyncio.run(_answers(url, FEW))
        yield Figure("first token of an answer / bare pydantic-ai", ours[0], bare[0], "≤ 3")
        yield Figure("a token of 1,000 / bare pydantic-ai", ours[1], bare[1], "≤ 1.5", stall)
        few, (ours, bare, stall) = ours[1], asyncio.run(_answers(url, MANY))
        yield Figure("a token of 20,000 / bare pydantic-ai", ours[1], bare[1], "≤ 1.5", stall)
        yield Figure("a token of 20,000 / of 1,000", ours[1], few, "≤ 1.3")
        yield _first_use(url)


# Answers.


async def _answers(url: str, tokens: int) -> tuple[tuple[float, float], tuple[float, float], float]:
    """For us and for the library: the first token, each token; and our longest stall."""
    async with _conversation(url, tokens) as conversation:
        if tokens == FEW:
            await _ours(conversation)
            await _bare(url, tokens)
        ours, bare, stalls = [], [], []
        for _ in range(ROUNDS[tokens]):
            async with watched() as stall:
                ours.append(await _ours(conversation))
            bare.append(await _bare(url, tokens))
            stalls.append(stall.longest)
    return _medians(ours), _medians(bare), max(stalls)


def _medians(rounds: Iterable[tuple[float, float]]) -> tuple[float, float]:
    first, each = zip(*rounds, strict=True)
    return statistics.median(first), statistics.median(each)


@asynccontextmanager
async def _conversation(url: str, tokens: int) -> AsyncIterator[Conversation]:
    """A conversation with no servers, so that the three tools of ours are all there is."""
    from services.approval import ApprovalRequest, Deny
    from services.connection_manager import ConnectionManager
    from services.model.allowances import Allowances
    from services.model.conversation import Conversation
    from services.model.keys import ModelKeys
    from services.model.place import Place
    from services.settings import ModelSettings

    class Nobody:
        async def approve(self, _request: ApprovalRequest) -> Deny:
            return Deny()

    model = ModelSettings("", "openai-chat", str(tokens), base_url=url, api_key_env_var="KEY")
    with tempfile.TemporaryDirectory() as folder:
        async with ConnectionManager([]) as manager:
            place = Place(manager, Nobody(), Allowances(), Path(folder))
            conversation = Conversation(place, model, ModelKeys(None, KEY), {})
            try:
                yield conversation
            finally:
                await conversation.close()


async def _ours(conversation: Conversation) -> tuple[float, float]:
    """Seconds from the provider's first byte to the first token, and processor time of each token."""
    from services.model.events import Ended, TextDelta

    first, sent, began = 0.0, 0.0, time.process_time()
    async with conversation.ask("go") as turn:
        async for event in turn:
            if isinstance(event, TextDelta) and not first:
                first, sent = time.monotonic(), float(event.text)
    if not isinstance(event, Ended):
        raise RuntimeError(f"the turn did not end: {event}")
    conversation.clear()
    return first - sent, (time.process_time() - began) / int(conversation.model.name)


async def _bare(url: str, tokens: int) -> tuple[float, float]:
    """The same by the library alone."""
    from openai import AsyncOpenAI
    from pydantic_ai import Agent
    from pydantic_ai.messages import PartDeltaEvent, PartStartEvent, TextPart, TextPartDelta
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    first, sent, began = 0.0, 0.0, time.process_time()
    async with AsyncOpenAI(api_key="none", base_url=url) as sdk:
        agent = Agent(OpenAIChatModel(str(tokens), provider=OpenAIProvider(openai_client=sdk)))
        async with agent.run_stream_events("go") as events:
            async for event in events:
                match event:
                    case PartStartEvent(part=TextPart(content=text)) if text and not first:
                        first, sent = time.monotonic(), float(text)
                    case PartDeltaEvent(delta=TextPartDelta(content_delta=text)) if text and not first:
                        first, sent = time.monotonic(), float(text)
                    case _:
                        pass
    return first - sent, (time.process_time() - began) / tokens


# First use, each in a process of its own.


def _first_use(url: str) -> Figure:
    rounds = [(_in_process("our_first", url), _in_process("bare_first", url)) for _ in range(STARTS + 1)][1:]
    return Figure(
        "a model prepared behind the screen / bare imports",
        statistics.median(ours[0] for ours, _ in rounds),
        statistics.median(bare[0] for _, bare in rounds),
        "≤ 1.3",
        statistics.median(ours[1] for ours, _ in rounds),
    )


def _in_process(name: str, url: str) -> tuple[float, float]:
    code = f"import asyncio; from benchmarks.model import {name}; asyncio.run({name}({url!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, stall = json.loads(done.stdout)
    return seconds, stall


async def our_first(url: str) -> None:
    """Print the seconds that the first use of a model waits, and the longest stall meanwhile."""
    async with _conversation(url, FEW) as conversation, watched() as stall:
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        await conversation.prepare()
        taken = time.perf_counter() - began
    sys.stdout.write(json.dumps([taken, stall.longest]))


async def bare_first(url: str) -> None:
    """Print the seconds that the library and its SDK take to be imported, with a client made."""
    from services.model.conversation import Conversation  # noqa: F401 - what is loaded in any case

    began = time.perf_counter()
    import pydantic_ai  # noqa: F401
    from openai import AsyncOpenAI
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    sdk = AsyncOpenAI(api_key="none", base_url=url)
    OpenAIChatModel("m", provider=OpenAIProvider(openai_client=sdk))
    sys.stdout.write(json.dumps([time.perf_counter() - began, 0.0]))
