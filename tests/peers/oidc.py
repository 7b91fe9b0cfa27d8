"""A protected MCP server for the tests: `oidc-provider` in front, `tests/servers/web.py` behind.

`OidcProvider` is the authorization server, a process of Node.js; `Guard` is what the MCP server does with
tokens: it tells where to log in, and asks the authorization server about every token it is shown.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import jwt

from tests.peers.install import PEERS, node
from tests.peers.servers import end
from tests.servers.web_wire import Reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.web_wire import Request

__all__ = ("Guard", "OidcProvider", "oidc_provider")

PROGRAM = Path(__file__).with_name("oidc_provider.mjs")
START_TIMEOUT = 20.0
METADATA = "/.well-known/oauth-protected-resource/mcp"


class OidcProvider:
    """The running authorization server, and what it has told so far."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._told: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self.client = httpx2.Client(timeout=10, trust_env=False)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.issuer: str = self.wait_for(issuer=None)["issuer"]

    def told(self, **wanted: Any) -> list[dict[str, Any]]:
        """What was told so far and has these members; with None any value will do."""
        with self._changed:
            return [told for told in self._told if _has(told, wanted)]

    def wait_for(self, **wanted: Any) -> dict[str, Any]:
        """The first such thing, as soon as it is told."""
        with self._changed:
            there = self._changed.wait_for(lambda: self.told(**wanted), START_TIMEOUT)
        assert there, f"oidc-provider never told {wanted}; it told {self._told}"
        return self.told(**wanted)[0]

    def refreshes(self) -> int:
        """How often a refresh token was taken for new tokens."""
        return len(self.told(event="token", grant="refresh_token"))

    def about(self, token: str) -> dict[str, Any]:
        """What the server knows about a token (RFC 7662)."""
        form = {"token": token, "client_id": "resource-server", "client_secret": "resource-server-secret"}
        answer = self.client.post(f"{self.issuer}/token/introspection", data=form)
        answer.raise_for_status()
        known: dict[str, Any] = answer.json()
        return known

    def close(self) -> None:
        self.client.close()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        end(self._process)
        self._reader.join(5)
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._told.append(json.loads(line))
                self._changed.notify_all()


@contextmanager
def oidc_provider(resource: str, **options: Any) -> Iterator[OidcProvider]:
    """The authorization server of one resource while the block runs; the options are those of the script."""
    process = subprocess.Popen(
        [node(), PROGRAM, PEERS / "node", json.dumps({"resource": resource, **options})],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    provider = OidcProvider(process)
    try:
        yield provider
    finally:
        provider.close()


@dataclass(slots=True)
class Guard:
    """Lets requests to a `Web` through whose token is good: `Web(before=guard)`."""

    provider: OidcProvider
    resource: str
    writes: frozenset[str] = frozenset()
    """Tools that need the scope `tools:write`."""
    dpop: bool = False
    """Whether only tokens bound to a key are taken."""
    nonce: str = ""
    """What proofs have to carry (RFC 9449, 9)."""
    scope: str = "tools:read"
    """What it tells to ask for."""
    refused: list[str] = field(default_factory=list)
    """Why requests were refused, in their order."""
    _seen: set[str] = field(default_factory=set)

    def __call__(self, request: Request) -> Reply | None:
        if request.path == METADATA:
            return self._metadata()
        if request.path.startswith("/.well-known/"):
            return Reply(404)
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        if not token:
            return self._refuse("", scope=self.scope)
        known = self.provider.about(token)
        if not known["active"] or known["aud"] != self.resource:
            return self._refuse("invalid_token")
        if scheme.lower() != ("dpop" if self.dpop else "bearer"):
            return self._refuse("invalid_token")
        if self.dpop and (wrong := self._unproven(request, token, known["cnf"]["jkt"])):
            return self._refuse(wrong)
        tool = (request.message.get("params") or {}).get("name")
        if tool in self.writes and "tools:write" not in known["scope"].split():
            return self._refuse("insufficient_scope", 403, scope="tools:write")
        return None

    def _metadata(self) -> Reply:
        known: dict[str, Any] = {
            "resource": self.resource,
            "authorization_servers": [self.provider.issuer],
            "scopes_supported": self.scope.split(),
            "bearer_methods_supported": ["header"],
        }
        if self.dpop:
            known |= {
                "dpop_bound_access_tokens_required": True,
                "dpop_signing_alg_values_supported": ["ES256"],
            }
        return Reply(200, json.dumps(known).encode())

    def _refuse(self, error: str, status: int = 401, **parameters: str) -> Reply:
        self.refused.append(error or "no token")
        parameters["resource_metadata"] = self.resource.removesuffix("/mcp") + METADATA
        if error:
            parameters["error"] = error
        told = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
        headers = {"www-authenticate": f"{'DPoP' if self.dpop else 'Bearer'} {told}"}
        return Reply(status, headers=headers | ({"dpop-nonce": self.nonce} if self.nonce else {}))

    def _unproven(self, request: Request, token: str, thumbprint: str) -> str:
        """What is wrong with the proof by the key that the token is bound to (RFC 9449, 4.3)."""
        proofs = request.headers.get("dpop", [])
        if len(proofs) != 1:
            return "invalid_dpop_proof"
        header = jwt.get_unverified_header(proofs[0])
        key = jwt.PyJWK(header["jwk"], algorithm="ES256")
        claims = jwt.decode(proofs[0], key, algorithms=["ES256"], options={"require": ["jti", "iat"]})
        told = (header["typ"], claims["htm"], claims["htu"], claims["ath"], _thumbprint(header["jwk"]))
        wanted = ("dpop+jwt", request.method, self.resource, _hashed(token), thumbprint)
        if told != wanted or "d" in header["jwk"] or claims["jti"] in self._seen:
            return "invalid_dpop_proof"
        self._seen.add(claims["jti"])
        return "" if claims.get("nonce", "") == self.nonce else "use_dpop_nonce"


def _has(told: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(key in told and value in (None, told[key]) for key, value in wanted.items())


def _thumbprint(jwk: dict[str, str]) -> str:
    needed = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return _hashed(json.dumps(needed, separators=(",", ":"), sort_keys=True))


def _hashed(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
