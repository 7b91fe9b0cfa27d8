"""The installed program, each journey with a home, a working directory and a terminal of its own."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.journeys.terminal import Terminal
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("ROOT", "Desk", "quick", "table", "to_history")

INSTALLED = Path(sys.executable).with_name("jackfield")
PROGRAM = [str(INSTALLED)] if INSTALLED.exists() else [sys.executable, "-m", "app"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.journey)
            if not sys.platform.startswith("linux"):
                item.add_marker(
                    pytest.mark.skip(reason="needs prctl(2) and /proc to find what was left behind")
                )


def quick(name: str, *options: str, **keys: object) -> str:
    """A table of config.toml for `tests/servers/quick.py` with these options."""
    args = [str(ROOT / "tests" / "servers" / "quick.py"), *options]
    return table(name, command=sys.executable, args=args, **keys)


def table(name: str, **keys: object) -> str:
    """A `[mcp_servers.NAME]` table; JSON's strings, numbers and lists are TOML's too."""
    lines = [f"[mcp_servers.{json.dumps(name)}]"]
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
    return "\n".join([*lines, ""])


def to_history(terminal: Terminal) -> None:
    """Move the keys from the composer to the history, where the newest cell is selected."""
    terminal.press("Tab")
    terminal.wait_for("c copy")


class Desk:
    """Where a person sits: a home, a working directory, and as many terminals as wanted."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.work = folder / "work"
        # Not below the folder of the test: the path of a socket has 104 bytes at most.
        self.runtime = Path(tempfile.mkdtemp(prefix="run-", dir="/tmp"))
        self.home.mkdir()
        self.work.mkdir()
        self._open = ExitStack()

    def configure(self, *tables: str) -> None:
        """Write config.toml."""
        (self.home / "config.toml").write_text("\n".join(tables), encoding="utf-8")

    def jackfield(self, *words: str, columns: int = 120, rows: int = 40) -> Terminal:
        """Start the program; it is ended with the journey."""
        terminal = Terminal([*PROGRAM, *words], self.environment(), columns=columns, rows=rows, cwd=self.work)
        return self._open.enter_context(terminal)

    def demo(self, columns: int = 120, rows: int = 40) -> Terminal:
        """`jackfield demo`, its server ready."""
        terminal = self.jackfield("demo", columns=columns, rows=rows)
        if columns >= 120:
            terminal.wait_for("1 ready")
        return terminal

    def shell(self, columns: int = 120, rows: int = 40) -> Terminal:
        """bash with a plain prompt, where `jackfield` is the program."""
        environment = self.environment() | {"PS1": "$ ", "BASH_SILENCE_DEPRECATION_WARNING": "1"}
        words = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
        terminal = Terminal(words, environment, columns=columns, rows=rows, cwd=self.work)
        self._open.enter_context(terminal).wait_for("$")
        terminal.type(f'jackfield() {{ {shlex.join(PROGRAM)} "$@"; }}').press("Enter")
        return terminal

    def close(self) -> None:
        self._open.close()
        shutil.rmtree(self.runtime, ignore_errors=True)

    def environment(self) -> dict[str, str]:
        """The variables of every program that is started here."""
        found = {} if INSTALLED.exists() else {"PYTHONPATH": str(ROOT)}
        return {
            **found,
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self.work),
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "JACKFIELD_HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
        }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A place to start from."""
    desk = Desk(tmp_path)
    try:
        yield desk
    finally:
        desk.close()


@pytest.fixture
def demo(desk: Desk) -> Terminal:
    """The session on the demo server, ready."""
    return desk.demo()
