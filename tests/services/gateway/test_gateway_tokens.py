"""Access tokens of an OAuth issuer, and what each caller has for itself."""

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

from services.gateway.access import Refused
from services.gateway.tokens import OAuthAccess
from services.settings import GatewayIssuer, GatewaySettings, ServerSettings
from tests.servers.tasks import TaskServer, state
from tests.services.gateway.stage import gateway
from tests.services.gateway.test_gateway_access import bearing, post
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Callable


class Issuer:
    """An authorization server that publishes a key, and gives out whatever is asked of it."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.kid = "one"
        self.url = ""
        self.asked: list[str] = []
        self.broken: dict[str, tuple[str, str]] = {}
        """Paths that are answered in another way: with which status, and what."""
        self.answers = asyncio.Event()
        self.answers.set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Issuer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    def token(self, key: Any = None, algorithm: str = "ES256", kid: str | None = "one", **claims: Any) -> str:
        told = {"iss": self.url, "aud": "https://gateway", "sub": "ada", "exp": time.time() + 60}
        told = {name: value for name, value in (told | claims).items() if value is not None}
        signing: Any = None if algorithm == "none" else key or self.key
        return jwt.encode(told, signing, algorithm=algorithm, headers={"kid": kid} if kid else None)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
        self.asked.append(path)
        told: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
            told = {"keys": [{**public, "kid": self.kid, "use": "sig"}]}
        await self.answers.wait()
        status, text = self.broken.get(path, ("200 OK", json.dumps(told)))
        body = text.encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
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


BROKEN = {
    "away": ("503 Service Unavailable", "{}"),
    "an error page": ("500 Internal Server Error", '{"keys": []}'),
    "a page": ("200 OK", "<html>"),
    "no keys": ("200 OK", '{"error": "later"}'),
    "odd keys": ("200 OK", '{"keys": {}}'),
}


async def refusal(access: OAuthAccess, token: str) -> int:
    """The status that a token is refused with; 200 where it is taken."""
    try:
        await access.bearer({"authorization": f"Bearer {token}"})
    except Refused as error:
        return error.status
    return 200


@pytest.mark.parametrize("path", ["/keys", "/.well-known"])
@pytest.mark.parametrize("broken", list(BROKEN))
async def test_trouble_at_the_issuer_makes_no_good_token_bad(path: str, broken: str) -> None:
    now = [0.0]
    async with Issuer() as issuer:
        access = OAuthAccess(GatewayIssuer(issuer.url, "https://gateway"), lambda: now[0])
        places = (
            ["/keys"]
            if path == "/keys"
            else ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]
        )
        issuer.broken = dict.fromkeys(places, BROKEN[broken])
        good, nameless = issuer.token(), issuer.token(kid=None)
        assert [await refusal(access, good) for _ in range(2)] == [503, 503]
        now[0] += 11
        issuer.broken.clear()
        assert [await refusal(access, one) for one in (good, nameless)] == [200, 200]
        now[0] += 700
        issuer.broken = dict.fromkeys(places, BROKEN[broken])
        assert await refusal(access, good) == 200
        now[0] += 11
        issuer.kid = "two"  # which cannot be read now
        assert await refusal(access, issuer.token(kid="two")) == 503
        assert await refusal(access, good) == 200
        now[0] += 11
        issuer.broken.clear()
        assert await refusal(access, issuer.token(kid="two")) == 200
        assert await refusal(access, good) == 401  # it is no key of the issuer any more


async def test_whoever_names_an_unknown_key_holds_up_nobody_with_a_known_one() -> None:
    now = [0.0]
    async with Issuer() as issuer:
        access = OAuthAccess(GatewayIssuer(issuer.url, "https://gateway"), lambda: now[0])
        good = issuer.token()
        assert await asyncio.gather(*(refusal(access, good) for _ in range(5))) == [200] * 5
        assert issuer.asked.count("/keys") == 1
        now[0] += 11
        issuer.answers.clear()
        invented = [asyncio.create_task(refusal(access, issuer.token(kid=f"{n}"))) for n in range(3)]
        await asyncio.sleep(0.05)
        for token in (good, issuer.token(kid=None)):
            assert await asyncio.wait_for(refusal(access, token), 2) == 200
        assert not any(one.done() for one in invented)
        issuer.answers.set()
        assert await asyncio.gather(*invented) == [401] * 3


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
