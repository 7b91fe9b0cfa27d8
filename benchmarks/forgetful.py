"""An HTTP server of 2025-11-25 that forgets its session at every tool call; says its port on standard output.

The standard library alone, one task a connection, so that a reconnection costs as little as it can.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

__all__ = ()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one connection's requests, one after the other."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lines = head.decode("latin-1").split("\r\n")
            headers = {
                key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            status, answer = respond(lines[0].split()[0], json.loads(body) if body else {})
            payload = json.dumps(answer).encode() if answer is not None else b""
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nMcp-Session-Id: one\r\n"
                f"Content-Length: {len(payload)}\r\n\r\n".encode()
                + payload
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def respond(verb: str, message: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """Status and body."""
    if verb != "POST":
        return "405 Method Not Allowed" if verb == "GET" else "200 OK", None
    match message.get("method"):
        case "initialize":
            result: dict[str, Any] = {
                "protocolVersion": "2025-11-25",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "forgetful", "version": "1"},
            }
        case "tools/list":
            result = {"tools": [{"name": "forget", "inputSchema": {"type": "object"}}]}
        case "tools/call":
            return "404 Not Found", None
        case _:
            return "202 Accepted", None
    return "200 OK", {"jsonrpc": "2.0", "id": message["id"], "result": result}


async def main() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
