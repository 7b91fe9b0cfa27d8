"""Who is let in over HTTP, how much they may ask for, and what is written down of it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from services.connection_manager import ConnectionManager
from services.errors import ConfigurationError
from services.gateway.access import TokenAccess, is_loopback, kept_task_key, kept_token
from services.gateway.audit import Audit
from services.gateway.door import Door
from services.gateway.http import HttpDoor
from services.gateway.limits import Limits, TooMuch
from services.gateway.tokens import OAuthAccess
from services.settings import GatewayIssuer, GatewaySettings, ServerSettings
from tests.servers.tasks import TaskServer, state
from tests.services.gateway.stage import client, gateway, until_listed
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Callable
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
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as http:
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


# An issuer's tokens.


class Issuer:
    """An authorization server that publishes a key, and gives out whatever is asked of it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.url = ""
        self.asked: list[str] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Issuer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def token(self, key: Any = None, algorithm: str = "ES256", kid: str = "one", **claims: Any) -> str:
        told = {"iss": self.url, "aud": "https://gateway", "sub": "ada", "exp": time.time() + 60}
        told = {name: value for name, value in (told | claims).items() if value is not None}
        signing: Any = None if algorithm == "none" else key or self.key
        return jwt.encode(told, signing, algorithm=algorithm, headers={"kid": kid})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        self.asked.append(path)
        told: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
            told = {"keys": [{**public, "kid": "one", "use": "sig"}]}
        body = json.dumps(told).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
        await writer.drain()
        writer.close()


BAD: dict[str, Callable[[Issuer], str]] = {
    "for another": lambda issuer: issuer.token(aud="https://another"),
    "of another issuer": lambda issuer: issuer.token(iss="https://another"),
    "expired": lambda issuer: issuer.token(exp=time.time() - 600),
    "for ever": lambda issuer: issuer.token(exp=None),
    "of another key": lambda issuer: issuer.token(ec.generate_private_key(ec.SECP256R1())),
    "of an unknown key": lambda issuer: issuer.token(kid="two"),
    "with a shared secret": lambda issuer: issuer.token("secret" * 10, "HS256"),
    "unsigned": lambda issuer: issuer.token("", "none"),
    "no token at all": lambda issuer: "abc.def.ghi",
}


@pytest.mark.parametrize("bad", list(BAD))
async def test_a_token_that_is_not_for_us_is_refused(bad: str) -> None:
    async with Issuer() as issuer:
        access = OAuthAccess(GatewayIssuer(issuer.url, "https://gateway"))
        rules = GatewaySettings(oauth=GatewayIssuer(issuer.url, "https://gateway"))
        async with gateway(quick(), access=access, settings=rules) as stage:
            answer = await post(stage.url(), headers=bearing(BAD[bad](issuer)))
            assert answer.status_code == 401, answer.text
            assert answer.json()["error"] == "invalid_token"
            place = answer.headers["www-authenticate"].partition('resource_metadata="')[2].partition('"')[0]
            assert place == "https://gateway/.well-known/oauth-protected-resource"
        assert issuer.asked.count("/keys") <= 1


async def test_tokens_of_the_issuer_are_taken_and_scopes_looked_at() -> None:
    async with Issuer() as issuer:
        rules = GatewayIssuer(issuer.url, "https://gateway", ("tools",))
        settings = GatewaySettings(oauth=rules)
        async with gateway(quick(), access=OAuthAccess(rules), settings=settings) as stage:
            good = bearing(issuer.token(scope="other tools"))
            assert (await post(stage.url(), headers=good)).status_code == 200
            missing = await post(stage.url(), headers=bearing(issuer.token(scope="other")))
            assert missing.status_code == 403
            assert 'error="insufficient_scope"' in missing.headers["www-authenticate"]
            async with httpx2.AsyncClient(trust_env=False) as http:
                told = (await http.get(f"{stage.base}/.well-known/oauth-protected-resource/mcp")).json()
            assert told["authorization_servers"] == [issuer.url]
            assert told["scopes_supported"] == ["tools"]


async def test_a_session_belongs_to_whoever_opened_it() -> None:
    async with Issuer() as issuer:
        rules = GatewayIssuer(issuer.url, "https://gateway")
        settings = GatewaySettings(oauth=rules)
        opening = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-11-25",
                "capabilities": {},
                "clientInfo": {"name": "x", "version": "1"},
            },
        }
        listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        kind = {"Accept": "application/json, text/event-stream"}
        async with (
            gateway(quick(), access=OAuthAccess(rules), settings=settings) as stage,
            httpx2.AsyncClient(trust_env=False) as http,
        ):
            ada, bob = bearing(issuer.token(sub="ada")), bearing(issuer.token(sub="bob"))
            opened = await http.post(stage.url(), json=opening, headers=kind | ada)
            session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
            assert (
                await http.post(stage.url(), json=listing, headers=kind | bob | session)
            ).status_code == 404


@pytest.mark.parametrize("method", ["tasks/get", "tasks/update", "tasks/cancel"])
async def test_a_task_belongs_to_whoever_began_it(method: str) -> None:
    tasks: Any = {"extensions": {"io.modelcontextprotocol/tasks": {}}}
    async with Issuer() as issuer, TaskServer(state("working")) as web:
        rules = GatewayIssuer(issuer.url, "https://gateway")
        server = ServerSettings("work", transport="http", url=web.url)
        async with gateway(server, access=OAuthAccess(rules), settings=GatewaySettings(oauth=rules)) as stage:
            await stage.door.manager.settled(30)
            ada, bob = bearing(issuer.token(sub="ada")), bearing(issuer.token(sub="bob"))
            called = await post(stage.url(), "tools/call", ada, tasks, name="work__work", arguments={})
            task = result_of(called)["taskId"]
            others = await post(
                stage.url(), method, bob | {"Mcp-Name": task}, tasks, taskId=task, inputResponses={}
            )
            assert "Unknown task" in others.text
            assert not web.asked(method)
            own = await post(
                stage.url(), method, ada | {"Mcp-Name": task}, tasks, taskId=task, inputResponses={}
            )
            assert "Unknown task" not in own.text
            assert web.asked(method)


def result_of(answer: httpx2.Response) -> Any:
    """The result in an answer of either kind."""
    return json.loads(answer.text.partition("data: ")[2] or answer.text)["result"]
