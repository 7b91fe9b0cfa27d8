"""A crowd begins a few at a time, in order, and whoever is cancelled holds up nobody."""

from __future__ import annotations

import asyncio

from services.turns import turn


async def test_one_does_not_wait() -> None:
    door = turn()
    try:
        door.send(None)
    except StopIteration:
        return
    raise AssertionError("the first of all had to wait")


async def test_crowd_leaves_room_between_turns() -> None:
    begun: list[int] = []

    async def one(number: int) -> None:
        await turn()
        begun.append(number)

    crowd = asyncio.gather(*(one(number) for number in range(500)))
    most, before = 0, 0
    while not crowd.done():
        await asyncio.sleep(0)
        most, before = max(most, len(begun) - before), len(begun)
    await crowd
    assert begun == list(range(500))
    assert 0 < most <= 32


async def test_costly_ones_come_fewer_at_a_time() -> None:
    begun: list[int] = []

    async def one(number: int) -> None:
        await turn(16)
        begun.append(number)

    crowd = asyncio.gather(*(one(number) for number in range(20)))
    await asyncio.sleep(0)
    assert len(begun) <= 2
    await crowd
    assert begun == list(range(20))


async def test_cancelled_ones_hold_up_nobody() -> None:
    tasks = [asyncio.create_task(turn()) for _ in range(300)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    assert all(result is None for result in done[1::2])
