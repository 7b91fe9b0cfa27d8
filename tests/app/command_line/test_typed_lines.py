"""Lines typed at a terminal that goes away."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from app.command_line.terminal.typed import Typed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")


async def test_a_terminal_that_is_gone_ends_the_lines_once_and_for_good() -> None:
    kept = os.dup(0)
    ours, theirs = os.openpty()
    os.dup2(theirs, 0)
    os.close(theirs)
    try:
        typed = Typed()
        os.write(ours, b"Ada\n")
        async with asyncio.timeout(10):
            assert await typed.answer() == "Ada"
            os.write(ours, b"\x04")
            assert await typed.line() is None
            os.write(ours, b"Bob\n")
            assert await typed.line() == "Bob"  # Ctrl+D ended one answer, not the terminal
            os.close(ours)
            for _ in range(3):
                assert await typed.answer() is None
    finally:
        os.dup2(kept, 0)
        os.close(kept)
    assert typed._lines.qsize() < 3
