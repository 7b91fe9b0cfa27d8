"""The configuration from a shell and from the session: a server from its adding to its removal."""

from __future__ import annotations

import itertools
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.journeys.conftest import quick
from tests.support.places import ROOT

if TYPE_CHECKING:
    from tests.journeys.conftest import Desk
    from tests.journeys.terminal import Terminal

QUICK = shlex.join([sys.executable, str(ROOT / "tests" / "servers" / "quick.py")])
_COUNT = itertools.count(1)

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def run(shell: Terminal, line: str, says: str) -> str:
    """Enter a command and wait for what it says and for its exit status, which is to be 0."""
    number = next(_COUNT)
    shell.type(f"clear; {line}; echo command {number} ended with $?").press("Enter")
    shell.wait_for(f"command {number} ended with 0", 30)
    return shell.wait_for(says)


def test_a_servers_life_in_a_shell(desk: Desk) -> None:
    shell = desk.shell()
    desk.configure("# mine", "")
    run(shell, f"jackfield mcp add quick --env 'KEY=geheim 99' -- {QUICK}", "Added MCP server 'quick'.")
    listed = run(shell, "jackfield mcp list", "quick")
    assert "enabled" in listed
    assert "geheim" not in listed
    run(shell, "jackfield call quick echo text='hello there'", "hello there")
    run(shell, "jackfield mcp remove quick", "Removed MCP server 'quick'.")
    run(shell, "jackfield mcp list", "No MCP servers configured yet")
    assert (desk.home / "config.toml").read_text(encoding="utf-8") == "# mine\n"


def test_a_session_follows_the_shell(desk: Desk) -> None:
    desk.configure(quick("first"))
    session, shell = desk.jackfield(), desk.shell()
    session.wait_for("1 ready")
    run(shell, f"jackfield mcp add second -- {QUICK}", "Added MCP server 'second'.")
    session.wait_for("config.toml changed: added second")
    session.wait_for("2 ready")
    run(shell, "jackfield mcp remove first", "Removed MCP server 'first'.")
    session.wait_for("config.toml changed: removed first")
    session.type("/call second echo text=still-here").press("Enter")
    session.wait_for("still-here")
    session.type(f"/mcp add third -- {QUICK}").press("Enter")
    session.wait_for("Added MCP server 'third'.")
    run(shell, "jackfield mcp list", "third")
    session.type("/quit").press("Enter")
    assert session.wait_exit() == 0
    assert not session.leftovers()
    assert not session.unrestored()
