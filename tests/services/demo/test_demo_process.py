"""The demo server as a process: how it ends, and Streamable HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import pytest
from mcp import Client

from tests.support.work import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


@contextmanager
def demo(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A demo server's process, gone at the end."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "services.demo", *arguments]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1) as process:
        try:
            yield process
        finally:
            process.kill()


def send(process: subprocess.Popen[str], method: str, params: dict[str, Any], number: int | None) -> None:
    """Send a request, or with no number a notification."""
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    assert process.stdin
    process.stdin.write(json.dumps(message if number is None else message | {"id": number}) + "\n")


def initialized(process: subprocess.Popen[str]) -> None:
    """Go through the handshake of 2025-11-25."""
    send(process, "initialize", INITIALIZE, 1)
    assert process.stdout
    assert json.loads(process.stdout.readline())["result"]["protocolVersion"] == "2025-11-25"
    send(process, "notifications/initialized", {}, None)


def test_ends_when_standard_input_closes() -> None:
    with demo() as process:
        initialized(process)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors) == (0, "")


def test_ends_when_standard_input_closes_in_the_middle_of_a_call() -> None:
    with demo() as process:
        initialized(process)
        params = {"name": "countdown", "arguments": {"seconds": 600}, "_meta": {"progressToken": "t"}}
        send(process, "tools/call", params, 2)
        assert process.stdout
        assert "notifications/progress" in process.stdout.readline()
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_ends_before_the_handshake_too() -> None:
    with demo() as process:
        output, errors = process.communicate(timeout=10)
        assert (process.returncode, output, errors) == (0, "", "")


def test_crash_ends_with_status_3_and_a_last_word() -> None:
    with demo() as process:
        initialized(process)
        send(process, "tools/call", {"name": "crash", "arguments": {}}, 2)
        output, errors = process.communicate(timeout=10)
        assert process.returncode == 3
        assert errors.splitlines()[-1] == "crash: the operator pulled the plug"
        assert output == ""


def test_a_client_that_takes_no_questions_is_told_so() -> None:
    with demo() as process:
        initialized(process)
        send(process, "tools/call", {"name": "ask", "arguments": {}}, 2)
        assert process.stdout
        result = json.loads(process.stdout.readline())["result"]
        assert result["isError"]
        assert result["content"][0]["text"] == "This client does not take questions of the kind 'form'."


def test_respects_the_log_level() -> None:
    with demo() as process:
        initialized(process)
        send(process, "logging/setLevel", {"level": "critical"}, 2)
        send(process, "tools/call", {"name": "chatter", "arguments": {"lines": 0}}, 3)
        assert process.stdout
        messages = [json.loads(process.stdout.readline()) for _ in range(5)]
        assert messages[0]["result"] == {}
        assert [message["params"]["level"] for message in messages[1:4]] == ["critical", "alert", "emergency"]
        assert messages[4]["result"]["content"][0]["text"] == "0 lines on standard error, 3 log messages."


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_http(mode: Any) -> None:
    async def accept(context: Any, params: types.ElicitRequestParams) -> types.ElicitResult:
        return types.ElicitResult(action="accept", content={"name": params.mode})

    with demo("--http", "0") as process, anyio.fail_after(30):
        assert process.stderr
        url = (await anyio.to_thread.run_sync(process.stderr.readline)).strip()
        assert url.startswith("http://127.0.0.1:")
        async with Client(url, mode=mode, elicitation_callback=accept) as client:
            tools = await client.list_tools()
            assert len(tools.tools) == 18
            asked = await client.call_tool("ask", {"form": "short"})
            assert asked.content == [types.TextContent(text='accept\n{\n  "name": "form"\n}')]
            picture = await client.call_tool("image_scenario", {"scenario": "image_only"})
            assert isinstance(picture.content[0], types.ImageContent)
            grown = await client.call_tool("grow")
            assert grown.content == [types.TextContent(text="There is a new tool: grown_1")]
            if mode == "legacy":
                assert client.server_capabilities.tools
                assert client.server_capabilities.tools.list_changed
        process.terminate()
        await anyio.to_thread.run_sync(process.wait, 10)
