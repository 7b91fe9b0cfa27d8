"""Who is let in over HTTP, how much they may ask for, and what is written down of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.connection_manager import ConnectionManager
from services.errors import ConfigurationError
from services.gateway.access import TokenAccess, is_loopback, kept_task_key, kept_token
from services.gateway.audit import Audit
from services.gateway.door import Door
from services.gateway.http import HttpDoor
from services.gateway.limits import Limits, TooMuch
from services.settings import GatewaySettings
from tests.services.gateway.stage import client, gateway, until_listed
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token-for-tests-0123456789"


async def post(
    url: str,
    method: str = "tools/list",
    headers: dict[str, str] | None = None,
    capabilities: dict[str, Any] | None = None,
    **params: Any,
) -> httpx2.Response:
    """One request of 2026-07-28, by hand."""
    envelope = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": capabilities or {},
        "io.modelcontextprotocol/clientInfo": {"name": "probe", "version": "1"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": envelope}}
    named = {"Mcp-Name": str(params["name"])} if "name" in params else {}
    sent = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": method,
        **named,
        **(headers or {}),
    }
    async with httpx2.AsyncClient(trust_env=False, timeout=100, verify=False) as http:
        return await http.post(url, json=message, headers=sent)


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ({}, 401, "unauthorized"),
        (bearing("another"), 401, "invalid_token"),
        (bearing(f"{TOKEN}x"), 401, "invalid_token"),
        (bearing("x" * 20_000), 401, "invalid_token"),
        ({"Authorization": f"Basic {TOKEN}"}, 401, "unauthorized"),
        ({"Authorization": "Bearer"}, 401, "unauthorized"),
        (bearing(TOKEN), 200, ""),
        ({"Authorization": f"bearer {TOKEN}"}, 200, ""),
    ],
)
async def test_a_token_is_asked_for(headers: dict[str, str], status: int, error: str) -> None:
    async with gateway(quick(), access=TokenAccess(TOKEN)) as stage:
        answer = await post(stage.url(), headers=headers)
        assert answer.status_code == status
        if error:
            assert answer.json()["error"] == error
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert TOKEN not in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example.com"}, 403),
        ({"Host": "127.0.0.1.evil.example.com:80"}, 403),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Origin": "http://6.6.6.6"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Host": ""}, 403),
        ({"Origin": "file://"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "http://127.0.0.1:1@localhost:1", "Host": "localhost:1"}, 403),
        ({"Host": "["}, 403),
        ({"Origin": "https://mine.example.com"}, 200),
        ({"Host": "localhost:1"}, 200),
        ({"Origin": "http://Localhost:1", "Host": "localhost:1"}, 200),
    ],
)
async def test_pages_of_others_are_not_answered(
    guarded: dict[str, HttpDoor], headers: dict[str, str], status: int
) -> None:
    assert await status_of(guarded["127.0.0.1"], headers) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "tools.example.com"}, 200),
        ({"Host": "tools.example.com", "Origin": "https://tools.example.com"}, 200),
        ({"Host": "tools.example.com", "Origin": "https://mine.example.com"}, 200),
        ({"Host": "tools.example.com", "Origin": "https://tools.example.com.evil.example.com"}, 403),
        ({"Host": "tools.example.com", "Origin": "null"}, 403),
        ({"Host": "tools.example.com", "Origin": "http://["}, 403),
        ({"Host": "["}, 403),
    ],
)
async def test_beyond_this_machine_a_page_comes_from_the_address_it_uses(
    guarded: dict[str, HttpDoor], headers: dict[str, str], status: int
) -> None:
    assert await status_of(guarded["0.0.0.0"], headers) == status


@pytest.fixture(scope="module")
def guarded() -> dict[str, HttpDoor]:
    """Gateways by the addresses where they listen; with no servers, and one page that may use them."""
    settings = GatewaySettings(allowed_origins=("https://mine.example.com",))
    door = Door(lambda relay, listener: ConnectionManager((), relay=relay, listener=listener), settings)
    return {host: HttpDoor(door, TokenAccess(TOKEN), host) for host in ("127.0.0.1", "0.0.0.0")}


async def status_of(door: HttpDoor, headers: dict[str, str]) -> int:
    """How a request without a token is answered: 403 where it comes from a page; 200 for all others."""
    app: Any = door.app
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http:
        answer = await http.post("http://127.0.0.1:8940/mcp", headers=headers, json={})
    return 200 if answer.status_code == 401 else answer.status_code


async def test_what_is_too_large_is_refused_whatever_it_says_of_itself() -> None:
    async with gateway(quick(), settings=GatewaySettings(max_request_bytes=2_000)) as stage:

        async def pieces() -> Any:
            for _ in range(10):
                yield b"x" * 1_000

        kind = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(trust_env=False) as http:
            assert (await http.post(stage.url(), content=b"x" * 3_000, headers=kind)).status_code == 413
            assert (await http.post(stage.url(), content=pieces(), headers=kind)).status_code == 413
            assert (await http.post(stage.url(), content=b"{", headers=kind)).status_code == 400
        assert (await post(stage.url())).status_code == 200


async def test_one_caller_has_its_share() -> None:
    async with gateway(quick(), settings=GatewaySettings(requests_per_minute=5)) as stage:
        answers = [await post(stage.url()) for _ in range(7)]
        assert [one.status_code for one in answers].count(429) >= 1
        assert int(answers[-1].headers["retry-after"]) > 0


def test_limits_come_back_with_time() -> None:
    now = [0.0]
    limits = Limits(60, at_once=2, clock=lambda: now[0])
    limits.begin("a")
    limits.begin("a")
    with pytest.raises(TooMuch):
        limits.begin("a")
    limits.begin("b")
    limits.end("a")
    for _ in range(58):
        limits.begin("a")
        limits.end("a")
    with pytest.raises(TooMuch) as refused:
        limits.begin("a")
    now[0] += refused.value.seconds
    limits.begin("a")


async def test_each_call_is_written_down_without_secrets(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "gateway.jsonl"
    async with gateway(quick(), access=TokenAccess(TOKEN), audit=Audit(path)) as stage:
        async with client(stage.url(), "auto", token=TOKEN) as caller:
            await until_listed(caller, lambda names: "quick__echo" in names)
            await caller.call_tool("quick__echo", {"text": "hello"})
        secret = {"api_key": "sk-0123456789abcdef"}  # which this tool does not know
        await post(stage.url(), "tools/call", bearing(TOKEN), name="quick__echo", arguments=secret)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert path.stat().st_mode & 0o777 == 0o600
    assert [(line["server"], line["name"], line["outcome"]) for line in lines] == [
        ("quick", "echo", "complete"),
        ("quick", "echo", "error -32602"),
    ]
    assert lines[0]["who"] == "token"
    assert lines[1]["client"] == "probe 1"
    assert lines[0]["ms"] > 0
    assert "sk-0123456789abcdef" not in path.read_text()
    assert TOKEN not in path.read_text()
    assert '"hello"' in lines[0]["arguments"]


def test_the_gateways_own_token_is_for_its_user_alone(tmp_path: Path) -> None:
    token, path = kept_token(tmp_path / "gateway")
    assert len(token) >= 40
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    assert kept_token(tmp_path / "gateway") == (token, path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("\n")
    with pytest.raises(ConfigurationError, match="is empty"):
        kept_token(tmp_path / "gateway")


def test_tasks_keep_their_names_over_a_new_start(tmp_path: Path) -> None:
    key = kept_task_key(tmp_path / "gateway")
    assert len(key) >= 40
    assert (tmp_path / "gateway" / "task-key").stat().st_mode & 0o777 == 0o600
    assert kept_task_key(tmp_path / "gateway") == key
    assert kept_token(tmp_path / "gateway")[0].encode() != key


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)]
    + [(host, False) for host in ("0.0.0.0", "::", "192.168.0.1", "example.com", "localhost.example.com")],
)
def test_addresses_of_this_machine(host: str, here: bool) -> None:
    assert is_loopback(host) is here
