"""What is asked of a client that is not there just now: put down here until it comes back with answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ("Questions",)


class Questions:
    """The open questions of one call or task; their names begin with `prefix`."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._open: dict[str, tuple[str, Mapping[str, Any], asyncio.Future[dict[str, Any]]]] = {}
        self._some = asyncio.Event()
        self._count = 0

    @property
    def wanted(self) -> dict[str, Any]:
        """The questions as they stand on the wire, by their names."""
        return {
            key: {"method": method, "params": dict(params)} for key, (method, params, _) in self._open.items()
        }

    async def wait(self) -> None:
        """Return while there is any."""
        await self._some.wait()

    async def ask(
        self, method: str, params: Mapping[str, Any], *, leave_out: Collection[str] = ()
    ) -> dict[str, Any]:
        """What the client answers, whenever it comes back."""
        self._count += 1
        key = f"{self._prefix}{self._count}"
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        given = {name: value for name, value in params.items() if name != "_meta" and name not in leave_out}
        self._open[key] = (method, given, future)
        self._some.set()
        try:
            return await future
        finally:
            self._close(key)

    def take(self, responses: Mapping[str, Any]) -> None:
        """The answers of a client; what nobody asked is ignored."""
        for key, response in responses.items():
            _, _, future = self._open.get(key, ("", {}, None))
            if future is not None and not future.done() and isinstance(response, dict):
                future.set_result(response)
                self._close(key)

    def _close(self, key: str) -> None:
        self._open.pop(key, None)
        if not self._open:
            self._some.clear()
