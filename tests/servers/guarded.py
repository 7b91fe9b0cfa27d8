"""A protected MCP server and its authorization server, within the test's own process.

The authorization server knows every grant that a client of ours uses; refresh tokens are good for one
time, and one that comes again revokes its whole family. What it does wrong is chosen by a test, by its
attributes. Nothing of it is a secret of anybody: tokens are `access-1`, `refresh-1` and so on.
"""

from __future__ import annotations

import itertools
import json
import time
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt

from tests.servers.old_sse import OldSse
from tests.servers.web import MODERN, REVISIONS, Web
from tests.servers.web_wire import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.servers.web_wire import Request

__all__ = ("Guarded", "Token")

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_JAG = "urn:ietf:params:oauth:token-type:id-jag"


@dataclass(slots=True)
class Token:
    """An access token that was given out."""

    scopes: tuple[str, ...]
    ends: float
    family: int
    thumbprint: str | None = None


class Guarded:
    """`async with Guarded() as guarded:` serves `guarded.url`, with logins at `guarded.issuer`."""

    def __init__(self, *, speaks: tuple[str, ...] = (*REVISIONS, MODERN), sse: bool = False) -> None:
        self.mcp = OldSse(before=self._guard) if sse else Web(speaks, before=self._guard)
        self.login = Web(before=self._login)
        self.life = 3600.0
        """Seconds that a token lives."""
        self.grace = 0.0
        """Seconds that a token is accepted longer than it says."""
        self.needs: dict[str, tuple[str, ...]] = {}
        """The scopes that a tool needs, by its name; `*` for everything."""
        self.first_scope = ""
        """The scope that a 401 asks for."""
        self.dpop = False
        self.nonces = False
        """Whether both servers want nonces in proofs."""
        self.nonce = "rs-nonce"
        """The one that the MCP server wants now."""
        self.rotates = True
        self.says_scope = True
        self.says_refresh = True
        """Whether an answer to a refresh has what it may leave out."""
        self.refuses = ""
        """The OAuth error that every token request is answered with."""
        self.heard: Callable[[], object] = lambda: None
        """Called when a token request has come, before it is answered."""
        self.method = "none"
        """How a client must prove itself: a method of RFC 7591."""
        self.tokens: dict[str, Token] = {}
        self.refresh_tokens: dict[str, tuple[int, tuple[str, ...], bool]] = {}
        self.revoked: list[str] = []
        self.asked: list[dict[str, str]] = []
        """The forms of all token requests."""
        self.urls: list[dict[str, str]] = []
        """The parameters of all authorization requests."""
        self.seen: list[str] = []
        """The `Authorization` of every MCP request, empty for none."""
        self.jtis: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._numbers = itertools.count(1)

    @property
    def url(self) -> str:
        return self.mcp.url

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.login.port}"

    @property
    def refreshes(self) -> int:
        """How many requests to refresh there were."""
        return sum(form["grant_type"] == "refresh_token" for form in self.asked)

    async def __aenter__(self) -> Self:
        await self.login.start()
        await self.mcp.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.mcp.stop()
        await self.login.stop()

    def give(self, scopes: tuple[str, ...] = (), *, family: int | None = None, **more: Any) -> dict[str, Any]:
        """A fresh pair of tokens, as the answer that a token request gets."""
        number = next(self._numbers)
        family = family or number
        access, refresh = f"access-{number}-token", f"refresh-{number}-token"
        self.tokens[access] = Token(
            scopes, time.time() + self.life + self.grace, family, more.get("thumbprint")
        )
        self.refresh_tokens[refresh] = (family, scopes, True)
        kind = "DPoP" if more.get("thumbprint") else "Bearer"
        answer = {"access_token": access, "token_type": kind, "expires_in": int(self.life)}
        return answer | {"refresh_token": refresh, "scope": " ".join(scopes)}

    def revoke_all(self) -> None:
        """Forget every access token; refresh tokens stay good."""
        self.tokens.clear()

    # The MCP server.

    def _guard(self, request: Request) -> Reply | None:
        if request.path.startswith("/.well-known/oauth-protected-resource"):
            return _json({"resource": self.url, "authorization_servers": [self.issuer]})
        if request.method == "POST":
            self.seen.append(request.header("authorization") or "")
        scheme, _, value = (request.header("authorization") or "").partition(" ")
        token = self.tokens.get(value)
        wanted = "dpop" if self.dpop else "bearer"
        if scheme.lower() != wanted or token is None or token.ends < time.time():
            return self._challenge(401, error="invalid_token" if value else "", scope=self.first_scope)
        if self.dpop and (wrong := self._proof_trouble(request, self.url, value, token.thumbprint)):
            headers = {"dpop-nonce": self.nonce} if self.nonces else {}
            return self._challenge(401, headers, error=wrong)
        params = request.message.get("params") or {}
        needed = (*self.needs.get("*", ()), *self.needs.get(str(params.get("name")), ()))
        if not set(needed) <= set(token.scopes):
            return self._challenge(403, error="insufficient_scope", scope=" ".join(needed))
        return None

    def _challenge(self, status: int, headers: dict[str, str] | None = None, **parameters: str) -> Reply:
        where = f"http://127.0.0.1:{self.mcp.port}/.well-known/oauth-protected-resource"
        told = {"resource_metadata": where, **{k: v for k, v in parameters.items() if v}}
        words = ", ".join(f'{name}="{value}"' for name, value in told.items())
        challenge = {"www-authenticate": f"{'DPoP' if self.dpop else 'Bearer'} {words}", **(headers or {})}
        return Reply(status, b'{"error": "refused"}', challenge)

    # The authorization server.

    def _login(self, request: Request) -> Reply | None:
        parts = urlsplit(request.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        match parts.path:
            case "/.well-known/oauth-authorization-server":
                return _json(self._metadata())
            case "/register":
                return self._register(request)
            case "/authorize":
                return self._authorize(query)
            case "/token":
                return self._token(request, form)
            case "/idp/token":
                self.asked.append(form)
                return _json({"access_token": "the-id-jag", "issued_token_type": ID_JAG, "token_type": "N_A"})
            case "/revoke":
                self.revoked.append(form["token"])
                return Reply(200)
        return Reply(404)

    def _metadata(self) -> dict[str, Any]:
        endpoints = {f"{name}_endpoint": f"{self.issuer}/{path}" for name, path in _ENDPOINTS.items()}
        return {
            "issuer": self.issuer,
            **endpoints,
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": [self.method],
            "authorization_response_iss_parameter_supported": True,
        }

    def _register(self, request: Request) -> Reply:
        asked = json.loads(request.body)
        secret = {} if self.method == "none" else {"client_secret": "the-client-secret"}
        known = {"client_id": "the-client", "token_endpoint_auth_method": self.method, **secret}
        return _json({**asked, **known}, 201)

    def _authorize(self, query: dict[str, str]) -> Reply:
        self.urls.append(query)
        code = f"code-{next(self._numbers)}"
        self._codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return Reply(302, b"", {"location": f"{query['redirect_uri']}?{urlencode(back)}"})

    def _token(self, request: Request, form: dict[str, str]) -> Reply:
        self.asked.append(form)
        self.heard()
        thumbprint = None
        if self.refuses:
            return _refused(self.refuses)
        if self.dpop:
            if wrong := self._proof_trouble(request, f"{self.issuer}/token"):
                return _refused(wrong, {"dpop-nonce": "as-nonce"} if self.nonces else {})
            thumbprint = self._thumbprint(request)
        if not self._proven(request, form):
            return _refused("invalid_client")
        scopes = tuple(form.get("scope", "").split())
        match form["grant_type"]:
            case "authorization_code":
                asked = self._codes.pop(form["code"], {})
                digest = sha256(form["code_verifier"].encode()).digest()
                if asked.get("code_challenge") != urlsafe_b64encode(digest).rstrip(b"=").decode():
                    return _refused("invalid_grant")
                bound = asked.get("dpop_jkt", thumbprint)
                scopes = tuple(asked.get("scope", "").split())
                return _json(self.give(scopes, thumbprint=thumbprint)) if bound == thumbprint else Reply(400)
            case "refresh_token":
                return self._refresh(form, thumbprint)
            case _:
                answer = self.give(scopes, thumbprint=thumbprint)
                return _json({name: value for name, value in answer.items() if name != "refresh_token"})

    def _refresh(self, form: dict[str, str], thumbprint: str | None) -> Reply:
        family, scopes, fresh = self.refresh_tokens.get(form["refresh_token"], (0, (), False))
        if not fresh:
            for access, token in tuple(self.tokens.items()):
                if token.family == family:
                    del self.tokens[access]
            self.refresh_tokens = {
                name: (whose, its, good and whose != family)
                for name, (whose, its, good) in self.refresh_tokens.items()
            }
            return _refused("invalid_grant")
        if self.rotates:
            self.refresh_tokens[form["refresh_token"]] = (family, scopes, False)
        answer = self.give(scopes, family=family, thumbprint=thumbprint)
        left_out = {"scope" * (not self.says_scope), "refresh_token" * (not self.says_refresh)}
        return _json({name: value for name, value in answer.items() if name not in left_out})

    def _proven(self, request: Request, form: dict[str, str]) -> bool:
        match self.method:
            case "client_secret_basic":
                pair = b64decode((request.header("authorization") or "Basic ").partition(" ")[2]).decode()
                return unquote(pair).partition(":")[2] == "the-client-secret"
            case "client_secret_post":
                return form.get("client_secret") == "the-client-secret"
            case "private_key_jwt":
                return "client_assertion" in form
        return True

    # Proofs (RFC 9449).

    def _proof_trouble(
        self, request: Request, url: str, token: str = "", thumbprint: str | None = None
    ) -> str:
        """The error of a proof; empty for a good one."""
        proof = request.header("dpop") or ""
        try:
            key = jwt.PyJWK(jwt.get_unverified_header(proof)["jwk"], algorithm="ES256")
            claims = jwt.decode(proof, key, algorithms=["ES256"])
        except (jwt.PyJWTError, KeyError):
            return "invalid_dpop_proof"
        wanted = {"htm": request.method, "htu": url}
        if token:
            wanted["ath"] = urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()
        again = claims["jti"] in self.jtis
        self.jtis.append(claims["jti"])
        bound = thumbprint is None or thumbprint == self._thumbprint(request)
        if again or not bound or any(claims.get(name) != value for name, value in wanted.items()):
            return "invalid_dpop_proof"
        nonce = self.nonce if token else "as-nonce"
        return "use_dpop_nonce" if self.nonces and claims.get("nonce") != nonce else ""

    def _thumbprint(self, request: Request) -> str:
        jwk = jwt.get_unverified_header(request.header("dpop") or "")["jwk"]
        members = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        return urlsafe_b64encode(sha256(members.encode()).digest()).rstrip(b"=").decode()


_ENDPOINTS = {
    "authorization": "authorize",
    "token": "token",
    "registration": "register",
    "revocation": "revoke",
}


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), headers or {})


def _refused(error: str, headers: dict[str, str] | None = None) -> Reply:
    return _json({"error": error, "error_description": f"because of {error}"}, 400, headers)
