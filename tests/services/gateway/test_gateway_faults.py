"""Servers that die, hang and come back, and clients that ask for what is not theirs."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from services.errors import CallTimeout
from services.events import ServerState
from services.gateway import downstream
from services.gateway.turns import Turns
from services.inbox.questions import Answer
from services.settings import GatewaySettings, ServerSettings
from tests.servers.web import Web
from tests.services.gateway.stage import ERAS, Person, client, gateway, text_of, until_listed
from tests.services.gateway.test_gateway_access import post
from tests.support.servers import demo, quick
from tests.support.waiting import until

BOTH = pytest.mark.parametrize("era", list(ERAS), ids=list(ERAS.values()))


@BOTH
async def test_a_server_that_dies_leaves_its_list_and_comes_back(era: str) -> None:
    async with gateway(quick(), quick("other")) as stage, client(stage.url(), era) as caller:
        before = await until_listed(caller, lambda names: {"quick__die", "other__echo"} <= names)
        with pytest.raises(MCPError, match="quick"):
            await caller.call_tool("quick__die", {})
        assert {tool.name for tool in (await caller.list_tools()).tools} == before
        assert text_of(await caller.call_tool("other__echo", {"text": "here"})) == "here"
        manager = stage.door.manager
        await until(lambda: manager.status("quick").state is ServerState.READY)
        assert text_of(await caller.call_tool("quick__echo", {"text": "back"})) == "back"


async def test_a_broken_server_is_named_and_stalls_nobody() -> None:
    missing = ServerSettings("missing", command="no-such-program")
    silent = quick("silent", "--silent", startup_timeout_sec=60)
    async with gateway(missing, silent, quick()) as stage, client(stage.url(), "auto") as caller:
        async with asyncio.timeout(5):
            names = {tool.name for tool in (await caller.list_tools()).tools}
        assert {name.partition("__")[0] for name in names} == {"quick"}
        assert text_of(await caller.call_tool("quick__echo", {"text": "here"})) == "here"
        with pytest.raises(MCPError, match="missing") as refused:
            await caller.call_tool("missing__anything", {})
        assert refused.value.error.data["server"] == "missing"


async def test_a_call_that_hangs_ends_with_its_time_limit() -> None:
    async with gateway(quick(tool_timeout_sec=0.5)) as stage, client(stage.url(), "auto") as caller:
        await until_listed(caller, lambda names: "quick__sleep" in names)
        with pytest.raises(MCPError, match="tool_timeout_sec"):
            await caller.call_tool("quick__sleep", {"seconds": 30})
        assert text_of(await caller.call_tool("quick__progress", {"steps": 4, "delay": 0.3})) == "4 steps"


async def test_two_clients_asked_at_once_each_hear_their_own_question() -> None:
    """A connection of the handshake era does not say whose question it is."""
    ada, bob = Person(content={"name": "Ada"}), Person(content={"name": "Bob"})
    async with (
        gateway(quick(protocol="legacy")) as stage,
        client(stage.url(), "legacy", ada) as first,
        client(stage.url(), "auto", bob) as second,
    ):
        await until_listed(first, lambda names: "quick__ask" in names)
        await until_listed(second, lambda names: "quick__ask" in names)
        busy = asyncio.create_task(first.call_tool("quick__sleep", {"seconds": 1}))
        await asyncio.sleep(0.2)
        assert "Bob" in text_of(await second.call_tool("quick__ask", {}))
        assert busy.done()  # until then it was not clear whose question it is
        answers = await asyncio.gather(second.call_tool("quick__ask", {}), first.call_tool("quick__ask", {}))
        assert "Bob" in text_of(answers[0])
        assert "Ada" in text_of(answers[1])
        assert (len(ada.asked), len(bob.asked)) == (1, 2)


async def test_over_http_a_question_comes_with_its_call() -> None:
    ada, bob = Person(content={"name": "Ada"}), Person(content={"name": "Bob"})
    async with Web(("2025-11-25",)) as web:
        server = ServerSettings("web", transport="http", url=web.url, protocol="legacy")
        async with (
            gateway(server) as stage,
            client(stage.url(), "legacy", ada) as first,
            client(stage.url(), "auto", bob) as second,
        ):
            await until_listed(first, lambda names: "web__ask" in names)
            await until_listed(second, lambda names: "web__ask" in names)
            answers = await asyncio.gather(
                *(one.call_tool("web__ask", {}) for one in (first, second, first, second))
            )
        assert ["Ada" in text_of(one) for one in answers] == [True, False, True, False]
        assert ["Bob" in text_of(one) for one in answers] == [False, True, False, True]


@pytest.mark.parametrize("questions", ["decline", "here"])
async def test_questions_may_be_kept_from_clients(questions: Any) -> None:
    person = Person()
    settings = GatewaySettings(questions=questions)
    async with gateway(quick(), settings=settings) as stage, client(stage.url(), "legacy", person) as caller:
        await until_listed(caller, lambda names: "quick__ask" in names)
        assert "decline" in text_of(await caller.call_tool("quick__ask", {}))
        assert person.asked == []
        await until(lambda: any("declined" in str(data) for data in person.logged))


@BOTH
@pytest.mark.parametrize("server", ["modern", "older"])
async def test_questions_may_be_answered_here(era: str, server: str) -> None:
    person = Person()
    servers = (demo("modern"), demo("older", protocol="legacy"))
    async with (
        gateway(*servers, settings=GatewaySettings(questions="here"), somebody_here=True) as stage,
        client(stage.url(), era, person) as caller,
    ):
        await until_listed(caller, lambda names: f"{server}__ask" in names)
        call = asyncio.create_task(caller.call_tool(f"{server}__ask", {"form": "short"}))
        inbox = stage.door.manager.inbox
        await until(lambda: bool(inbox.questions) or call.done())
        assert not call.done(), text_of(call.result())
        inbox.answer(inbox.questions[0], Answer("accept", {"name": "Eve"}))
        assert "Eve" in text_of(await call)
        assert person.asked == []


@pytest.mark.parametrize("state", ["nonsense", "", "x" * 500])
async def test_a_handle_that_nobody_gave_out_goes_nowhere(state: str) -> None:
    async with gateway(quick(protocol="legacy")) as stage, client(stage.url(), "auto", Person()) as caller:
        await until_listed(caller, lambda names: "quick__ask" in names)
        params: dict[str, Any] = {
            "name": "quick__ask",
            "arguments": {},
            "requestState": state,
            "inputResponses": {},
        }
        answer = (await post(stage.url(), "tools/call", capabilities={"elicitation": {}}, **params)).json()
        assert answer["error"]["code"] == -32602


async def test_many_servers_and_many_callers() -> None:
    servers = [quick(f"server-{number}") for number in range(20)]
    async with gateway(*servers) as stage:
        await stage.door.manager.settled(60)
        answers = await asyncio.gather(
            *(
                post(
                    stage.url(),
                    "tools/call",
                    name=f"server-{number % 20}__echo",
                    arguments={"text": str(number)},
                )
                for number in range(200)
            )
        )
        said = [json.loads(one.text.partition("data: ")[2] or one.text) for one in answers]
        assert [one["result"]["content"][0]["text"] for one in said] == [str(n) for n in range(200)]


async def test_turns_are_taken_once_it_was_unclear_whose_question_it_is() -> None:
    class Call:
        def __init__(self, key: str) -> None:
            self.key = key

    turns: Turns[Any] = Turns(0.2)
    async with turns.call(one := Call("a")), turns.call(two := Call("b")):
        assert turns.sole is None
        assert await turns.asked() is None  # neither ended in time
    async with turns.call(one):
        assert turns.sole is one
        assert await turns.asked() is one
        waiting = asyncio.create_task(turns.call(two).__aenter__())
        await asyncio.sleep(0.05)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 1)


async def test_a_call_whose_turn_does_not_come_is_told_so() -> None:
    turns: Turns[Any] = Turns(longest=0.2)
    silent, other = SimpleNamespace(key="a"), SimpleNamespace(key="b")
    async with turns.call(silent):
        assert await turns.asked() is silent
        with pytest.raises(CallTimeout, match="calls of other clients"):
            async with turns.call(other):
                pytest.fail("it was let in")
        async with turns.call(silent):
            assert turns.sole is silent
    async with turns.call(other):
        assert turns.sole is other


async def test_an_older_client_that_does_not_answer_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent(Person):
        async def answer(self, context: Any, params: Any) -> Any:
            self.asked.append(params.message)
            await asyncio.sleep(30)

    monkeypatch.setattr(downstream, "LONGEST_ANSWER", 0.5)
    silent = Silent()
    async with (
        gateway(quick(protocol="legacy")) as stage,
        client(stage.url(), "legacy", silent) as first,
        client(stage.url(), "auto") as second,
    ):
        await until_listed(second, lambda names: "quick__ask" in names)
        asking = asyncio.create_task(first.call_tool("quick__ask", {}))
        await until(lambda: bool(silent.asked))
        assert text_of(await second.call_tool("quick__echo", {"text": "here"})) == "here"
        await asyncio.wait((asking,), timeout=10)
        assert asking.done()
        assert "no answer within" in (str(asking.exception() or "") or text_of(asking.result()))
