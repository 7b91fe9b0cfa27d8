"""A login behind a recorder: the client knows our address as the server's, so its login must know it too.

A client takes protected-resource metadata only for the URL it was given (RFC 9728, 3.3), and asks for a
token for that URL (RFC 8707). So metadata names our address, the authorization server goes through us,
and where a request names our address it names the server's behind us. The person's pages stay with the
authorization server. Nothing of it is recorded but that it was.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from services.errors import ConnectionFailed
from services.secrecy.urls import masked_url
from services.web.origins import same_origin
from services.web.urls import base_of, issuers_match, may_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ("Answer", "LoginPassage")

_OURS: Final = "/.jackfield-login"
_RESOURCE: Final = "/.well-known/oauth-protected-resource"
_SERVER: Final = re.compile(
    r"(?P<before>.*)/\.well-known/(?P<kind>oauth-authorization-server|openid-configuration)(?P<after>/.*)?"
)
_NAMED: Final = re.compile(r'resource_metadata\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)
_ENDPOINTS: Final = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "registration_endpoint": "register",
    "pushed_authorization_request_endpoint": "push",
    "revocation_endpoint": "revoke",
    "device_authorization_endpoint": "device",
}
_BOUND_TO_PLACES: Final = (
    *("dpop_signing_alg_values_supported", "mtls_endpoint_aliases", "signed_metadata"),
    "require_signed_request_object",
)
"""What holds only at the authorization server's own URLs."""
_LARGEST: Final = 1 << 20
_MOST_WAYS: Final = 1_000
_PASSED_ON: Final = frozenset({"accept", "authorization", "content-type", "user-agent"})
_PASSED_BACK: Final = frozenset(
    {"cache-control", "content-type", "pragma", "retry-after", "www-authenticate"}
)


class Answer(NamedTuple):
    """What the client is answered."""

    status: int
    headers: Sequence[tuple[bytes, bytes]] = ()
    body: bytes = b""


