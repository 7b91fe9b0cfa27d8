"""Which files are opened in other programs, and by which command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from services.results.opening import OpenRefused, command_for, open_file, private_directory, refusal

RUNNING = (
    *("a.sh", "a.exe", "a.desktop", "a.app", "a.html", "a.svg", "a.docm", "a.lnk"),
    *("a", "a.png.exe", ".png", "a.zip", "a.bat", "a.command", "a.jar", "a.url"),
)


@pytest.mark.parametrize("name", ["a.png", "b.PDF", "c.wav", "d.txt", "e.json", "f.csv"])
def test_what_is_looked_at_is_opened(name: str) -> None:
    assert refusal(name, b"anything") == ""


@pytest.mark.parametrize(
    ("name", "head"),
    [
        *((name, b"") for name in RUNNING),
        ("a.txt", b"#!/bin/sh\n"),
        ("a.png", b"MZ\x90"),
        ("a.pdf", b"\x7fELF"),
        ("a.txt", b"\xef\xbb\xbf\n[Desktop Entry]"),
    ],
)
def test_what_may_run_is_refused(name: str, head: bytes) -> None:
    assert "may run something" in refusal(name, head)


@pytest.mark.parametrize(
    ("platform", "program"), [("linux", "xdg-open"), ("darwin", "open"), ("win32", "rundll32.exe")]
)
def test_each_platform_has_its_program(platform: str, program: str) -> None:
    command = command_for(Path("/x/a & b.png"), platform)
    assert command[0] == program
    assert command[-1] == str(Path("/x/a & b.png"))


@pytest.mark.skipif(sys.platform == "win32", reason="a program of ours stands in for xdg-open")
async def test_the_system_opens_it(tmp_path: Path) -> None:
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/seen\n')
    opener.chmod(0o755)
    environ = {"PATH": f"{tmp_path}:/bin:/usr/bin", "DISPLAY": ":0"}
    directory = private_directory()
    assert directory.stat().st_mode & 0o77 == 0
    (file := directory / "a b.txt").write_text("hello")
    await open_file(file, environ, "linux")
    assert (tmp_path / "seen").read_text() == "hello"
    with pytest.raises(OpenRefused, match="no display"):
        await open_file(file, {"PATH": environ["PATH"]}, "linux")
    with pytest.raises(OpenRefused, match="cannot open it"):
        await open_file(file, {"PATH": "/nowhere", "DISPLAY": ":0"}, "linux")
    (script := directory / "c.txt").write_text("#!/bin/sh\n")
    with pytest.raises(OpenRefused, match="may run something"):
        await open_file(script, environ, "linux")
