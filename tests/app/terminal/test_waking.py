"""A signal that the kernel gives to another thread wakes the loop all the same."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from app.terminal.driver import Waker
from tests.support.work import PATIENCE


@pytest.fixture
def elsewhere() -> threading.Event:
    return threading.Event()


async def test_a_signal_for_another_thread_is_handled_at_once(elsewhere: threading.Event) -> None:
    thread = threading.Thread(target=elsewhere.wait, daemon=True)
    thread.start()
    came, loop = asyncio.Event(), asyncio.get_running_loop()
    former = signal.signal(signal.SIGCONT, lambda *_: came.set())
    waker = Waker()
    try:
        # Nothing else is due for the loop, which sleeps when the signal comes.
        threading.Timer(0.05, signal.pthread_kill, (thread.ident, signal.SIGCONT)).start()
        began = loop.time()
        async with asyncio.timeout(PATIENCE):
            await came.wait()
        assert loop.time() - began < PATIENCE / 2  # else it was this timeout that woke it
    finally:
        waker.close()
        signal.signal(signal.SIGCONT, former)
        elsewhere.set()
    assert signal.set_wakeup_fd(-1) == -1
