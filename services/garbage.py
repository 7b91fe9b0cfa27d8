"""When Python looks for garbage: not while imports make a hundred thousand objects that stay.

Looking through them again and again costs a twentieth of the time to the first paint, and every full
look afterwards would stop keys and servers for a tenth of a second.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("look_again", "look_no_more", "unlooked")


_SELDOM: Final = (2_000, 5, 100)
"""Python's own 700, 10, 10 looks through all that lives four times during a thousand calls made at once.

With these a young look takes 1 ms, a middle one 5.
"""


_lock = threading.Lock()
_unlooked = 0


@contextmanager
def unlooked() -> Iterator[None]:
    """Look for no garbage while a million objects are made in a thread, nor among those afterwards.

    One look through them takes a second. Cycles that are garbage at the end of the block stay.
    """
    global _unlooked
    with _lock:
        enabled = gc.isenabled() or _unlooked > 0
        _unlooked += enabled
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            _unlooked -= enabled
            if enabled and not _unlooked:
                gc.freeze()  # else the look that was left out comes with the next object
                gc.enable()


def look_no_more() -> None:
    """Until `look_again`: much is about to be imported."""
    gc.disable()


def look_again() -> None:
    """Look for garbage among what is made from now on; what there is stays unlooked at."""
    gc.freeze()
    gc.set_threshold(*_SELDOM)
    gc.enable()
