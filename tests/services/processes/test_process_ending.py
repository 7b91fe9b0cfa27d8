"""No process outlives its connection: wrappers, grandchildren, deaf ones."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.events import ServerState
from services.processes import guardian
from services.processes.descendants import GroupDescendants, JobDescendants, descendants_of
from services.processes.registry import offspring
from services.processes.windows_job import WindowsJob
from tests.services.conftest import running
from tests.support.processes import alive
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable


pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at /proc")


@pytest.mark.parametrize(
    "options",
    [(), ("--ignore-sigterm",), ("--ignore-stdin-close",), ("--ignore-sigterm", "--ignore-stdin-close")],
    ids=["plain", "deaf to SIGTERM", "stays after stdin closes", "both"],
)
async def test_the_server_and_its_grandchild_are_gone(options: tuple[str, ...], pid_file: Path) -> None:
    async with running(quick("one", "--grandchild", "--pid-file", str(pid_file), *options)) as (manager, _):
        pid = manager.status("one").pid
        assert pid is not None
        await until(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
        grandchild = int(pid_file.read_text())
        assert alive(pid)
        assert alive(grandchild)
    assert not alive(pid)
    await until(lambda: not alive(grandchild))


async def test_a_grandchild_does_not_outlive_a_wrapper_that_exits_by_itself(pid_file: Path) -> None:
    async with running(quick("one", "--grandchild", "--pid-file", str(pid_file))) as (manager, _):
        await until(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
        grandchild = int(pid_file.read_text())
        assert alive(grandchild)
        with pytest.raises(Exception, match="exit status 0"):
            await manager.call_tool("one", "die", {"status": 0})
        await until(lambda: manager.status("one").state is ServerState.FAILED)
        await until(lambda: not alive(grandchild))


async def test_the_child_sees_a_short_environment() -> None:
    os.environ["JACKFIELD_TEST_SECRET"] = "do not pass on"
    try:
        async with running(quick("one", env={"GIVEN": "yes"})) as (manager, _):
            pid = manager.status("one").pid
            environment = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
            assert "GIVEN=yes" in environment
            assert not any(line.startswith("JACKFIELD_TEST_SECRET") for line in environment)
    finally:
        del os.environ["JACKFIELD_TEST_SECRET"]


async def test_the_child_has_its_own_group_and_no_terminal() -> None:
    async with running(quick("one")) as (manager, _):
        pid = manager.status("one").pid
        assert pid is not None
        assert os.getpgid(pid) == pid
        assert os.getsid(pid) == pid
        for descriptor in (0, 1, 2):
            assert str(Path(f"/proc/{pid}/fd/{descriptor}").readlink()).startswith(("pipe:", "socket:"))


def a_group() -> subprocess.Popen[bytes]:
    """A process with a child, in a group of their own; deaf to SIGTERM."""
    script = "trap '' TERM; sleep 300 & echo $!; wait"
    return subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE, start_new_session=True)


async def test_where_there_is_no_proc_the_group_tells() -> None:
    with a_group() as first:
        assert first.stdout is not None
        child = int(first.stdout.readline())
        everything = descendants_of(first.pid, 0, "", lambda: first.poll() is not None, platform="darwin")
        assert isinstance(everything, GroupDescendants)
        assert await everything.look()
        everything.signal(signal.SIGKILL)
        first.wait(5)
        await until(lambda: not everything.alive(), 5)
        assert not alive(child)
        everything.signal(signal.SIGKILL)  # nobody is there any more, which is no error


def test_the_guardian_ends_groups_where_there_is_no_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardian, "_BY_ITSELF", 0.05)
    monkeypatch.setattr(guardian, "_AFTER_SIGTERM", 0.05)
    with a_group() as first:
        assert first.stdout is not None
        child = int(first.stdout.readline())
        reaper = threading.Thread(target=first.wait)
        reaper.start()
        guardian._end(guardian._Groups({first.pid: 0}))
        reaper.join(5)
        assert first.returncode == -signal.SIGKILL
        assert not alive(child)


async def test_a_guardian_that_somebody_ended_is_called_again() -> None:
    async with running(quick("one")) as (manager, _):
        called = offspring._guardian
        assert called is not None
        called.kill()
        called.wait(5)
        await manager.reconnect("one")
        await manager.settled(20)
        assert manager.status("one").state is ServerState.READY
        assert offspring._guardian is not called
        assert offspring._guardian is not None
        assert offspring._guardian.poll() is None


class Kernel:
    """Of kernel32 what a job asks for, and in which order."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.asked: list[str] = []
        self._handle = None if refuses else 7

    def __getattr__(self, name: str) -> Callable[..., int | None]:
        def ask(*arguments: object) -> int | None:
            self.asked.append(name)
            return self._handle

        return ask


def test_on_windows_the_system_itself_ends_a_server_with_its_job() -> None:
    kernel = Kernel()
    job = JobDescendants(WindowsJob(4711, kernel))
    job.signal(signal.SIGTERM)
    job.close()
    job.close()
    assert kernel.asked == [
        *("CreateJobObjectW", "SetInformationJobObject"),
        *("OpenProcess", "AssignProcessToJobObject", "CloseHandle"),
        *("TerminateJobObject", "CloseHandle"),
    ]
    refused = JobDescendants(WindowsJob(4711, Kernel(refuses=True)))
    assert not refused.alive()
    refused.signal(signal.SIGTERM)
    refused.close()
