"""No process outlives us, however we end and wherever it has moved: looked up in /proc."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from services.connection_manager import ConnectionManager
from services.events import ServerState
from services.processes.guardian import look
from services.processes.process import ChildProcess
from tests.faults.hostile.family import KINDS
from tests.faults.stage import hostile
from tests.support.places import ROOT
from tests.support.processes import alive
from tests.support.servers import quick
from tests.support.waiting import until
from tests.support.work import PATIENCE

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")

SIGNALS = {
    "interrupted": signal.SIGINT,
    "term": signal.SIGTERM,
    "hangup": signal.SIGHUP,
    "kill": signal.SIGKILL,
}
WAYS = ("return", "raise", "exit", "abort", *SIGNALS)


def family(file: Path) -> list[int]:
    """The processes that were started."""
    return [int(line) for line in file.read_text(encoding="ascii").split()]


async def end(way: str, file: Path) -> list[int]:
    """Let a program end in this way; who of its family is left in the end."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.host", way, str(file)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert program.stdin is not None
    assert program.stdout is not None
    assert await asyncio.wait_for(program.stdout.readline(), 40) == b"bad\n"
    await until(lambda: len(family(file)) == len(KINDS))
    pids = family(file)
    assert all(map(alive, pids))
    if way in SIGNALS:
        program.send_signal(SIGNALS[way])
    program.stdin.write(b"now\n")
    await program.wait()
    with suppress(TimeoutError):
        await until(lambda: not any(map(alive, pids)), PATIENCE)
    return [pid for pid in pids if alive(pid)]


async def test_however_we_end_our_servers_end_with_their_families(tmp_path: Path) -> None:
    """All at once, for each needs seconds of nothing but waiting."""
    ended = await asyncio.gather(*(end(way, tmp_path / way) for way in WAYS))
    assert {way: left for way, left in zip(WAYS, ended, strict=True) if left} == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_family_is_found_wherever_it_moved(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    async with ConnectionManager([hostile("family", str(file), kind)]) as manager:
        await manager.settled(30)
        assert manager.ready == ("bad",)
        await until(lambda: file.exists() and len(family(file)) == 1)
        [pid] = family(file)
        assert alive(pid)
        await manager.disconnect("bad")
        assert not alive(pid)


async def test_an_orderly_end_finds_whom_the_guardian_saw(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    async with ConnectionManager([hostile("family", str(file), "stray")]) as manager:
        await manager.settled(30)
        await until(lambda: file.exists() and len(family(file)) == 1)
        [pid] = family(file)
        server = manager.status("bad").pid
        assert server is not None
        await until(lambda: not descends(pid, server), PATIENCE + 18)
        assert alive(pid)
        await manager.disconnect("bad")
        assert not alive(pid)


EARLY = """
import asyncio, sys
from services.connection_manager import ConnectionManager
from services.settings import ServerSettings
async def main():
    servers = [ServerSettings(f"s{n}", command="/bin/sleep", args=("600", sys.argv[1])) for n in range(4)]
    manager = ConnectionManager(servers)
    print("now", flush=True)
    await manager.start()
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_program_killed_while_its_first_servers_start_leaves_none() -> None:
    """Killed a few milliseconds later each time, so that every moment of the start has its turn."""
    name = f"{secrets.randbelow(10**12):012}"
    for number in range(20):
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", EARLY, name), cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert program.stdout is not None
        assert await asyncio.wait_for(program.stdout.readline(), 40) == b"now\n"
        await asyncio.sleep(number * 0.004)
        program.kill()
        await program.wait()
    await until(lambda: not named(name), PATIENCE)


def named(word: str) -> list[str]:
    """The processes with this word among their arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdecimal() and word.encode() in (folder / "cmdline").read_bytes():
                found.append(folder.name)
    return found


def descends(pid: int, ancestor: int) -> bool:
    """Whether the parents of a process lead to that one."""
    while (process := look(pid)) is not None and pid != ancestor:
        pid = process.parent
    return pid == ancestor


async def test_a_server_that_leaves_late_is_left_its_time_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bye"
    monkeypatch.setattr("services.processes.process.GRACE", 300)
    async with ConnectionManager([hostile("late", str(file))]) as manager:
        await manager.settled(30)
        assert manager.ready == ("bad",)
    assert file.read_text(encoding="ascii") == "all is put away"


async def test_fifty_servers_are_ended_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    over: list[int] = []
    end = ChildProcess.end

    async def watched(process: ChildProcess) -> None:
        begun.append(len(over))
        await end(process)
        over.append(process.pid)

    monkeypatch.setattr(ChildProcess, "end", watched)
    deaf = [quick(f"d{number}", "--ignore-stdin-close", "--ignore-sigterm") for number in range(5)]
    async with ConnectionManager([*deaf, *(quick(f"s{number}") for number in range(45))]) as manager:
        await manager.settled(60)
        assert {status.state for status in manager.statuses} == {ServerState.READY}
        pids = [status.pid for status in manager.statuses if status.pid is not None]
        assert len(pids) == 50
    assert begun == [0] * 50
    assert not any(map(alive, pids))
