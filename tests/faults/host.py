"""A program with a server that started a family, which ends in the way it is told: `host.py WAY FILE`."""

from __future__ import annotations

import asyncio
import os
import resource
import sys

from services.connection_manager import ConnectionManager
from tests.faults.stage import hostile

__all__ = ()


async def main(way: str, file: str) -> None:
    """Say `ready`, wait for a line, and end; in a way that is none of ours, wait to be ended."""
    manager = ConnectionManager([hostile("family", file)])
    await manager.start()
    await manager.settled(30)
    print(*manager.ready, flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    match way:
        case "raise":
            raise RuntimeError("a fault of ours")
        case "exit":
            os._exit(3)
        case "abort":
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.abort()
        case "return":
            await manager.close()
        case _:
            await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
