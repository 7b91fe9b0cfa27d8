"""A terminal that is asked without a session on it, and one that cannot be."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from app.terminal.bare import BareTerminal, bare_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a terminal of Unix")


def test_a_terminal_that_is_not_the_sessions_own_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    other, ours = os.openpty()
    with os.fdopen(other, "rb"), os.fdopen(ours, "r") as file:
        monkeypatch.setattr(sys, "stdin", file)
        monkeypatch.setattr(sys, "stdout", file)
        assert file.isatty()
        with bare_terminal() as terminal:
            assert terminal is None


@pytest.mark.parametrize("opened", [os.pipe, os.openpty], ids=["end of input", "error"])
@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_reading_ends_where_the_terminal_is_gone(
    monkeypatch: pytest.MonkeyPatch, opened: Callable[[], tuple[int, int]]
) -> None:
    reads, writes = opened()
    with os.fdopen(reads, "rb") as file:
        monkeypatch.setattr(sys, "stdin", file)
        terminal, over = BareTerminal(), threading.Event()
        reading = threading.Thread(target=terminal.read_until, args=(over,), daemon=True)
        reading.start()
        os.close(writes)
        reading.join(5)
        try:
            assert not reading.is_alive()
        finally:
            over.set()
