"""Tool arguments that travel as HTTP headers: `x-mcp-header` in an input schema of 2026-07-28."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.shared.inbound import find_invalid_x_mcp_header, x_mcp_header_map

from services.connections.session.internals import learn_headers
from services.text import one_line

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

    from services.connections.session.incoming import Listener

__all__ = ("usable_tools",)


def usable_tools(raw: dict[str, Any], sdk: ClientSession, listener: Listener) -> dict[str, Any]:
    """A `tools/list` result without the tools whose arguments cannot be sent as their schema wants.

    The specification has clients leave them out; the log says which and why. The SDK learns the
    headers of the others here too, because from a list with one tool that is not valid it learns nothing.
    """
    tools = raw.get("tools")
    if not isinstance(tools, list):
        return raw
    kept = []
    for tool in tools:
        schema = tool.get("inputSchema") if isinstance(tool, dict) else None
        if (reason := find_invalid_x_mcp_header(schema)) is not None:
            name = one_line(str(tool.get("name", "")), 80)
            listener.log_message(f"tool {name} left out: {one_line(reason, 200)}", "warning", "")
            continue
        if isinstance(schema, dict) and isinstance(tool.get("name"), str):
            learn_headers(sdk, tool["name"], x_mcp_header_map(schema))
        kept.append(tool)
    return raw | {"tools": kept}
