"""The program and `oidc-provider`: logging in from the shell, and from the session."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.servers_stage import PATH, PROGRAM
from tests.journeys.terminal import Terminal
from tests.peers.oidc_stage import stage
from tests.peers.person import Person

if TYPE_CHECKING:
    from pathlib import Path

    from tests.peers.oidc_stage import Stage

pytestmark = pytest.mark.peer


def environment(here: Stage, **more: str) -> dict[str, str]:
    common = {"PATH": os.environ["PATH"], "HOME": str(here.home), "LANG": "C.UTF-8", "PYTHONPATH": PATH}
    return {**common, "JACKFIELD_HOME": str(here.home), **more}


def browser(folder: Path) -> str:
    """A browser as `BROWSER` names it, with somebody in front of it who logs in."""
    program = folder / "browser"
    text = f'#!/bin/sh\nexec "{sys.executable}" -m tests.peers.person "$1"\n'
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return str(program)


async def jackfield(here: Stage, *words: str) -> asyncio.subprocess.Process:
    environ = environment(here)
    return await asyncio.create_subprocess_exec(
        *PROGRAM, *words, env=environ, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, cwd=here.home
    )


@pytest.mark.timeout(120)
async def test_in_the_shell(tmp_path: Path) -> None:
    async with stage(tmp_path) as here, Person() as person:
        here.configure()
        calling = await jackfield(here, "call", "tasks", "echo", "text=early")
        _, complaint = await calling.communicate()
        assert calling.returncode == 3
        assert b"jackfield mcp login tasks" in complaint

        login = await jackfield(here, "mcp", "login", "tasks", "--no-browser", "--verbose")
        assert login.stderr is not None
        said = b""
        while not (line := await login.stderr.readline()).startswith(b"http://"):
            assert line, said.decode()
            said += line
        await person.log_in(line.decode().strip())
        _, rest = await login.communicate()
        assert login.returncode == 0, rest.decode()
        kept = here.kept
        assert kept.refresh_token is not None
        for secret in (kept.access_token, kept.refresh_token):
            assert secret.encode() not in said + line + rest

        here.logins.kept.save(here.settings, replace(kept, expires_at=here.logins.kept.now_ms()))
        calls = [await jackfield(here, "call", "tasks", "echo", f"text=call {number}") for number in range(2)]
        for number, call in enumerate(calls):
            out, err = await call.communicate()
            assert (call.returncode, err.decode()) == (0, "")
            assert f"call {number}".encode() in out
        assert here.provider.refreshes() == 1

        logout = await jackfield(here, "mcp", "logout", "tasks")
        out, err = await logout.communicate()
        assert (logout.returncode, err.decode()) == (0, "")
        assert not here.provider.about(kept.refresh_token)["active"]
        assert here.logins.kept.load(here.settings) is None


@pytest.mark.timeout(120)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the terminal needs prctl(2) and /proc")
async def test_in_the_session(tmp_path: Path) -> None:
    def sit(environ: dict[str, str]) -> str:
        with Terminal([*PROGRAM], environ, cwd=tmp_path) as terminal:
            terminal.wait_for("The tasks MCP server is not logged in. Run /mcp login tasks.")
            terminal.type("/mcp login tasks").press("Enter")
            terminal.wait_for("Logged in to tasks")
            terminal.wait_for("1 ready")
            terminal.type("/call tasks echo text=hello").press("Enter")
            terminal.wait_for("✓ tasks.echo")
            terminal.type("/mcp logout tasks").press("Enter")
            terminal.wait_for("1 login")
            screen = terminal.screen
            terminal.press("Ctrl+Q")
            assert terminal.wait_exit() == 0
            return screen

    async with stage(tmp_path) as here:
        here.configure()
        environ = environment(here, TERM="xterm-256color", BROWSER=browser(tmp_path))
        screen = await asyncio.to_thread(sit, environ)
        assert "Logged out of tasks" in screen, screen
        assert [told["event"] for told in here.provider.told(event=None)][:3] == [
            "registration",
            "authorization",
            "token",
        ]
        assert here.provider.told(event="revocation")
        assert here.logins.kept.load(here.settings) is None
