"""The door of an open session: who is let in, which servers are lent, and what comes over the line."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.connection_manager import ConnectionManager
from services.errors import ConnectionFailed, UnknownTool
from services.inbox.questions import Answer, FormQuestion
from services.resident import wire
from services.resident.session_door import SessionDoor
from services.resident.session_inbox import SessionInbox
from services.resident.sessions import borrowed, hello, open_sessions, session_name
from services.resident.warm import WarmManager, opened_by, session_manager
from services.settings import Configuration, ServerSettings
from tests.support.places import ROOT
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from services.events import Event
    from services.inbox.questions import Question
    from services.resident.lent_servers import Outside
    from services.resident.messages import Opening

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")

QUICK = ServerSettings(
    name="quick",
    transport="stdio",
    command=sys.executable,
    args=(str(ROOT / "tests" / "servers" / "quick.py"),),
)


class Session:
    """An open session without a screen: one server, and its door."""

    def __init__(self, settings: ServerSettings) -> None:
        self.configuration = Configuration((settings,))
        self.told: list[Outside] = []
        self.events: list[Event] = []
        self.manager = ConnectionManager((settings,), listener=self._hear)
        self.door = SessionDoor(self.manager, lambda: self.configuration, self.told.append)

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        self.door.happened(event)

    @property
    def questions(self) -> tuple[Question, ...]:
        return self.manager.inbox.questions


@asynccontextmanager
async def opened(monkeypatch: pytest.MonkeyPatch, settings: ServerSettings = QUICK) -> AsyncIterator[Session]:
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        session = Session(settings)
        async with session.manager:
            await session.manager.settled()
            await session.door.begin()
            try:
                yield session
            finally:
                await session.door.close()
                assert not open_sessions(os.environ, os.getuid())


@asynccontextmanager
async def command(*settings: ServerSettings, lazily: bool = False) -> AsyncIterator[WarmManager]:
    """A command as it finds the session; it must be in another process, or look so."""
    manager = await asyncio.to_thread(
        lambda: session_manager("call", settings, Configuration(settings), lambda _: None, lazily=lazily)
    )
    assert manager is not None
    await manager.start(lazily=lazily)
    try:
        yield manager
    finally:
        await manager.close()


async def lends(*settings: ServerSettings, change: Callable[[Opening], Opening] | None = None) -> bool:
    opening = opened_by(settings, Configuration(settings))
    found = await asyncio.to_thread(borrowed, "call", change(opening) if change else opening)
    if found is not None:
        found[0].close()
    return found is not None


async def test_a_command_asks_the_servers_of_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(monkeypatch) as session, command(QUICK) as manager:
        await manager.settled()
        assert manager.catalog("quick").tools == session.manager.catalog("quick").tools
        steps: list[float] = []
        arguments = {"steps": 3, "delay": 0.01}
        done = await manager.call_tool(
            "quick", "progress", arguments, on_progress=lambda news: steps.append(news.progress)
        )
        assert steps == [1, 2, 3] and not done.is_error
        assert (await manager.read_resource("quick", "quick://picture")).raw["contents"]
        assert (await manager.get_prompt("quick", "greet", {"name": "Ann", "tone": "warm"})).raw["messages"]
        with pytest.raises(UnknownTool):
            await manager.call_tool("quick", "nothing", {})
    outcomes = [(one.method, one.what, one.outcome) for one in session.told]
    assert outcomes[0] == ("call_tool", "progress", "done")
    assert outcomes[-1] == ("call_tool", "nothing", "failed")
    assert {one.asker for one in session.told} == {f"jackfield call (process {os.getpid()})"}


async def test_a_question_has_the_name_of_the_command_where_that_can_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(monkeypatch) as session, command(QUICK) as manager:
        asking = asyncio.create_task(manager.call_tool("quick", "ask", {}))
        await until(lambda: len(session.questions) == 1)
        assert session.questions[0].asker == f"jackfield call (process {os.getpid()})"
        ours = asyncio.create_task(session.manager.call_tool("quick", "ask", {}))
        await until(lambda: len(session.questions) == 2)
        assert session.questions[1].asker == ""  # the server does not say for whom
        asking.cancel()
        ours.cancel()
        await asyncio.gather(asking, ours, return_exceptions=True)
        await until(lambda: not session.questions)
        alone = asyncio.create_task(session.manager.call_tool("quick", "ask", {}))
        await until(lambda: len(session.questions) == 1)
        assert session.questions[0].asker == ""
        alone.cancel()
    assert session.told[-1].outcome == "cancelled"


async def test_a_session_that_ends_says_so_to_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(monkeypatch) as session, command(QUICK) as manager:
        asking = asyncio.create_task(manager.call_tool("quick", "sleep", {"seconds": 60}))
        await until(lambda: session.manager.status("quick").bytes_out > 0)
        await session.door.close()
        with pytest.raises(ConnectionFailed, match="the open session ended"):
            await asking


async def test_questions_of_another_program_are_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    inbox, hosts = SessionInbox("serve"), f"jackfield serve (process {os.getpid()})"
    question = FormQuestion(server="quick", message="Who\x1b[31m?", schema={"type": "object"})
    assert await inbox.deputy(question) is None  # nobody is there
    async with opened(monkeypatch) as session:
        inbox = SessionInbox("serve")
        assert inbox.somebody()
        asking = asyncio.create_task(inbox.deputy(question))
        await until(lambda: len(session.questions) == 1)
        (put,) = session.questions
        assert (put.server, put.asker, put.elsewhere) == ("quick", hosts, True)
        assert "\x1b" not in put.message and put.number != question.number
        session.manager.inbox.withdraw_all("quick", "that is another one of this name")
        assert session.questions == (put,)
        session.manager.inbox.answer(put, Answer("accept", {"name": "Ada"}))
        assert await asking == Answer("accept", {"name": "Ada"})
        asking = asyncio.create_task(inbox.deputy(question))
        await until(lambda: len(session.questions) == 1)
        asking.cancel()
        await until(lambda: not session.questions)
        asking = asyncio.create_task(inbox.deputy(question))
        await until(lambda: len(session.questions) == 1)
        await session.door.close()
        assert await asking is None


DIFFERENT: list[tuple[str, Callable[[Opening], Opening]]] = [
    ("directory", lambda opening: replace(opening, directory="/")),
    ("umask", lambda opening: replace(opening, umask=0o027 if opening.umask != 0o027 else 0o022)),
    ("variable", lambda opening: replace(opening, environ={**opening.environ, "LANG": "elsewhere"})),
    ("proxy", lambda opening: replace(opening, environ={**opening.environ, "HTTPS_PROXY": "http://a"})),
    ("logins", lambda opening: replace(opening, configuration=Configuration(credentials_store="file"))),
    ("nothing", lambda opening: replace(opening, servers=())),
]


@pytest.mark.parametrize("change", [change for _, change in DIFFERENT], ids=[name for name, _ in DIFFERENT])
async def test_what_differs_is_not_lent(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Opening], Opening]
) -> None:
    async with opened(monkeypatch):
        assert await lends(QUICK)
        assert not await lends(QUICK, change=change)


async def test_servers_that_are_not_as_the_command_wants_them_are_not_lent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with opened(monkeypatch) as session:
        assert await lends(replace(QUICK, tool_timeout_sec=1.0))
        assert not await lends(replace(QUICK, args=(*QUICK.args, "--junk")))
        assert not await lends(replace(QUICK, name="other"))
        assert not await lends(QUICK, replace(QUICK, name="other"))
        await session.manager.disconnect("quick")
        assert not await lends(QUICK)
        assert not await lends(QUICK, change=lambda opening: replace(opening, lazily=True))
        await session.manager.connect("quick")
        await session.manager.settled()
        assert await lends(QUICK)
        session.configuration = replace(session.configuration, lends_session=False)
        assert not await lends(QUICK)


# Who comes in.


def met(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(20)
    sock.connect(path)
    assert tuple(wire.receive(sock)) == hello(os.getpid())
    return sock


def use(**changes: bytes) -> list[bytes]:
    fields = {
        "verb": b"use",
        "command": b"call",
        "pid": b"%d" % os.getpid(),
        "directory": os.fsencode(Path.cwd()),
        "place": wire.place_mark("."),
        "world": wire.world_mark(),
    }
    return list((fields | changes).values())


REFUSED = [
    pytest.param([*use()[:3]], id="too few"),
    pytest.param([b"run", *use()[1:]], id="another verb"),
    pytest.param(use(command=b"rm -rf"), id="no command"),
    pytest.param(use(command=b"\xff"), id="no text"),
    pytest.param(use(pid=b"1"), id="another process"),
    pytest.param(use(directory=b"/"), id="another place"),
    pytest.param(use(directory=b"/nowhere"), id="no place"),
    pytest.param(use(world=b"elsewhere"), id="another world"),
]


@pytest.mark.parametrize("fields", REFUSED)
async def test_somebody_else_is_sent_away(monkeypatch: pytest.MonkeyPatch, fields: list[bytes]) -> None:
    def come() -> list[bytes]:
        ((path, _),) = open_sessions(os.environ, os.getuid())
        with met(path) as sock:
            wire.send(sock, *fields)
            return wire.receive(sock)

    async with opened(monkeypatch):
        assert await asyncio.to_thread(come) in ([], [b"no"])
        assert await lends(QUICK)


class _Deed:
    """What pickle would do for whoever sends it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


