"""Managers over kept connections, the keeper in the same process: real servers, a real pair of sockets."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from services import errors
from services.errors import ConnectionFailed, JackfieldError, ServerError
from services.events import LogLine
from services.inbox.questions import Answer, QuestionAsked, QuestionClosed
from services.remedies import Enable
from services.resident.keeper import Keeper
from services.resident.warm import WarmManager, opened_by
from services.settings import Configuration, ServerSettings
from tests.support.processes import alive
from tests.support.servers import demo, quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.events import Event

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")


class House:
    """A keeper, and commands that come and go."""

    def __init__(self, door: socket.socket, keeper: Keeper) -> None:
        self.door, self.keeper = door, keeper
        self.heard: list[Event] = []

    @property
    def pids(self) -> list[int]:
        return [one["pid"] for one in self.keeper.status()["servers"]]

    @asynccontextmanager
    async def command(
        self,
        *servers: ServerSettings,
        heard: list[Event] | None = None,
        configuration: Configuration | None = None,
        lazily: bool = False,
    ) -> AsyncIterator[WarmManager]:
        near, far = socket.socketpair()
        with far:
            socket.send_fds(self.door, [b"+"], [far.fileno()])
        found = self.heard if heard is None else heard
        manager = WarmManager(near, opened_by(servers, configuration), found.append)
        await manager.start(lazily=lazily)
        await manager.settled()
        try:
            yield manager
        finally:
            await manager.close()


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with opened(tmp_path, monkeypatch, idle=600.0) as found:
        yield found


@asynccontextmanager
async def opened(home: Path, monkeypatch: pytest.MonkeyPatch, idle: float) -> AsyncIterator[House]:
    monkeypatch.setenv("JACKFIELD_HOME", str(home))
    ours, theirs = socket.socketpair()
    keeper = Keeper(idle)
    running = asyncio.create_task(keeper.run(theirs))
    try:
        yield House(ours, keeper)
    finally:
        pids = [one["pid"] for one in keeper.status()["servers"]]
        ours.close()
        await asyncio.wait_for(running, 30)
        theirs.close()
        assert not [pid for pid in pids if pid and alive(pid)]


async def test_commands_find_the_server_that_the_first_one_started(house: House) -> None:
    async with house.command(quick()) as first:
        assert (await first.call_tool("quick", "echo", {"text": "a"})).blocks
        tools = [tool.name for tool in first.catalog("quick").tools]
    (pid,) = house.pids
    async with house.command(quick(tool_timeout_sec=5.0)) as second:
        assert second.ready == second.usable == ("quick",)
        assert [tool.name for tool in second.catalog("quick").tools] == tools
        assert (await second.read_resource("quick", "quick://text")).contents
        assert (await second.get_prompt("quick", "plain")).messages
    assert house.pids == [pid]


async def test_other_circumstances_have_a_server_of_their_own(house: House, tmp_path: Path) -> None:
    async with house.command(quick()), house.command(quick(cwd=str(tmp_path))):
        assert len(set(house.pids)) == 2
    before = house.pids[0]
    async with house.command(quick("quick", "--tools", "1")):  # the same, with settings that were changed
        await until(lambda: before not in house.pids and len(house.pids) == 2)
    await until(lambda: not alive(before))


async def test_a_slow_ending_stalls_no_command_on_another_server(house: House) -> None:
    stubborn = ("--ignore-sigterm", "--ignore-stdin-close")
    async with house.command(quick("a", *stubborn)):
        pass
    (before,) = house.pids

    async def changed() -> None:
        async with house.command(quick("a", "--tools", "1")) as manager:
            assert not alive(before)  # both may want the same port
            assert manager.usable

    changing = asyncio.create_task(changed())
    await until(lambda: before not in house.pids)
    async with house.command(quick("b")) as other:
        assert (await other.call_tool("b", "echo", {"text": "a"})).blocks
        assert alive(before)
    await changing


async def test_progress_and_errors_come_through(house: House) -> None:
    told: list[Any] = []
    async with house.command(quick(tool_timeout_sec=0.5)) as manager:
        await manager.call_tool("quick", "progress", {"steps": 3, "delay": 0.01}, on_progress=told.append)
        assert [news.progress for news in told] == [1, 2, 3]
        with pytest.raises(ServerError) as refused:
            await manager.call_tool("quick", "rpc_error", {"code": -32050, "message": "no"})
        assert refused.value.code == -32050
        with pytest.raises(errors.CallTimeout):  # the limit of this command, not of who came first
            await manager.call_tool("quick", "sleep", {"seconds": 20})
    async with house.command(quick(tool_timeout_sec=30.0)) as manager:
        assert await manager.call_tool("quick", "sleep", {"seconds": 0.7})


async def test_a_cancelled_call_is_cancelled_at_the_server(house: House) -> None:
    async with house.command(quick()) as manager:
        call = asyncio.create_task(manager.call_tool("quick", "sleep", {"seconds": 60}))
        await until(lambda: any(caller.is_busy_with(kept) for caller, kept in pairs(house)))
        call.cancel()
        with suppress(asyncio.CancelledError):
            await call
        await until(lambda: not any(caller.is_busy_with(kept) for caller, kept in pairs(house)))
        assert (await manager.call_tool("quick", "echo", {"text": "a"})).blocks


async def test_a_command_that_is_gone_leaves_nothing_under_way(house: House) -> None:
    async with house.command(quick()) as manager:
        call = asyncio.create_task(manager.call_tool("quick", "sleep", {"seconds": 60}))
        await until(lambda: any(caller.is_busy_with(kept) for caller, kept in pairs(house)))
    with pytest.raises((ConnectionFailed, asyncio.CancelledError)):
        await call
    await until(lambda: not pairs(house))
    assert len(house.pids) == 1


@pytest.mark.parametrize("answer", [Answer("accept", {}), Answer("decline")], ids=["accept", "decline"])
async def test_a_question_is_put_to_the_command_it_belongs_to(house: House, answer: Answer) -> None:
    asked: list[Event] = []
    others: list[Event] = []
    async with (
        house.command(quick(), heard=asked) as manager,
        house.command(quick(), heard=others) as other,
    ):
        assert (await other.call_tool("quick", "echo", {"text": "a"})).blocks
        call = asyncio.create_task(manager.call_tool("quick", "ask", {"mode": "form"}))
        await until(lambda: bool(manager.inbox.questions))
        (question,) = manager.inbox.questions
        assert manager.inbox.answer(question, answer)
        assert not manager.inbox.answer(question, answer)
        assert answer.action in repr((await call).blocks)
    assert [type(event) for event in asked if isinstance(event, QuestionAsked | QuestionClosed)] == [
        QuestionAsked,
        QuestionClosed,
    ]
    assert not [event for event in others if isinstance(event, QuestionAsked)]


async def test_of_two_that_call_at_once_the_protocol_tells_who_is_asked(house: House) -> None:
    """On 2026-07-28 a question belongs to its call."""
    asked: list[Event] = []
    others: list[Event] = []
    server = demo()
    async with (
        house.command(server, heard=asked) as manager,
        house.command(server, heard=others) as other,
    ):
        long = asyncio.create_task(other.call_tool("demo", "countdown", {"seconds": 20}))
        call = asyncio.create_task(manager.call_tool("demo", "ask", {}))
        await until(lambda: bool(manager.inbox.questions))
        manager.inbox.answer(manager.inbox.questions[0], Answer("decline"))
        assert "decline" in repr((await call).blocks)
        assert not other.inbox.questions
        long.cancel()
        with suppress(asyncio.CancelledError):
            await long


async def test_a_question_that_could_be_anybodys_is_declined(house: House) -> None:
    """On older revisions nothing says whose it is: rather nobody's than the wrong one's."""
    others: list[Event] = []
    async with house.command(quick()) as manager, house.command(quick(), heard=others) as other:
        long = asyncio.create_task(other.call_tool("quick", "sleep", {"seconds": 20}))
        await until(lambda: any(caller.is_busy_with(kept) for caller, kept in pairs(house)))
        result = await manager.call_tool("quick", "ask", {"mode": "form"})
        assert "decline" in repr(result.blocks)
        assert [event for event in others if isinstance(event, LogLine) and "declined" in event.text]
        long.cancel()
        with suppress(asyncio.CancelledError):
            await long


async def test_a_server_that_ended_meanwhile_is_started_again(house: House) -> None:
    async with house.command(quick()) as manager:
        with pytest.raises(ConnectionFailed):
            await manager.call_tool("quick", "die", {"status": 3})
        await until(lambda: house.keeper.status()["servers"][0]["state"] != "ready")
    async with house.command(quick()) as manager:
        assert (await manager.call_tool("quick", "echo", {"text": "a"})).blocks
    assert len(house.pids) == 1


async def test_a_server_that_does_not_start_is_not_kept(house: House) -> None:
    async with house.command(ServerSettings("gone", command="/no/such/program")) as manager:
        assert manager.usable == ()
        assert "no/such" in manager.status("gone").cause
    await until(lambda: not house.keeper.status()["servers"])


async def test_what_rests_too_long_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(tmp_path, monkeypatch, idle=0.3) as house:
        async with house.command(quick()) as manager:
            await manager.call_tool("quick", "sleep", {"seconds": 0.6})
            (pid,) = house.pids
        await until(lambda: not house.pids and not alive(pid))


async def test_the_end_of_the_keeper_ends_what_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch, idle=600.0) as house, house.command(quick()) as manager:
        call = asyncio.create_task(manager.call_tool("quick", "sleep", {"seconds": 60}))
        await until(lambda: any(caller.is_busy_with(kept) for caller, kept in pairs(house)))
        house.door.close()
        with pytest.raises(JackfieldError):
            await call
        with pytest.raises(ConnectionFailed, match="resident ended"):
            await manager.call_tool("quick", "echo", {"text": "a"})


def pairs(house: House) -> list[tuple[Any, Any]]:
    """Every command with each connection it uses."""
    return [(caller, kept) for kept in house.keeper.kept for caller in kept.callers]


def error_kinds() -> list[JackfieldError]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, JackfieldError) and kind is not ServerError]
    made = [kind("what") if kind is errors.ResultTooLarge else kind("what", hint="do") for kind in ours]
    return [*made, ServerError("no", code=-1, data={"a": [1]}, hint="do")]


@pytest.mark.parametrize("error", error_kinds(), ids=lambda error: type(error).__name__)
def test_every_error_goes_between_processes_with_its_facts(error: JackfieldError) -> None:
    error.server, error.remedy, error.exit_status = "a", Enable("a"), 3
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error)
