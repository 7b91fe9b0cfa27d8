"""The way to a state: it goes and comes back, and nobody waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from services.gateway.limits import TooMuch
from services.gateway.state.counts import SharedCounts
from services.gateway.state.link import Away, StateLink
from tests.servers.certificates import authority
from tests.support.state_server import PASSWORD, PROGRAMS, StateServer, state_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from services.gateway.state.link import Ask

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals")


@pytest.fixture(params=PROGRAMS)
def server(request: pytest.FixtureRequest) -> Iterator[StateServer]:
    with state_server(program=request.param) as running:
        yield running


class Heard:
    """What a link tells."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.said: list[str] = []
        self.opened = self.lost = 0

    async def open(self, _ask: Ask) -> None:
        self.opened += 1

    def lose(self) -> None:
        self.lost += 1


@asynccontextmanager
async def linked(url: str, *channels: str) -> AsyncIterator[tuple[StateLink, Heard]]:
    heard = Heard()
    link = StateLink(
        url,
        channels or ("news",),
        heard.messages.append,
        opened=heard.open,
        lost=heard.lose,
        warn=heard.said.append,
    )
    await asyncio.wait_for(link.begin(), 30)
    try:
        yield link, heard
    finally:
        await asyncio.wait_for(link.close(), 30)


async def test_it_is_away_to_all_others_until_it_was_told_what_it_lacks(server: StateServer) -> None:
    asked, told = asyncio.Event(), asyncio.Event()

    async def tell(ask: Ask) -> None:
        assert await ask("PING")
        asked.set()
        await told.wait()
        await ask("SET", "whose", "ours")

    link = StateLink(
        server.url, ("news",), lambda _: None, opened=tell, lost=lambda: None, warn=lambda _: None
    )
    beginning = asyncio.create_task(link.begin())
    try:
        await asyncio.wait_for(asked.wait(), 30)
        with pytest.raises(Away):
            await link.ask("GET", "whose")
        assert not link.there and not beginning.done()
        told.set()
        await asyncio.wait_for(beginning, 30)
        assert link.there and await link.ask("GET", "whose") == b"ours"
    finally:
        await asyncio.wait_for(link.close(), 30)


async def test_what_is_published_is_heard(server: StateServer) -> None:
    async with linked(server.url, "news", "mine") as (one, ours), linked(server.url) as (_, theirs):
        assert await one.publish("news", {"a": [1, "é", None]}) == 2
        assert await one.publish("mine", {"b": 1}) == 1
        assert await one.publish("nobody", {}) == 0
        await until(lambda: len(ours.messages) == 2 and len(theirs.messages) == 1)
        assert ours.messages == [{"a": [1, "é", None]}, {"b": 1}]
        await one.ask("PUBLISH", "news", "no JSON")
        await one.publish("news", {"c": 1})
        await until(lambda: len(theirs.messages) == 2)
        assert (ours.said, ours.lost) == ([], 0)


async def test_one_that_is_not_there_is_told_and_found_later(server: StateServer) -> None:
    server.stop()
    async with linked(server.url) as (link, heard):
        assert not link.there
        with pytest.raises(Away):
            await link.ask("PING")
        (said,) = heard.said
        assert f"127.0.0.1:{server.port}/3" in said
        assert "Connection refused" in said
        server.start()
        await until(lambda: link.there)
        assert await link.ask("PING")
        assert "is reached again" in heard.said[-1]
        assert len(heard.said) == 2
        assert PASSWORD not in "".join(heard.said)


async def test_one_that_goes_is_told_once_and_heals(server: StateServer) -> None:
    async with linked(server.url) as (link, heard):
        for turn in (1, 2):
            server.stop()
            await until(lambda: not link.there)
            with pytest.raises(Away):
                await link.ask("PING")
            server.start()
            await until(lambda: link.there)
            assert (heard.opened, heard.lost) == (turn + 1, turn)
            await link.publish("news", {"turn": turn})
            await until(lambda turn=turn: {"turn": turn} in heard.messages)  # type: ignore[misc]
        assert ["again" in said for said in heard.said] == [False, True] * 2


async def test_one_that_does_not_answer_is_away(server: StateServer) -> None:
    async with linked(server.url) as (link, heard):
        assert server.pid
        os.kill(server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(Away):
                await asyncio.wait_for(link.ask("PING"), 30)
            assert not link.there
            await asyncio.gather(*(is_away(link) for _ in range(100)))  # at once, all of them
        finally:
            os.kill(server.pid, signal.SIGCONT)
        await until(lambda: link.there)
        assert heard.lost == 1


async def is_away(link: StateLink) -> None:
    with pytest.raises(Away):
        await link.ask("PING")


async def test_a_wrong_password_is_said_in_words(server: StateServer) -> None:
    url = server.url.replace(PASSWORD, "another")
    async with linked(url) as (link, heard):
        assert not link.there
        assert "password" in heard.said[0]
        assert "another" not in heard.said[0]


@pytest.mark.parametrize("program", PROGRAMS)
async def test_over_tls(tmp_path: Path, program: str) -> None:
    trusted, _ = authority(tmp_path)
    with state_server(tmp_path, program) as server:
        async with linked(f"{server.url}?ssl_ca_certs={trusted}") as (link, heard):
            assert await link.publish("news", {"a": 1}) == 1
            await until(lambda: heard.messages == [{"a": 1}])
        async with linked(server.url) as (link, heard):  # an authority that nobody knows
            assert not link.there
            assert "certificate" in heard.said[0].lower()
        async with linked(server.url.replace("rediss:", "redis:")) as (link, heard):
            assert not link.there


async def test_one_bucket_for_all(server: StateServer) -> None:
    async with linked(server.url) as (one, _), linked(server.url) as (other, _):
        ours, theirs = SharedCounts(one, "test"), SharedCounts(other, "test")
        counted = await asyncio.gather(
            *(each.count("ada", 50) for each in [ours, theirs] * 40), return_exceptions=True
        )
        refused = [one for one in counted if isinstance(one, TooMuch)]
        assert 10 < len(refused) <= 30  # 50 at once, and a few more as the bucket fills
        assert all(1 <= error.seconds <= 2 for error in refused)
        await theirs.count("bob", 50)
        names = await one.ask("KEYS", "test:*")
        assert len(names) == 2
        assert not any(b"ada" in name for name in names)
        for name in names:
            assert 0 < await one.ask("TTL", name) <= 61
        with pytest.raises(TooMuch) as last:
            for _ in range(3):
                await ours.count("eve", 1)
        assert 20 < last.value.seconds <= 60


async def test_without_a_state_nobody_is_refused_by_it(server: StateServer) -> None:
    async with linked(server.url) as (link, _):
        counts = SharedCounts(link, "test")
        server.stop()
        await until(lambda: not link.there)
        for _ in range(10):
            await counts.count("ada", 1)