@pytest.mark.parametrize("how", ["deed", "function of ours", "noise", "endless"])
async def test_what_is_no_message_does_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, how: str
) -> None:
    made = tmp_path / "made"
    ours = b"cservices.files\nmake_directory\n(V" + os.fsencode(made) + b"\ntR."
    data = {"deed": pickle.dumps(_Deed(made)), "function of ours": ours, "noise": b"\x80\x05nonsense"}

    def come() -> bytes:
        ((path, _),) = open_sessions(os.environ, os.getuid())
        with met(path) as sock:
            wire.send(sock, *use())
            assert wire.receive(sock) == [b"welcome"]
            body = data.get(how, b"")
            sock.sendall((len(body) if body else (1 << 32) - 1).to_bytes(4, "big") + body)
            return sock.recv(1)

    async with opened(monkeypatch):
        assert await asyncio.to_thread(come) == b""
        assert not made.exists()
        assert await lends(QUICK)


async def test_code_that_changed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(monkeypatch) as session:
        monkeypatch.setattr(session.door._code, "has_changed", lambda: True)
        assert not await lends(QUICK)


async def test_what_a_killed_session_left_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(monkeypatch):
        ((path, _),) = open_sessions(os.environ, os.getuid())
        gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        await gone.wait()
        left = Path(path).with_name(session_name(os.environ, gone.pid))
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(left))
        os.utime(left, (2e9, 2e9))  # it is asked first
        assert await lends(QUICK)
        assert not left.exists()
