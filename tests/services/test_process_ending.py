"""No process outlives its connection: wrappers, grandchildren, deaf ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from services.events import ServerState
from tests.services.conftest import quick, running, until


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


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
        started = time.monotonic()
    assert time.monotonic() - started < 8
    assert not alive(pid)
    await until(lambda: not alive(grandchild), 3)


async def test_a_grandchild_does_not_outlive_a_wrapper_that_exits_by_itself(pid_file: Path) -> None:
    async with running(quick("one", "--grandchild", "--pid-file", str(pid_file))) as (manager, _):
        await until(lambda: pid_file.exists() and pid_file.read_text().strip() != "")
        grandchild = int(pid_file.read_text())
        assert alive(grandchild)
        with pytest.raises(Exception, match="exit status 0"):
            await manager.call_tool("one", "die", {"status": 0})
        await until(lambda: manager.status("one").state is ServerState.FAILED)
        await until(lambda: not alive(grandchild), 3)


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
