"""Streamable HTTP against the demo server: the same front door, and an end that nothing holds up."""

from __future__ import annotations

import asyncio
import re
import shlex
import sys
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from services.errors import ResultTooLarge
from services.events import ServerState
from services.settings import ServerSettings
from tests.services.conftest import running
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


HELPER = shlex.join([sys.executable, "-c", 'print(\'{"X-Helped": "yes"}\')'])


@asynccontextmanager
async def demo_over_http() -> AsyncIterator[str]:
    """The demo server over Streamable HTTP; its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.demo", "--http", "0", cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(20):
            line = (await process.stderr.readline()).decode()
        found = re.search(r"http://\S+", line)
        assert found is not None, line
        yield found[0]
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def answering(reply: bytes | None) -> AsyncIterator[str]:
    """An HTTP server that gives the same answer to everything, or none at all; its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length[1]) if length else 0)
            if reply is None:
                await reader.read()
            else:
                writer.write(reply)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
    finally:
        server.close()


def reply(status: str, body: str, headers: str = "") -> bytes:
    fixed = f"connection: close\r\ncontent-length: {len(body)}\r\n"
    return f"HTTP/1.1 {status}\r\n{fixed}{headers}\r\n{body}".encode()


@pytest.mark.parametrize("protocol", ["legacy", "2026-07-28"])
async def test_both_eras_over_http(protocol: str) -> None:
    async with demo_over_http() as url:
        settings = ServerSettings("web", transport="http", url=url, protocol=protocol)
        async with running(settings) as (manager, _):
            assert manager.status("web").state is ServerState.READY
            result = await manager.call_tool("web", "add", {"a": 1, "b": 2})
            assert result.structured is not None
            picture = await manager.call_tool("web", "image_scenario", {"scenario": "image_only"})
            assert len(picture.pictures) == 1
            with pytest.raises(ResultTooLarge, match="64 MiB"):
                await manager.call_tool("web", "big", {"bytes": 70_000_000})
            assert (await manager.call_tool("web", "echo", {"text": "on"})).is_error is False


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (
            reply("500 Internal Server Error", "out of order"),
            "failed",
            "HTTP 500 Internal Server Error: out of order",
        ),
        (reply("404 Not Found", ""), "failed", "HTTP 404 Not Found"),
        (
            reply("401 Unauthorized", "", "www-authenticate: Bearer\r\n"),
            "login needed",
            "not logged in",
        ),
    ],
    ids=["500", "404", "401"],
)
async def test_the_http_status_is_the_cause(answer: bytes, state: str, says: str) -> None:
    async with (
        answering(answer) as url,
        running(ServerSettings("web", transport="http", url=url)) as (manager, _),
    ):
        status = manager.status("web")
        assert status.state == state
        assert says in status.cause


async def test_a_server_that_never_answers_times_out_and_holds_nothing_up() -> None:
    settings = {"transport": "http", "startup_timeout_sec": 0.7}
    async with (
        answering(None) as url,
        running(ServerSettings("web", url=url, **settings)) as (manager, _),  # type: ignore[arg-type]
    ):
        assert manager.status("web").state is ServerState.FAILED
        assert manager.status("web").cause.startswith("no answer within 0.7 s")


async def test_headers_go_to_their_own_server_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, bytes] = {}

    @asynccontextmanager
    async def listening(name: str) -> AsyncIterator[str]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen[name] = await reader.readuntil(b"\r\n\r\n")
            writer.write(reply("500 Oh", ""))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"
        server.close()

    monkeypatch.setenv("A_TOKEN", "Bearer secret-of-a")
    async with listening("a") as a, listening("b") as b:
        servers = (
            ServerSettings(
                "a", transport="http", url=a, bearer_token_env_var="A_TOKEN", http_headers={"X-A": "1"}
            ),
            ServerSettings("b", transport="http", url=b, http_headers_helper=HELPER),
        )
        async with running(*servers):
            pass
    assert seen["a"].lower().count(b"bearer ") == 1
    assert b"secret-of-a" in seen["a"]
    assert b"x-a: 1" in seen["a"].lower()
    assert b"secret-of-a" not in seen["b"]
    assert b"x-a" not in seen["b"].lower()
    assert b"x-helped: yes" in seen["b"].lower()
    assert b"x-helped" not in seen["a"].lower()