class LoginPassage:
    """What belongs to logins; `answer` is asked about every request first."""

    def __init__(self, server_url: str, client: httpx2.AsyncClient) -> None:
        self._server_url = server_url
        self._base = base_of(server_url)
        self._client = client
        self._metadata_url = ""
        """Where the server said that its metadata is."""
        self._resource = server_url
        self._issuers: list[str] = []
        self._places: dict[int, str] = {}
        """Where each of them is on our address."""
        self._endpoints: dict[tuple[int, str], str] = {}
        self._registered: set[str] = set()
        """Clients that registered through us: our way back is one of theirs."""
        self._ways: set[str] = set()
        """Redirect URIs of clients, for which there is a way back through us."""

    def challenge(self, value: str, ours: str) -> str:
        """A `WWW-Authenticate` header as the client is to see it."""
        named = _NAMED.search(value)
        if named is None:
            return value
        self._metadata_url = named[1] or named[2]
        there = f"{ours}{_RESOURCE}{urlsplit(self._server_url).path.rstrip('/')}"
        return f'{value[: named.start()]}resource_metadata="{there}"{value[named.end() :]}'

    async def answer(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, ours: str
    ) -> Answer | None:
        """The answer to a request that belongs to a login, at our origin `ours`; None for any other.

        Raises ConnectionFailed and errors of httpx2.
        """
        if method == "GET" and path.startswith(_RESOURCE):
            return await self._resource_metadata(path, ours)
        if method == "GET" and (named := _SERVER.fullmatch(path)) is not None:
            return await self._server_metadata(named, ours)
        if not path.startswith(f"{_OURS}/"):
            return None
        number, _, name = path.removeprefix(f"{_OURS}/").partition("/")
        if not number.isdecimal() or int(number) >= len(self._issuers):
            return Answer(404)
        name, _, rest = name.partition("/")
        if name == "back":
            return self._back(int(number), rest, query, ours)
        endpoint = self._endpoints.get((int(number), name))
        if endpoint is None:
            return Answer(404)
        if name == "authorize":
            return self._authorize(int(number), endpoint, query, ours)
        if name == "register":
            return await self._register(int(number), endpoint, headers, body, ours)
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        sent = urlencode(self._translated(int(number), form, headers, ours)).encode()
        return await self._passed(endpoint, headers, sent)

    # Metadata.

    async def _resource_metadata(self, path: str, ours: str) -> Answer:
        found = await self._fetched(self._metadata_url or f"{self._base}{path}")
        if not isinstance(found, dict):
            return Answer(404)
        if isinstance(resource := found.get("resource"), str):
            self._resource = resource
        at_home = same_origin(self._resource, self._server_url)
        path = urlsplit(self._resource if at_home else self._server_url).path
        told = found | {"resource": f"{ours}{path}"}
        if isinstance(issuers := found.get("authorization_servers"), list):
            told["authorization_servers"] = [
                f"{ours}{_OURS}/{self._number(one)}" for one in issuers if isinstance(one, str)
            ]
        return _json(told)

    async def _server_metadata(self, named: re.Match[str], ours: str) -> Answer:
        """Of an authorization server that we named, or of one at the server's own origin (2025-03-26)."""
        place, kind = named["before"] or named["after"] or "", named["kind"]
        number = place.removeprefix(f"{_OURS}/")
        if place.startswith(f"{_OURS}/") and number.isdecimal() and int(number) < len(self._issuers):
            issuer = self._issuers[int(number)]
        elif place.startswith(_OURS):
            return Answer(404)
        else:
            issuer = f"{self._base}{place}"
        parts = urlsplit(issuer)
        root, below = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        behind = bool(named["before"])
        url = f"{root}{below}/.well-known/{kind}" if behind else f"{root}/.well-known/{kind}{below}"
        found = await self._fetched(url)
        if not isinstance(found, dict) or not issuers_match(str(found.get("issuer")), issuer):
            return Answer(404)
        which = self._number(issuer)
        self._places[which] = place
        told = {key: value for key, value in found.items() if key not in _BOUND_TO_PLACES}
        for key, name in _ENDPOINTS.items():
            if isinstance(endpoint := found.get(key), str):
                self._endpoints[which, name] = endpoint
                told[key] = f"{ours}{_OURS}/{which}/{name}"
        if "registration_endpoint" in told:
            told.pop("client_id_metadata_document_supported", None)  # whose way back would not be through us
        return _json(told | {"issuer": f"{ours}{place}"})

    def _number(self, issuer: str) -> int:
        if issuer not in self._issuers:
            self._issuers.append(issuer)
        return self._issuers.index(issuer)

    # Requests.

    def _authorize(self, number: int, endpoint: str, query: str, ours: str) -> Answer:
        sent = urlencode(self._translated(number, parse_qsl(query, keep_blank_values=True), {}, ours))
        return _redirect(f"{endpoint}{'&' if '?' in endpoint else '?'}{sent}")

    async def _register(
        self, number: int, endpoint: str, headers: Mapping[str, str], body: bytes, ours: str
    ) -> Answer:
        try:
            asked = json.loads(body)
            ways = [way for way in asked["redirect_uris"] if isinstance(way, str)]
        except (ValueError, RecursionError, TypeError, KeyError):
            return await self._passed(endpoint, headers, body)
        if len(self._ways) + len(ways) > _MOST_WAYS:
            return Answer(429)
        self._ways.update(ways)
        through = [self._way(number, way, ours) for way in ways]
        sent = json.dumps(asked | {"redirect_uris": [*through, *ways]}).encode()
        answer = await self._passed(endpoint, headers, sent)
        try:
            known = json.loads(answer.body)
        except (ValueError, RecursionError):
            return answer
        if not isinstance(known, dict) or not isinstance(known.get("client_id"), str):
            return answer
        self._registered.add(known["client_id"])
        return _json(known | {"redirect_uris": ways}, answer.status)

    def _translated(
        self, number: int, form: list[tuple[str, str]], headers: Mapping[str, str], ours: str
    ) -> list[tuple[str, str]]:
        """A form or a query with the server's address in the place of ours."""
        client = dict(form).get("client_id") or _basic_name(headers.get("authorization", ""))
        told = []
        for key, value in form:
            if key == "resource" and same_origin(value, ours):
                value = self._resource
            elif key == "redirect_uri" and client in self._registered and value in self._ways:
                value = self._way(number, value, ours)
            told.append((key, value))
        return told

    def _way(self, number: int, redirect_uri: str, ours: str) -> str:
        hidden = urlsafe_b64encode(redirect_uri.encode("utf-8", "replace")).rstrip(b"=").decode()
        return f"{ours}{_OURS}/{number}/back/{hidden}"

    def _back(self, number: int, hidden: str, query: str, ours: str) -> Answer:
        """The browser comes back: on to the client, with the issuer as the client knows it."""
        try:
            way = urlsafe_b64decode(hidden + "=" * (-len(hidden) % 4)).decode()
        except ValueError:
            return Answer(404)
        if way not in self._ways:
            return Answer(404)
        there = f"{ours}{self._places.get(number, '')}"
        said = [
            (key, there if key == "iss" and issuers_match(value, self._issuers[number]) else value)
            for key, value in parse_qsl(query, keep_blank_values=True)
        ]
        return _redirect(f"{way}{'&' if '?' in way else '?'}{urlencode(said)}")

    # The authorization server.

    async def _fetched(self, url: str) -> Any:
        """The JSON at a URL; None where there is none."""
        answer = await self._asked(httpx2.Request("GET", url, headers={"accept": "application/json"}))
        try:
            return json.loads(answer.body) if answer.status == 200 else None
        except (ValueError, RecursionError):
            return None

    async def _passed(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = {name: value for name, value in headers.items() if name in _PASSED_ON}
        return await self._asked(httpx2.Request("POST", url, headers=sent, content=body))

    async def _asked(self, request: httpx2.Request) -> Answer:
        url = str(request.url)
        if not may_name(self._server_url, url) and not same_origin(url, self._server_url):
            raise ConnectionFailed(f"the login would go to {masked_url(url)}, which is not secure")
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LARGEST:
                    raise ConnectionFailed("the authorization server answered with more than 1 MiB")
        finally:
            await response.aclose()
        kept = [
            (name, value) for name, value in response.headers.raw if name.decode().lower() in _PASSED_BACK
        ]
        return Answer(response.status_code, kept, body)


def _basic_name(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return urlsafe_b64decode(value.translate({43: "-", 47: "_"})).decode().partition(":")[0]
    except ValueError:
        return ""


def _json(value: object, status: int = 200) -> Answer:
    headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))
    return Answer(status, headers, json.dumps(value).encode())


def _redirect(url: str) -> Answer:
    return Answer(302, ((b"location", url.encode("ascii", "replace")), (b"cache-control", b"no-store")))
