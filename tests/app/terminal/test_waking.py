"""A signal that the kernel gives to another thread wakes the loop all the same."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App

from app.terminal.driver import TerminalDriver, Waker
from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHANGED = (signal.SIGCONT, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGWINCH)


@contextmanager
def another_thread() -> Iterator[threading.Thread]:
    over = threading.Event()
    thread = threading.Thread(target=over.wait, daemon=True)
    thread.start()
    yield thread
    over.set()


@pytest.fixture
def handlers() -> Iterator[None]:
    former = {number: signal.getsignal(number) for number in CHANGED}
    yield
    for number, handler in former.items():
        signal.signal(number, handler)


async def _wakes(met: Callable[[], bool]) -> None:
    """Send SIGCONT to another thread while nothing else is due for the loop, and see it handled at once."""
    loop, came = asyncio.get_running_loop(), asyncio.Event()
    former: Any = signal.getsignal(signal.SIGCONT)

    def handle(*parameters: object) -> None:
        former(*parameters)
        came.set()

    signal.signal(signal.SIGCONT, handle)
    with another_thread() as thread:
        threading.Timer(0.05, signal.pthread_kill, (thread.ident, signal.SIGCONT)).start()
        began = loop.time()
        async with asyncio.timeout(PATIENCE):
            await came.wait()
        assert loop.time() - began < PATIENCE / 2  # else it was this timeout that woke it
    assert met()


@pytest.mark.usefixtures("handlers")
async def test_a_signal_for_another_thread_is_handled_at_once() -> None:
    signal.signal(signal.SIGCONT, lambda *_: None)
    waker = Waker()
    try:
        await _wakes(lambda: True)
    finally:
        waker.close()
    assert signal.set_wakeup_fd(-1) == -1


@pytest.mark.usefixtures("handlers")
async def test_so_is_the_one_that_ends_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    master, slave = os.openpty()
    with os.fdopen(slave, "w", closefd=True) as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        monkeypatch.setattr(sys, "__stderr__", terminal)
        driver = TerminalDriver(App())
        driver.start_application_mode()
        try:
            driver.suspend_application_mode()
            assert driver._suspended
            await _wakes(lambda: not driver._suspended)
        finally:
            driver.stop_application_mode()
            driver.close()
    os.close(master)
    assert signal.set_wakeup_fd(-1) == -1
