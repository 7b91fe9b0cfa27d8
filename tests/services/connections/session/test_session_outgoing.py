"""What waits for a server that asks and does not read, over any transport."""

from __future__ import annotations

import asyncio

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from services.connections.session.outgoing import Outgoing


def answer(number: int | str) -> SessionMessage:
    return SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=number, result={}))


async def waiting_of(messages: list[SessionMessage]) -> tuple[int, list[str]]:
    """How many of these messages wait for a server that reads none, and what is said."""
    said: list[str] = []
    send, receive = anyio.create_memory_object_stream[SessionMessage](0)
    outgoing = Outgoing(send, said.append)
    async with outgoing, receive:
        tasks = [asyncio.create_task(outgoing.send(message)) for message in messages]
        done, waiting = await asyncio.wait(tasks, timeout=0.2)
        assert all(task.exception() is None for task in done)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        later = asyncio.create_task(outgoing.send(answer("later")))
        assert await receive.receive() == answer("later")  # what did not wait any more took no room
        await later
    return len(waiting), said


async def test_answers_wait_up_to_a_bound_and_it_is_said_once() -> None:
    waiting, said = await waiting_of([answer(number) for number in range(1_500)])
    assert waiting == 1_000
    assert len(said) == 1


async def test_answers_with_long_ids_fill_the_room_sooner() -> None:
    assert (await waiting_of([answer(f"{number}{'x' * 300_000}") for number in range(20)]))[0] == 3


async def test_what_we_say_by_ourselves_is_never_left_out() -> None:
    note = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="notifications/cancelled"))
    waiting, said = await waiting_of([note] * 1_500)
    assert (waiting, said) == (1_500, [])
