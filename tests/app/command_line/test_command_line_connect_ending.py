"""The commands that connect, in processes and terminals of their own: signals, pipes, questions, imports."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.connect_stage import (
    PYTHON,
    QUICK,
    configuration,
    demo_over_http,
    jackfield,
    quick,
    starting,
)
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_text(configuration(quick=quick()), encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with demo_over_http() as url:
        yield url


# Signals.

TEE = """\
import signal, subprocess, sys
log = open(sys.argv[1], "ab", 0)
signal.signal(signal.SIGTERM, lambda *_: log.write(b"SIGTERM\\n"))
with subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE) as server:
    for line in sys.stdin.buffer:
        log.write(line)
        server.stdin.write(line)
        server.stdin.flush()
"""
"""Keeps what a server is sent."""


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def process_of(process: subprocess.Popen[bytes]) -> int:
    """The pid of the server it says it has started."""
    assert process.stderr is not None
    said = process.stderr.readline()
    return int(re.findall(rb"\(pid (\d+)\)", said)[0])


def gone(pid: int) -> bool:
    try:
        return b") Z " in Path(f"/proc/{pid}/stat").read_bytes()
    except FileNotFoundError:
        return True


@contextmanager
def calling(home: Path, wire: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A call that takes a minute and has reached the server; what that is sent is kept in `wire`."""
    wire.touch()
    server = (PYTHON, "-c", TEE, str(wire), *QUICK, *options)
    with starting("call", "-v", "sleep", "seconds=60", "--", *server, home=home) as process:
        pid = process_of(process)
        until(lambda: b'"tools/call"' in wire.read_bytes())
        yield process, pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_the_call_at_the_server_and_ends_everything(
    home: Path, tmp_path: Path, number: signal.Signals
) -> None:
    with calling(home, tmp_path / "wire") as (process, pid):
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (128 + number, b"")
    assert b"Traceback" not in err
    assert err.endswith(b"Cancelled.\n")
    assert b'"notifications/cancelled"' in (tmp_path / "wire").read_bytes()
    assert gone(pid)


def test_a_second_signal_does_not_wait_for_a_stubborn_server(home: Path, tmp_path: Path) -> None:
    wire = tmp_path / "wire"
    with calling(home, wire, "--ignore-sigterm", "--ignore-stdin-close") as (process, pid):
        process.send_signal(signal.SIGINT)
        until(lambda: b'"notifications/cancelled"' in wire.read_bytes())
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert b"SIGTERM" not in wire.read_bytes()  # which comes after the grace that a server has
    assert gone(pid)


