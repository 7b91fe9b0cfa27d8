"""How much one caller asks of all processes together: a bucket in the state, as `Limits` has it here."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from services.gateway.limits import TooMuch
from services.gateway.state.link import Away

if TYPE_CHECKING:
    from services.gateway.state.link import StateLink

__all__ = ("SharedCounts",)

_SCRIPT: Final = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local most = tonumber(ARGV[1])
local kept = redis.call('HMGET', KEYS[1], 'left', 'seen')
local left = math.min(most, (tonumber(kept[1]) or most)
  + math.max(0, now - (tonumber(kept[2]) or now)) * most / 60)
if left < 1 then
  return math.max(1, math.ceil((1 - left) * 60 / most))
end
redis.call('HSET', KEYS[1], 'left', string.format('%.6f', left - 1), 'seen', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 61)
return 0
"""
"""One request more, at once and by the server's clock: 0, or the seconds until it may be asked again.

A bucket is full again after a minute, and then needs no key.
"""


class SharedCounts:
    """Counts by the state; while that is away everybody counts alone."""

    def __init__(self, link: StateLink, prefix: str) -> None:
        self._link = link
        self._prefix = prefix

    async def count(self, caller: str, per_minute: int) -> None:
        """One request more. Raises TooMuch."""
        name = sha256(caller.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        try:
            seconds = await self._link.ask("EVAL", _SCRIPT, 1, f"{self._prefix}:calls:{name}", per_minute)
        except Away:
            return
        if seconds:
            raise TooMuch(int(seconds))
