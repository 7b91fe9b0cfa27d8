"""Servers as the panel and the page of one server show them."""

from __future__ import annotations

from typing import Final

from services.events import ServerState, ServerStatus

__all__ = ("EVERYTHING", "FIGMA")

EVERYTHING: Final = ServerStatus(
    "everything",
    ServerState.READY,
    since=760.0,
    tools=15,
    resources=100,
    templates=3,
    prompts=4,
    protocol="2025-11-25",
    latency=0.003,
    pid=4711,
    identity="mcp-servers/everything 2.0.0",
    address="npx -y @modelcontextprotocol/server-everything stdio",
)
FIGMA: Final = ServerStatus(
    "figma",
    ServerState.READY,
    "http",
    since=400.0,
    tools=9,
    auth="oauth",
    protocol="2026-07-28",
    latency=0.084,
    address="https://mcp.figma.com/mcp",
)
