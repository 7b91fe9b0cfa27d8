"""What a session says and hears over stdio: in order, also while the server does not read."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCResponse

from services.connections.stdio.streams import stdio_streams
from services.connections.stdio.transport import StdioTransport
from tests.support.waiting import until

if TYPE_CHECKING:
    from services.processes.process import ChildProcess


class Child:
    """A process at the other end of the pipes that reads when it is let."""

    def __init__(self) -> None:
        self.read: list[int] = []
        self.broken = False
        self.clogged = False
        self._reads = asyncio.Event()

    def post(self, data: bytes) -> None:
        if self.broken:
            raise BrokenPipeError
        self.read.append(json.loads(data)["params"]["number"])

    async def drained(self) -> None:
        await self._reads.wait()

    def hold(self, held: bool, fd: int = 1) -> None: ...

    def go_on(self) -> None:
        self.clogged = False
        self._reads.set()


def made() -> tuple[StdioTransport, Child]:
    say: Any = lambda *_, **__: None  # noqa: E731
    transport, child = StdioTransport(say, str), Child()
    transport.child = cast("ChildProcess", child)
    return transport, child


def note(number: int) -> SessionMessage:
    return SessionMessage(
        JSONRPCNotification(jsonrpc="2.0", method="notifications/x", params={"number": number})
    )


async def test_what_is_sent_is_written_at_once() -> None:
    transport, child = made()
    async with stdio_streams(transport) as (_, outgoing):
        for number in range(3):
            await outgoing.send(note(number))
            assert child.read[-1] == number


async def test_the_order_stays_while_the_server_does_not_read() -> None:
    transport, child = made()
    async with stdio_streams(transport) as (_, outgoing), asyncio.TaskGroup() as tasks:
        child.clogged = True
        for number in range(100):
            tasks.create_task(outgoing.send(note(number)))
        await until(lambda: len(child.read) >= 1)
        child.go_on()
        await until(lambda: len(child.read) == 100)
        await outgoing.send(note(100))
    assert child.read == list(range(101))


async def test_whoever_leaves_while_it_waits_disturbs_nobody() -> None:
    transport, child = made()
    async with stdio_streams(transport) as (_, outgoing):
        child.clogged = True
        waiting = [asyncio.create_task(outgoing.send(note(number))) for number in range(100)]
        await until(lambda: sum(task.done() for task in waiting) >= 64)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        child.go_on()
        for number in (100, 101):
            await outgoing.send(note(number))
        await until(lambda: child.read[-2:] == [100, 101])
    assert child.read == sorted(child.read)


async def test_a_server_that_reads_no_more_ends_what_is_heard() -> None:
    transport, child = made()
    async with stdio_streams(transport) as (incoming, outgoing):
        child.broken = True
        await outgoing.send(note(0))
        with pytest.raises(anyio.EndOfStream):
            await incoming.receive()
        with pytest.raises(anyio.BrokenResourceError):
            await outgoing.send(note(1))
        await outgoing.aclose()
        with suppress(anyio.BrokenResourceError), pytest.raises(anyio.ClosedResourceError):
            await outgoing.send(note(2))


async def test_what_was_told_is_dealt_with_before_the_answer_behind_it() -> None:
    transport, _ = made()
    lines = [
        {"jsonrpc": "2.0", "method": "notifications/message", "params": {"number": 1}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
    ]
    transport._on_stdout(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    told: list[Any] = []
    async with stdio_streams(transport) as (incoming, _):
        async for item in incoming:
            if isinstance(item.message, JSONRPCResponse):
                break
            asyncio.get_running_loop().call_soon(told.append, item.message.method)
        assert told == ["notifications/message"]


async def test_each_line_is_recorded_when_it_is_read() -> None:
    transport, _ = made()
    recorded: list[bytes] = []
    trace: Any = SimpleNamespace(received=recorded.append, sent=lambda _: None)
    transport._on_stdout(b'{"jsonrpc":"2.0","id":1,"result":{}}\n' * 2)
    async with stdio_streams(transport, trace) as (incoming, _):
        assert not recorded
        await incoming.receive()
        assert len(recorded) == 1
