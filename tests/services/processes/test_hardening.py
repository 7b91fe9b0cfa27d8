"""What the process gives up before it does anything else."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from services.hardening import deny_tracing, drop_loader_variables
from tests.support.places import ROOT

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prctl is of Linux")
posix = pytest.mark.skipif(os.name != "posix", reason="limits are of POSIX")


def in_a_hardened_process(code: str, **environ: str) -> Any:
    """What `code` puts into `seen`, in a process of its own."""
    program = (
        "import json, os, sys\nfrom services.hardening import harden\nharden()\n"
        f"seen = None\n{code}\nprint(json.dumps(seen))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | environ,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@posix
def test_no_core_dumps_and_the_hard_limit_stays() -> None:
    import resource

    code = "import resource; seen = resource.getrlimit(resource.RLIMIT_CORE)"
    assert in_a_hardened_process(code) == [0, resource.getrlimit(resource.RLIMIT_CORE)[1]]


DUMPABLE = "import ctypes; seen = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)"


@linux
def test_other_processes_may_not_look_into_this_one() -> None:
    assert in_a_hardened_process(DUMPABLE) == 0


@linux
def test_the_servers_we_start_can_be_debugged_as_ever() -> None:
    code = (
        "import subprocess\n"
        f"words = [sys.executable, '-c', {f'{DUMPABLE}; print(seen)'!r}]\n"
        "seen = subprocess.run(words, capture_output=True, text=True, check=True).stdout"
    )
    assert in_a_hardened_process(code) == "1\n"


@linux
def test_we_still_start_and_end_servers_and_their_children() -> None:
    code = (
        "import asyncio, pathlib\nfrom services.processes.process import ChildProcess, Pipes\n"
        "def group_lives(leader):\n"
        "    stats = [p.read_text() for p in pathlib.Path('/proc').glob('[0-9]*/stat') if p.exists()]\n"
        "    seen = [stat.rpartition(')')[2].split()[:3] for stat in stats]\n"
        "    return any(state != 'Z' and int(group) == leader for state, _, group in seen)\n"
        "async def life():\n"
        "    nothing = lambda *_: None\n"
        "    pipes = Pipes(nothing, nothing, nothing, nothing)\n"
        "    env = {'PATH': os.environ['PATH']}\n"
        "    words = ['-c', 'sleep 100 & exit 3']\n"
        "    child = await ChildProcess.start('sh', words, env=env, cwd=None, pipes=pipes)\n"
        "    while child.exit_status is None: await asyncio.sleep(0.01)\n"
        "    lived = group_lives(child.pid)\n"
        "    await child.end()\n"
        "    async with asyncio.timeout(10):\n"
        "        while group_lives(child.pid): await asyncio.sleep(0.01)\n"
        "    return [child.exit_status, lived]\n"
        "seen = asyncio.run(life())"
    )
    assert in_a_hardened_process(code) == [3, True]


def test_variables_of_the_loader_are_dropped() -> None:
    code = "seen = [name for name in os.environ if 'D_' in name]"
    seen = in_a_hardened_process(code, LD_AUDIT="x", LD_BIND_NOW="", DYLD_LIBRARY_PATH="y", OLD_PATH="z")
    assert "OLD_PATH" in seen
    assert not [name for name in seen if name.startswith(("LD_", "DYLD_"))]
    environ = {"LD_PRELOAD": "x", "DYLD_INSERT_LIBRARIES": "y", "PATH": "z", "WORLD_": "w"}
    drop_loader_variables(environ)
    assert environ == {"PATH": "z", "WORLD_": "w"}


class Library:
    """A C library that writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def function(*arguments: Any) -> int:
            self.calls.append((name, arguments))
            return 0

        return function


def test_linux_and_macos_are_asked_in_their_way() -> None:
    library = Library()
    for platform in ("linux", "darwin", "openbsd7", "win32"):
        deny_tracing(platform, lambda: library)
    assert library.calls == [("prctl", (4, 0, 0, 0, 0)), ("ptrace", (31, 0, None, 0))]


def test_freebsd_is_asked_in_its_way() -> None:
    library = Library()
    deny_tracing("freebsd14", lambda: library)
    [(name, (kind, process, command, wanted))] = library.calls
    assert (name, kind, process.value, command) == ("procctl", 0, os.getpid(), 7)
    assert ctypes.c_int.from_address(ctypes.addressof(wanted._obj)).value == 2


@pytest.mark.parametrize("error", [ImportError, OSError, AttributeError, MemoryError])
@pytest.mark.parametrize("platform", ["linux", "darwin", "freebsd14"])
def test_nothing_is_fatal(platform: str, error: type[Exception]) -> None:
    def library() -> Any:
        raise error

    deny_tracing(platform, library)


@linux
def test_the_program_hardens_itself_first() -> None:
    code = (
        "import atexit, ctypes, os, sys\n"
        "atexit.register(lambda: print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), 'LD_AUDIT' in os.environ))\n"
        "from app.__main__ import main\nmain()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--version"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"LD_AUDIT": ""},
        check=False,
    )
    assert done.stdout.splitlines()[1:] == ["0 False"]