def test_a_signal_while_a_server_starts(home: Path) -> None:
    with starting("tools", "-v", "--", *QUICK, "--silent", home=home) as process:
        pid = process_of(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert gone(pid)


# Pipes.


def test_text_goes_into_a_pipe_as_it_came(home: Path) -> None:
    text = "tab\there\r\n\ufeffred \x1b[31m and \u202e back"
    assert jackfield("call", "quick", "echo", f"text={text}", home=home).data == f"{text}\n".encode()


def test_arguments_from_standard_input(home: Path) -> None:
    given = b'\xef\xbb\xbf{"text": "tab\\there and \xc3\xbc"}'
    done = jackfield("call", "quick", "echo", "--args", "-", home=home, stdin=given)
    assert (done.status, done.out) == (0, "tab\there and ü\n")
    done = jackfield("call", "quick", "echo", "--args", "-", home=home, stdin=b"\xff")
    assert (done.status, done.err) == (2, "Error: standard input is not UTF-8 text\n")


def test_a_reader_that_goes_away_ends_it_quietly(home: Path) -> None:
    with starting("call", "quick", "big", "bytes=5000000", home=home) as process:
        assert process.stdout is not None
        assert process.stdout.read(5) == b"xxxxx"
        process.stdout.close()
        assert process.stderr is not None
        assert (process.stderr.read(), process.wait(PATIENCE)) == (b"", 1)


def test_neither_textual_nor_anything_else_of_the_screen_is_imported(home: Path) -> None:
    code = (
        "import sys; from app.command_line.main import run; "
        "status = run(['call', 'quick', 'echo', 'text=hi']) or run(['mcp', 'check', 'quick']); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules})); sys.exit(status)"
    )
    environ = os.environ | {"JACKFIELD_HOME": str(home)}
    done = subprocess.run(
        [PYTHON, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.splitlines()[-1].split())
    assert "mcp" in imported
    assert imported & {"textual", "rich", "widgets", "keyring", "PIL", "tomlkit", "markdown_it"} == set()


# A person at a terminal.

on_a_terminal = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


class Person:
    """A command in a terminal of 80 columns, and somebody who types."""

    def __init__(self, home: Path, *words: str) -> None:
        self.pid, self._fd = pty.fork()
        if not self.pid:
            os.environ |= {"JACKFIELD_HOME": str(home), "TERM": "xterm-256color", "NO_COLOR": "1"}
            for size in ("COLUMNS", "LINES"):  # a test runner's own, for its workers
                os.environ.pop(size, None)
            os.chdir(ROOT)
            fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execv(PYTHON, [PYTHON, "-m", "app", *words])
        self.screen = ""
        self._seen = 0

    def reads(self, text: str) -> None:
        """Wait until a text is there that was not there before."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.screen[self._seen :]:
            assert time.monotonic() < deadline, self.screen
            assert self._more(), self.screen
        self._seen = self.screen.index(text, self._seen) + len(text)

    def types(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def leaves(self) -> int:
        """Wait for the end; the exit status."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._more():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _more(self) -> bool:
        if not select.select([self._fd], [], [], 0.1)[0]:
            return True
        with suppress(OSError):  # Linux says so when the other end is closed
            if data := os.read(self._fd, 65536):
                self.screen += data.decode("utf-8", "replace").replace("\r\n", "\n")
                return True
        return False


@on_a_terminal
def test_a_form_is_filled_in_field_by_field(home: Path, demo: str) -> None:
    person = Person(home, "call", demo, "ask", "form=short")
    person.reads("asks: Please fill in your details")
    for wait, typed in (
        ("[answer] > ", ""),
        ("Name *  full name, 2 to 20 characters", "B"),
        ("at least 2 characters", "Bob"),
        ("1 red · 2 green · 3 blue", "3"),
        ("Lucky number", "abc"),
        ("must be a whole number", "7"),
        ("[accept] > ", "e"),
        ("[Bob] > ", ""),
        ("[blue, - for none] > ", "-"),
        ("[7, - for none] > ", "8"),
        ("[accept] > ", "accept"),
    ):
        person.reads(wait)
        person.types(f"{typed}\n")
    person.reads('accept\n{\n  "name": "Bob",\n  "lucky": 8\n}\n')
    assert person.leaves() == 0


@on_a_terminal
def test_what_is_pasted_is_one_answer_and_accepts_nothing(home: Path, demo: str) -> None:
    person = Person(home, "call", demo, "ask", "form=short")
    person.types("Eve\n1\n5\n\n")  # for somebody else: nobody asked yet
    for wait, typed in (
        ("[answer] > ", "a\nEve\n1\n5\n\n"),
        ("One word, not several lines.", ""),
        ("[answer] > ", "\n"),
        ("Name *  full name, 2 to 20 characters", "Bob\n2\n7\n"),
        ("3 lines", ""),
        ("1 red · 2 green · 3 blue", "\n"),
        ("Lucky number", "\n"),
        ("[accept] > ", "a\n"),
    ):
        person.reads(wait)
        person.types(typed)
    person.reads('"name": "Bob\\n2\\n7"')
    assert person.leaves() == 0


@on_a_terminal
def test_a_question_is_taken_back(home: Path) -> None:
    person = Person(home, "call", "quick", "ask", "withdraw_after=0.5")
    person.reads("[answer] > ")
    person.reads("quick took it back")
    person.reads("withdrawn")
    assert person.leaves() == 0


@on_a_terminal
def test_progress_is_shown_on_a_terminal_and_wiped_away(home: Path) -> None:
    person = Person(home, "call", "quick", "progress", "steps=12", "delay=0.1")
    person.reads("quick.progress  ▰")
    person.reads("step 11")
    person.reads("\r\x1b[K12 steps\n")
    assert person.leaves() == 0


@on_a_terminal
def test_on_a_terminal_lists_are_laid_out_and_texts_printable(home: Path, demo: str) -> None:
    person = Person(home, "tools", demo)
    person.reads("ask  [form=TEXT]\n    Asks you with a form that has every kind of field, and")
    assert person.leaves() == 0
    assert max(len(line) for line in re.sub(r"\r\x1b\[K.*", "", person.screen).splitlines()) <= 80
    person = Person(home, "call", "quick", "echo", "text=a\x1b]0;owned\x07b")
    person.reads("ab\n")
    assert person.leaves() == 0
