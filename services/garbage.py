"""When Python looks for garbage: not while imports make a hundred thousand objects that stay.

Looking through them again and again costs a twentieth of the time to the first paint, and every full
look afterwards would stop keys and servers for a tenth of a second.
"""

from __future__ import annotations

import gc

__all__ = ("look_again", "look_no_more")


def look_no_more() -> None:
    """Until `look_again`: much is about to be imported."""
    gc.disable()


def look_again() -> None:
    """Look for garbage among what is made from now on; what there is stays unlooked at."""
    gc.freeze()
    gc.enable()
