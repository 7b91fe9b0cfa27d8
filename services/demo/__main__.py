"""`python -m services.demo`: the demo server on standard input and output, or over HTTP."""

from __future__ import annotations

import argparse
import contextlib
import warnings
from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPDeprecationWarning

from services.demo.calls import complain
from services.demo.server import DemoServer
from services.web.listening import listen

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("main",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until standard input closes, or over HTTP until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m services.demo", description=__doc__)
    parser.add_argument(
        "--http",
        metavar="PORT",
        type=int,
        help="serve Streamable HTTP on this port of 127.0.0.1; 0 takes a free one. "
        "The address is printed on standard error.",
    )
    options = parser.parse_args(arguments)
    # Log messages and elicitation requests belong to 2025-11-25, which this server speaks on purpose.
    warnings.filterwarnings("ignore", category=MCPDeprecationWarning)
    with contextlib.suppress(KeyboardInterrupt):
        if options.http is None:
            anyio.run(serve_stdio)
        else:
            anyio.run(serve_http, options.http)
    return 0


async def serve_stdio() -> None:
    """Serve one client until it closes our standard input."""
    server = DemoServer()
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


async def serve_http(port: int) -> None:
    """Serve Streamable HTTP on 127.0.0.1, at `/mcp`."""
    import uvicorn

    with listen("127.0.0.1", port) as listening:
        complain(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp")
        config = uvicorn.Config(
            DemoServer().streamable_http_app(),
            log_level="critical",  # the streams it cuts at the end are no errors of ours
            access_log=False,
            ws="none",
            timeout_graceful_shutdown=1,  # open event streams would hold the exit for ever
        )
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    raise SystemExit(main())
