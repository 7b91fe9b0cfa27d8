"""What goes to a driver that does not keep up with reading, or does not read at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from services.driving import outgoing
from services.driving.outgoing import Outgoing
from tests.services.driving.kept_writer import Kept
from tests.support.waiting import until

if TYPE_CHECKING:
    import pytest

    from services.standard_streams import Writer

PATIENCE = 20.0


def sent(kept: Kept, patience: float = PATIENCE) -> Outgoing:
    return Outgoing(cast("Writer", kept), patience)


def step(of: str, number: int) -> dict[str, Any]:
    return {"method": "progress", "params": {"of": of, "step": number}}


def steps(kept: Kept) -> list[tuple[str, int]]:
    found = (one["params"] for one in kept.messages if one.get("method") == "progress")
    return [(one["of"], one["step"]) for one in found]


def weight(size: int) -> dict[str, Any]:
    return {"id": 1, "result": "x" * size}


async def test_news_of_progress_give_way_to_newer_ones_while_nobody_reads() -> None:
    kept = Kept(stuck=True)
    out = sent(kept)
    out.fold("a", step("a", 1))
    out.send(weight(outgoing.FOLDED))
    for number in range(2, 10_000):
        out.fold("a", step("a", number))
    out.fold("b", step("b", 7))
    out.fold("c", step("c", 1))
    out.settle("c")
    assert steps(kept) == [("a", 1)]
    kept.read()
    await asyncio.sleep(0)
    assert steps(kept) == [("a", 1), ("a", 9_999), ("b", 7)]
    out.fold("a", step("a", 10_000))
    assert steps(kept)[-1] == ("a", 10_000)


async def test_nothing_of_a_driver_is_read_until_it_has_read() -> None:
    kept = Kept(stuck=True)
    out = sent(kept)
    await out.room()
    out.send(weight(outgoing.PAUSED))
    waiting = asyncio.create_task(out.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    kept.read()
    async with asyncio.timeout(PATIENCE):
        await waiting
    await out.flush(PATIENCE)
    assert out.trouble is None and not out.gone.is_set()


async def test_one_that_takes_nothing_is_given_up_with_words() -> None:
    kept = Kept(stuck=True)
    out = sent(kept, patience=0.01)
    out.send(weight(outgoing.PAUSED))
    async with asyncio.timeout(PATIENCE):
        await out.gone.wait()
        await out.room()
    assert out.trouble is not None and "17 MB wait for it" in out.trouble.message
    written = len(kept.messages)
    out.send(weight(1))
    out.fold("a", step("a", 1))
    assert len(kept.messages) == written
    async with asyncio.timeout(PATIENCE):
        await out.flush(3_600)


class Nibbled(Kept):
    """Each look at it finds that one more byte was taken."""

    looks = 0

    @property
    def taken(self) -> int:
        self.looks += 1
        return self.looks

    @taken.setter
    def taken(self, _: int) -> None:
        pass


async def test_one_that_takes_little_is_not_given_up() -> None:
    kept = Nibbled(stuck=True)
    out = sent(kept, patience=0.001)
    out.send(weight(outgoing.PAUSED))
    await until(lambda: kept.looks >= 20, PATIENCE)
    assert not out.gone.is_set()
    kept.read()
    async with asyncio.timeout(PATIENCE):
        await out.room()
    assert out.trouble is None


async def test_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "MOST", outgoing.PAUSED + 100)
    kept = Kept(stuck=True)
    out = sent(kept)
    out.send(weight(outgoing.PAUSED))
    assert out.trouble is None
    out.send(weight(100))
    assert out.trouble is not None and out.gone.is_set() and len(kept.messages) == 1
    await out.flush(PATIENCE)
