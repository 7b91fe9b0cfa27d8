"""When Python looks for garbage: not while much is made, nor through it afterwards."""

from __future__ import annotations

import gc
import threading

import pytest

from services.garbage import unlooked


@pytest.fixture(autouse=True)
def _as_it_was() -> object:
    yield
    gc.freeze()
    gc.enable()


def test_what_was_made_unlooked_stays_out_of_the_next_look() -> None:
    before = gc.get_freeze_count()
    with unlooked():
        assert not gc.isenabled()
        made = [[number] for number in range(10_000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() - before >= len(made)


def test_the_last_of_several_threads_begins_to_look_again() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def other() -> None:
        with unlooked():
            inside.set()
            go_on.wait()

    thread = threading.Thread(target=other)
    with unlooked():
        thread.start()
        inside.wait()
    assert not gc.isenabled()
    go_on.set()
    thread.join()
    assert gc.isenabled()


def test_who_had_switched_it_off_finds_it_off() -> None:
    gc.disable()
    with unlooked():
        pass
    assert not gc.isenabled()
