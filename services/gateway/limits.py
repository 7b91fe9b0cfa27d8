"""How much one caller may ask for: so many requests a minute, so many at once."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Limits", "TooMuch")

_MOST_CALLERS: Final = 10_000
_AT_ONCE: Final = 256


class TooMuch(Exception):
    """A caller asks for too much; `seconds` from now it may ask again."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


@dataclass(slots=True)
class _Caller:
    left: float
    seen: float
    open: int = 0


class Limits:
    """A bucket for each caller: full at first, filled again over a minute; `per_minute` may change."""

    def __init__(
        self, per_minute: int, at_once: int = _AT_ONCE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_minute = per_minute
        self._at_once = at_once
        self._clock = clock
        self._callers: OrderedDict[str, _Caller] = OrderedDict()

    def begin(self, caller: str) -> None:
        """One request more. Raises TooMuch."""
        now, most = self._clock(), float(self.per_minute)
        known = self._callers.get(caller)
        if known is None:
            known = self._callers[caller] = _Caller(most, now)
            self._forget()
        self._callers.move_to_end(caller)
        known.left = min(most, known.left + (now - known.seen) * most / 60)
        known.seen = now
        if known.open >= self._at_once:
            raise TooMuch(1)
        if known.left < 1:
            raise TooMuch(max(1, round((1 - known.left) * 60 / most)))
        known.left -= 1
        known.open += 1

    def end(self, caller: str) -> None:
        """A request has ended."""
        if (known := self._callers.get(caller)) is not None:
            known.open -= 1

    def _forget(self) -> None:
        """Those seen longest ago, where nothing of them is under way."""
        for name in list(self._callers):
            if len(self._callers) <= _MOST_CALLERS:
                return
            if not self._callers[name].open:
                del self._callers[name]
