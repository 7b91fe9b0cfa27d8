"""Opening a browser: only where the person sees it, only the web, and never into the terminal."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from services.web.browser import open_browser, should_open_browser

if TYPE_CHECKING:
    from pathlib import Path

SSH = {"SSH_CONNECTION": "1 2 3 4"}
DISPLAY = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("environ", "platform", "opens"),
    [
        (DISPLAY, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        (SSH, "linux", False),
        (SSH, "darwin", False),
        ({"SSH_TTY": "/dev/pts/1"}, "win32", False),
        ({**SSH, **DISPLAY}, "linux", True),
        ({**SSH, "BROWSER": "remote-open"}, "linux", True),
    ],
)
def test_where_a_browser_is_opened(environ: dict[str, str], platform: str, opens: bool) -> None:
    assert should_open_browser(environ, platform) is opens


@pytest.mark.skipif(sys.platform != "linux", reason="BROWSER is what Linux has")
async def test_the_browser_gets_the_url_and_no_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "browser.py"
    program.write_text(
        "import os, sys, pathlib\n"
        "print('I draw on your screen'); print('so do I', file=sys.stderr)\n"
        f"pathlib.Path({str(tmp_path / 'opened')!r}).write_text(sys.argv[1] + ' ' + str(os.isatty(0)))\n"
    )
    environ = {"BROWSER": f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} %s", "PATH": "/bin"}
    url = "https://login.example/authorize?a=1&b=two%20words"
    assert await open_browser(url, environ)
    assert (tmp_path / "opened").read_text() == f"{url} False"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "javascript:alert(1)", "mailto:x@y.example", ""])
async def test_nothing_but_the_web_is_opened(url: str) -> None:
    assert not await open_browser(url)


@pytest.mark.skipif(sys.platform != "linux", reason="BROWSER is what Linux has")
async def test_a_browser_that_cannot_be_started_is_none() -> None:
    assert not await open_browser(
        "https://login.example/", {"BROWSER": "/no/such/browser %s", "PATH": "/none"}
    )


@pytest.mark.skipif(sys.platform != "linux", reason="BROWSER is what Linux has")
async def test_nothing_of_the_working_directory_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("webbrowser", "shlex", "subprocess", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    program = tmp_path / "browser.sh"
    program.write_text(f'#!/bin/sh\necho "$1" > {shlex.quote(str(tmp_path / "opened"))}\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    environ = {"BROWSER": f"{program} %s", "PATH": "/bin", "PYTHONPATH": str(tmp_path)}
    assert await open_browser("https://login.example/", environ)
    assert (tmp_path / "opened").read_text() == "https://login.example/\n"
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open is what Linux has")
async def test_no_program_of_the_working_directory_is_the_browser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("xdg-open", "firefox", "www-browser", "x-www-browser"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n: > {shlex.quote(str(tmp_path / 'ran'))}\n")
        program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    await open_browser("https://login.example/", {"PATH": ".::", "DISPLAY": ":0"})
    assert not (tmp_path / "ran").exists()
