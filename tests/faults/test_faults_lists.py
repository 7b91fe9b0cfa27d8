"""Lists without an end: they are cut, that is said, and nobody beside them notices."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from services.catalog.listing import MAX_PAGES, read_all
from services.connections.session.pages import Page
from tests.faults.stage import hostile, stage
from tests.services.conftest import running
from tests.support.waiting import until

if TYPE_CHECKING:
    from tests.faults.stage import Stage


@pytest.mark.parametrize(
    ("way", "said", "growth"),
    [
        ("cursors", "the list was cut: a cursor of 5,242,881 characters", 60),
        ("huge", "the list was cut: over 64 MiB", 250),
    ],
)
async def test_large_pages_are_not_collected(way: str, said: str, growth: float) -> None:
    async with stage(hostile("endless_lists", way), growth=growth) as bad:
        assert await bad.text() == "changed"
        await until(lambda: bad.said(said), 40)


async def test_a_page_of_too_many_tools_is_cut_before_a_model_is_made_of_each() -> None:
    async with running(hostile("endless_lists", "tools")) as (manager, _):
        await manager.call_tool("bad", "go", {})
        cut = "the list was cut after 10,000 tools"
        await until(lambda: any(cut in line.text for line in manager.log("bad")), 40)
        await until(lambda: manager.status("bad").tools == 10_000)


async def test_tools_that_are_swapped_at_each_reading_are_told_now_and_then() -> None:
    async with stage(hostile("endless_lists", "swapped")) as bad:
        assert await bad.text() == "changed"
        before = _readings(bad)
        await asyncio.sleep(4)
        assert 1 <= _readings(bad) - before <= 5


def _readings(bad: Stage) -> int:
    """How often the list has been read: each names its tool by the number."""
    return max((int(name[4:]) for name in _names(bad) if name != "go"), default=0)


def _names(bad: Stage) -> list[str]:
    return [tool.name for tool in bad.manager.catalog("bad").tools]


async def test_pages_without_end_are_counted() -> None:
    asked = 0

    async def page(cursor: str | None) -> Page:
        nonlocal asked
        asked += 1
        return Page(({"name": f"tool {asked}"},), f"{asked}")

    items, faults = await read_all(page)
    assert len(items) == asked
    assert [fault.text for fault in faults] == [f"the list was cut: over {MAX_PAGES:,} pages"]
    assert asked == MAX_PAGES + 1


async def test_a_page_above_the_bound_is_cut() -> None:
    async def page(cursor: str | None) -> Page:
        return Page((1,) * 200_000, None)

    items, faults = await read_all(page)
    assert len(items) == 100_000
    assert [fault.text for fault in faults] == ["the list was cut after 100,000 entries"]
