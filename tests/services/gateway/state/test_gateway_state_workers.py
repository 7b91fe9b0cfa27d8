"""Requests between processes, over a state that is made up: what is bounded, and that nothing hangs."""

from __future__ import annotations

import asyncio
import gc
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from mcp.shared.exceptions import MCPError

from services.connections.session.caller import Caller
from services.gateway.state import workers
from services.gateway.state.link import Away
from services.gateway.state.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Here = Callable[[Any], Awaitable[dict[str, Any]]]


class Between:
    """What the state does for processes: channels, and things that lie beside them."""

    def __init__(self) -> None:
        self.hearing: dict[str, Workers] = {}
        self.kept: dict[str, str] = {}
        self.sent: list[dict[str, Any]] = []
        self.away = self.deaf = False

    async def ask(self, command: str, *words: Any) -> Any:
        if self.away:
            raise Away
        match command:
            case "SET":
                assert words[2:] == ("EX", 60)
                self.kept[words[0]] = words[1]
            case "GETDEL":
                return self.kept.pop(words[0], None)
            case "PUBSUB NUMSUB":
                return [[words[0].encode(), int(words[0] in self.hearing)]]
        return None

    async def publish(self, channel: str, message: dict[str, Any]) -> int:
        if self.away:
            raise Away
        self.sent.append(message)
        if (to := self.hearing.get(channel)) is None:
            return 0
        if not self.deaf:
            to.hear(json.loads(json.dumps(message)))
        return 1


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[Between]:
    monkeypatch.setattr(workers, "_LOOK", 0.05)
    yield Between()


def process(between: Between, name: str, here: Here | None = None) -> Workers:
    async def answer(down: Any, server: str, method: str, params: Any) -> dict[str, Any]:
        assert here is not None
        result = await here(down)
        return {"server": server, "method": method, "params": dict(params), **result}

    made = Workers(between, "p", name, answer)  # type: ignore[arg-type]
    between.hearing[f"p:worker:{name}"] = made
    return made


class Client:
    """The client of a request, as far as anybody looks at it."""

    def __init__(self) -> None:
        self.who = "ada"
        self.caller = Caller({"elicitation": {}}, {"name": "probe"}, "info")
        self.heard: list[Any] = []

    async def progress(self, news: Any) -> None:
        self.heard.append((news.progress, news.total, news.message))

    async def log(self, level: str, data: object, logger: str | None) -> None:
        self.heard.append((level, data, logger))


async def ask(one: Workers, to: str, client: Client | None = None, **params: Any) -> dict[str, Any]:
    down: Any = client or Client()
    return await asyncio.wait_for(one.ask(to, down, "server", "tools/call", params), 30)


async def test_a_request_is_answered_with_all_that_was_said_before(between: Between) -> None:
    async def here(down: Any) -> dict[str, Any]:
        await down.progress(SimpleNamespace(progress=1, total=2, message="half"))
        await down.log("info", {"a": 1}, None)
        return {"who": down.who, "caller": down.caller.info, "can": down.can("elicitation/create", {})}

    one, client = process(between, "one"), Client()
    process(between, "other", here)
    result = await ask(one, "other", client, name="t")
    assert result == {
        "server": "server",
        "method": "tools/call",
        "params": {"name": "t"},
        "who": "ada",
        "caller": {"name": "probe"},
        "can": True,
    }
    assert client.heard == [(1, 2, "half"), ("info", {"a": 1}, None)]


async def test_an_error_is_the_same_elsewhere(between: Between) -> None:
    async def here(down: Any) -> dict[str, Any]:
        raise MCPError(-32042, "not now", {"a": 1})

    one = process(between, "one")
    process(between, "other", here)
    with pytest.raises(MCPError) as raised:
        await ask(one, "other")
    assert (raised.value.error.code, raised.value.error.message) == (-32042, "not now")
    assert raised.value.error.data == {"a": 1}


@pytest.mark.parametrize("size", [1_000, 1_000_000])
async def test_large_things_lie_beside_the_channel(between: Between, size: int) -> None:
    async def here(down: Any) -> dict[str, Any]:
        return {"text": "y" * size}

    one = process(between, "one")
    process(between, "other", here)
    result = await ask(one, "other", text="x" * size)
    assert (len(result["text"]), len(result["params"]["text"])) == (size, size)
    assert all(len(json.dumps(each)) < 300_000 for each in between.sent)
    assert not between.kept


async def test_nobody_there_is_known_at_once(between: Between) -> None:
    with pytest.raises(MCPError, match="held this call has ended"):
        await ask(process(between, "one"), "nobody")


@pytest.mark.parametrize("what", ["it ends", "it knows nothing of it", "it fails", "the state is away"])
async def test_nobody_waits_for_ever(between: Between, what: str) -> None:
    begun = asyncio.Event()
    faults: list[Any] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, told: faults.append(told["exception"]))

    async def here(down: Any) -> dict[str, Any]:
        begun.set()
        if what == "it fails":
            raise RuntimeError("a fault of ours")
        await asyncio.sleep(1_000)
        return {}

    one, other = process(between, "one"), process(between, "other", here)
    between.deaf = what == "it knows nothing of it"
    asking = asyncio.create_task(ask(one, "other"))
    if not between.deaf:
        await asyncio.wait_for(begun.wait(), 30)
    match what:
        case "it ends":
            del between.hearing["p:worker:other"]
            between.deaf = True
        case "the state is away":
            between.away = True
            one.lost()
    with pytest.raises(MCPError):
        await asyncio.wait_for(asking, 30)
    between.away = between.deaf = False
    await other.close()
    await one.close()
    gc.collect()
    loop.set_exception_handler(before)
    assert ["a fault of ours" in repr(fault) for fault in faults] == [True] * (what == "it fails")


async def test_one_that_works_long_is_waited_for(between: Between) -> None:
    async def here(down: Any) -> dict[str, Any]:
        for _ in range(3 * workers._SILENT):
            await asyncio.sleep(workers._LOOK)
        return {"done": True}

    one = process(between, "one")
    process(between, "other", here)
    assert (await ask(one, "other"))["done"]
    assert {"working"} <= {key for each in between.sent for key in each}


async def test_who_does_not_wait_any_more_ends_it_there(between: Between) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def here(down: Any) -> dict[str, Any]:
        begun.set()
        try:
            await asyncio.sleep(1_000)
        finally:
            ended.set()
        return {}

    one = process(between, "one")
    process(between, "other", here)
    asking = asyncio.create_task(ask(one, "other"))
    await asyncio.wait_for(begun.wait(), 30)
    asking.cancel()
    await asyncio.wait_for(ended.wait(), 30)
    await one.close()


async def test_only_so_many_are_worked_at(between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_MOST", 3)

    async def here(down: Any) -> dict[str, Any]:
        await asyncio.sleep(1_000)
        return {}

    one, other = process(between, "one"), process(between, "other", here)
    asking = [asyncio.create_task(ask(one, "other")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(MCPError, match="3 requests of others"):
        await ask(one, "other")
    for each in asking:
        each.cancel()
    await asyncio.wait(asking)
    await other.close()
    await one.close()
