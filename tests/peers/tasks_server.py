"""A server of `fastmcp-tasks` on standard input and output; run with the Python of the peers."""

# mypy: ignore-errors

from __future__ import annotations

import asyncio

from fastmcp import FastMCP
from fastmcp_tasks import TasksExtension

server = FastMCP("tasks")
server.add_extension(TasksExtension())


@server.tool(task=True)
async def slow(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return f"slept {seconds:g} s"


if __name__ == "__main__":
    server.run(show_banner=False)
