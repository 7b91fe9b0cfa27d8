"""Calls that wait for the answers of their clients: which are counted, and when they are given up."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from services.gateway import held
from services.gateway.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.gateway.held import HeldCall

NAME = ("server", "tool")


@pytest.fixture
async def calls() -> Any:
    opened = Held()
    yield opened
    opened.close()


def request(who: str = "ada", **params: Any) -> Any:
    """A request of a client, as far as held calls look at it."""
    return SimpleNamespace(who=who, params=params)


async def asks(call: HeldCall) -> dict[str, Any]:
    return await call.answer("elicitation/create", {"message": "Who?"})


async def asks_again(call: HeldCall) -> dict[str, Any]:
    await asks(call)
    return await asks(call)


async def works(call: HeldCall) -> dict[str, Any]:
    await asyncio.sleep(30)
    return {}


def answers(questions: dict[str, Any]) -> Any:
    """The request that comes back with the answers."""
    given = {key: {"action": "accept"} for key in questions["inputRequests"]}
    return request(requestState=questions["requestState"], inputResponses=given)


async def test_only_calls_that_wait_for_answers_are_counted(calls: Held) -> None:
    busy = [asyncio.create_task(calls.run(request(), NAME, works)) for _ in range(150)]
    await asyncio.sleep(0)
    waiting = [await calls.run(request(), NAME, asks) for _ in range(100)]
    assert not any(one.done() for one in busy)
    with pytest.raises(MCPError, match="100 calls"):
        await calls.run(request(), NAME, asks)
    assert await calls.run(request("bob"), NAME, asks)
    assert await calls.run(answers(waiting[0]), NAME, asks) == {"action": "accept"}
    assert await calls.run(request(), NAME, asks)
    for one in busy:
        one.cancel()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(held, "LONGEST_ANSWER", 1.5)
    yield


@pytest.mark.usefixtures("short")
async def test_a_call_that_goes_on_is_not_given_up(calls: Held) -> None:
    first = await calls.run(request(), NAME, asks_again)
    again = request(requestState=first["requestState"])
    both = await asyncio.gather(calls.run(again, NAME, works), calls.run(again, NAME, works))
    assert [one["inputRequests"].keys() for one in both] == [first["inputRequests"].keys()] * 2
    second = await calls.run(answers(first), NAME, works)
    await asyncio.sleep(0.9)
    third = await calls.run(request(requestState=second["requestState"]), NAME, works)
    await asyncio.sleep(0.9)  # longer than a timer of the rounds before would have let it
    assert await calls.run(answers(third), NAME, works) == {"action": "accept"}
    with pytest.raises(MCPError, match="any more"):
        await calls.run(answers(third), NAME, works)


async def test_two_who_wait_for_one_call_are_told_when_it_is_gone(calls: Held) -> None:
    async def slow(call: HeldCall) -> dict[str, Any]:
        await asks(call)
        return await works(call)

    first = await calls.run(request(), NAME, slow)
    one, other = (asyncio.create_task(calls.run(answers(first), NAME, slow)) for _ in range(2))
    await asyncio.sleep(0.05)
    one.cancel()
    with pytest.raises(MCPError, match="any more"):
        await other
