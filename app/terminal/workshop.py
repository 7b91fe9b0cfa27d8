"""Pictures made ready for the terminal in a thread, one after the other, the one that is wanted now first."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeVar, cast

from services.results.pictures import PictureRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable
    from typing import Any

__all__ = ("Workshop",)

_T = TypeVar("_T")
_KEPT: Final = 12
"""Things that are kept ready; those that were not asked for longest go first."""


class Workshop:
    """Makes one thing at a time; whoever asks too early asks again when told that something is ready.

    So nothing queues up while a picture is scrolled: only what is asked for at that moment is made.
    """

    def __init__(self, run: Callable[[Coroutine[Any, Any, None]], object], told: Callable[[], None]) -> None:
        """`run` starts a coroutine; `told` is called when something is ready."""
        self._run, self._told = run, told
        self._made: OrderedDict[Hashable, tuple[object, object]] = OrderedDict()
        """With what made it, which keeps alive what a key knows by identity."""
        self._busy = False

    def get(self, key: Hashable, make: Callable[[], _T]) -> _T | None:
        """What `make` returns; None until that is ready, and for good where it cannot be made."""
        if key in self._made:
            self._made.move_to_end(key)
            return cast("_T | None", self._made[key][1])
        if not self._busy:
            self._busy = True
            self._run(self._make(key, make))
        return None

    def forget(self) -> None:
        """Make everything anew."""
        self._made.clear()

    async def _make(self, key: Hashable, make: Callable[[], object]) -> None:
        made: object = None
        try:
            made = await asyncio.to_thread(make)
        except (PictureRefused, MemoryError):
            made = None
        finally:
            self._busy = False
        self._made[key] = make, made
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
        self._told()
