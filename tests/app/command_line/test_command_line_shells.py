"""Completion in the shells themselves: bash, zsh and fish in a terminal, Tab pressed.

Each shell is set up as `jackfield completion --help` says, in a home of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.servers_stage import PROGRAM
from tests.journeys.terminal import Terminal
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.peer,
    pytest.mark.timeout(120),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the terminal needs prctl(2) and /proc"),
]

PROMPT = "go ahead:"
QUICK = [str(ROOT / "tests" / "servers" / "quick.py")]
OWNED = "a;$(touch${IFS}owned)`touch${IFS}owned`"
HOSTILE = (
    "from tests.faults.hostile import wire\n"
    f"wire.TOOL['name'] = {OWNED!r}\n"
    "wire.serve(lambda request: wire.answer(request, 'called'))"
)
"""A server whose only tool is named by somebody who knows shells."""

FILE = f"""\
[mcp_servers.first]
command = {json.dumps(sys.executable)}
args = {json.dumps(QUICK)}

[mcp_servers."team:docs@2/v1.0"]
command = "sh"

[mcp_servers.hostile]
command = {json.dumps(sys.executable)}
args = ["hostile.py"]
env = {{ PYTHONPATH = {json.dumps(str(ROOT))} }}
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """How a shell is started, and the files of its home that set the completion up."""

    command: tuple[str, ...]
    files: dict[str, str]


SHELLS = {
    "bash": Shell(("bash", "-i"), {".bashrc": f"PS1='{PROMPT} '\neval \"$(jackfield completion bash)\"\n"}),
    "zsh": Shell(
        ("zsh", "-i"),
        {".zshrc": f"PS1='{PROMPT} '\neval \"$(jackfield completion zsh)\"\n"},
    ),
    "fish": Shell(
        ("fish", "-i"),
        {
            ".config/fish/config.fish": f"set fish_greeting\nfunction fish_prompt\n echo '{PROMPT} '\nend\n"
            "jackfield completion fish > ~/.config/fish/completions/jackfield.fish\n",
            ".config/fish/completions/none": "",
        },
    ),
}


@pytest.fixture(scope="module", params=SHELLS)
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One terminal for all tests of a shell."""
    shell = SHELLS[request.param]
    if shutil.which(shell.command[0]) is None:
        missing = f"{shell.command[0]} is not installed"
        if os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    home = tmp_path_factory.mktemp(request.param)
    program = f'#!/bin/sh\nPYTHONPATH={ROOT} exec {" ".join(PROGRAM)} "$@"\n'
    files = {"jackfield/config.toml": FILE, "hostile.py": HOSTILE, "bin/jackfield": program}
    for name, text in {**shell.files, **files}.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    (home / "bin" / "jackfield").chmod(0o755)
    environ = {
        "HOME": str(home),
        "JACKFIELD_HOME": str(home / "jackfield"),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((str(home / "bin"), os.environ["PATH"])),
        "TERM": "xterm",
    }
    with Terminal(shell.command, environ, cwd=home) as terminal:
        terminal.wait_for(PROMPT)
        yield terminal


@pytest.fixture
def terminal(shell: Terminal) -> Iterator[Terminal]:
    """That terminal, with an empty line to type on."""
    yield shell
    shell.press("Ctrl+U")
    shell.wait_gone(MARK)


MARK = "¦"
"""Typed right after Tab: where it stands, the completion ended."""


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("jackfield mcp re", "jackfield mcp remove "),
        ("jackfield mcp get fi", "jackfield mcp get first "),
        ("jackfield mcp add x --bearer", "jackfield mcp add x --bearer-token-env-var "),
        ("jackfield mcp get te", "jackfield mcp get team:docs@2/v1.0 "),
        ("jackfield mcp get team:d", "jackfield mcp get team:docs@2/v1.0 "),
        ("jackfield call first ec", "jackfield call first echo "),
        ("jackfield call first echo te", "jackfield call first echo text="),
        ("jackfield call first echo text=a ", "jackfield call first echo text=a "),
    ],
)
def test_tab_completes(terminal: Terminal, typed: str, whole: str) -> None:
    assert complete(terminal, typed, whole) == f"{PROMPT} {whole}{MARK}"


def test_a_name_runs_nothing(terminal: Terminal) -> None:
    assert "owned" in complete(terminal, "jackfield call hostile a", "owned")
    terminal.press("Backspace", "Enter")
    terminal.wait_for("called")
    terminal.type("ls owned").press("Enter")
    terminal.wait_for("No such file")


def complete(terminal: Terminal, typed: str, wanted: str) -> str:
    """The line after Tab. A server that is too slow for Tab is asked again, as a person would."""
    deadline = time.monotonic() + 60
    while True:
        terminal.type(typed).press("Tab").type(MARK)
        line = terminal.wait_for(MARK).rstrip().splitlines()[-1]
        if wanted in line or time.monotonic() > deadline:
            return line
        terminal.press("Ctrl+U")
        terminal.wait_gone(MARK)
