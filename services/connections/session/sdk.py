"""Loading the MCP SDK behind the first paint: `import mcp` takes about a second."""

from __future__ import annotations

import asyncio
import importlib
import logging
import threading
from contextvars import Context
from types import SimpleNamespace
from typing import Any

from services.garbage import look_again, look_no_more

__all__ = ("load",)

_lock = threading.Lock()
_loaded: SimpleNamespace | None = None


def _import() -> SimpleNamespace:
    global _loaded
    with _lock:
        if _loaded is None:
            look_no_more()
            try:
                _loaded = _modules()
            finally:
                look_again()
        return _loaded


def _modules() -> SimpleNamespace:
    # What libraries have to say must not end up on the person's terminal.
    for name in ("mcp", "client", "httpx2", "httpcore2"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    anyio = importlib.import_module("anyio")
    # Loads what it imports at its first use: 100 ms that our loop would stand still.
    Context().run(anyio.run, anyio.sleep, 0)
    return SimpleNamespace(
        open_session=importlib.import_module("services.connections.session.opening").open_session,
        stdio_streams=importlib.import_module("services.connections.stdio.streams").stdio_streams,
        HttpTransport=importlib.import_module("services.connections.http.transport").HttpTransport,
    )


async def load() -> Any:
    """What needs the SDK: `open_session`, `stdio_streams`, `HttpTransport`; imported in a thread at first."""
    return _loaded if _loaded is not None else await asyncio.to_thread(_import)
