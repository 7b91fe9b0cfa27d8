"""The metadata of an authorization server, at all places where it may be.

RFC 8414, section 3.1; OpenID Connect Discovery 1.0, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from services.errors import LoginFailed
from services.oauth.trust import key_line
from services.text import one_line
from services.web.urls import base_of, endpoint_flaw, is_secure, issuers_match, joined, may_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from services.oauth.http import Answer, OAuthHttp
    from services.oauth.trust import Trust

__all__ = (
    "FoundServer",
    "chosen_servers",
    "first_server",
    "own_server",
    "refusal_of",
    "server_urls",
)

_STEP: Final = "authorization server"
_WELL_KNOWN: Final = "/.well-known"
_ENDPOINTS: Final = (
    *("authorization_endpoint", "token_endpoint", "registration_endpoint"),
    *("revocation_endpoint", "introspection_endpoint"),
)


@dataclass(frozen=True, slots=True)
class FoundServer:
    """An authorization server as it was asked for, with its metadata where it publishes any."""

    asked: str
    metadata: Mapping[str, Any] | None


def server_urls(issuer: str) -> list[str]:
    """Where the metadata of an authorization server may be, in order."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    base = base_of(issuer)
    urls = [f"{base}{_WELL_KNOWN}/oauth-authorization-server{path}"]
    urls.append(f"{base}{_WELL_KNOWN}/openid-configuration{path}")
    return [*urls, f"{base}{path}{_WELL_KNOWN}/openid-configuration"] if path else urls


def chosen_servers(http: OAuthHttp, servers: Iterable[Any], issuer: str | None) -> list[str]:
    """Those to try of the servers that a resource names; only the one that is configured, where one is."""
    named = [server for server in servers if isinstance(server, str)]
    if issuer is None:
        return named
    if chosen := [server for server in named if issuers_match(server, issuer)]:
        return chosen[:1]
    raise http.failure(
        _STEP,
        f"the server does not name {one_line(issuer, 200)}, but {one_line(', '.join(named), 200)}",
        hint="oauth.authorization_server_issuer says which one to accept.",
    )


async def first_server(http: OAuthHttp, issuers: list[str], named_by: str, trust: Trust) -> FoundServer:
    """The first of these that a login may use. Raises LoginFailed, that of the first, where none is."""
    failures: list[LoginFailed] = []
    for issuer in issuers:
        http.step(_STEP, f"issuer {issuer}")
        try:
            if not may_name(named_by, issuer):
                raise http.failure(_STEP, f"the issuer {issuer} {refusal_of(issuer)}")
            search = _Search(http, named_by, trust)
            if (metadata := await search.at(server_urls(issuer), issuer)) is not None:
                return FoundServer(issuer, metadata)
            search.raise_refusal()
            raise http.failure(_STEP, f"{issuer} publishes no metadata at any of its places")
        except LoginFailed as failure:
            failures.append(failure)
    if len(issuers) > 1:
        http.step(_STEP, f"none of {len(issuers)} can be used: this is about the first", False)
    raise failures[0]


async def own_server(http: OAuthHttp, server_url: str, trust: Trust) -> FoundServer:
    """The MCP server as its own authorization server (2025-03-26): under its path, and without it.

    Raises LoginFailed for what is published, and is not right; what may be guessed has no metadata.
    """
    base, path = base_of(server_url), urlsplit(server_url).path.rstrip("/")
    search = _Search(http, server_url, trust)
    for issuer in dict.fromkeys((f"{base}{path}", base)):
        # The slash at the end of a path makes no other place (RFC 8414, 3.1).
        metadata = await search.at(server_urls(issuer), issuer, *((f"{issuer}/",) if path else ()))
        if metadata is not None:
            return FoundServer(str(metadata["issuer"]), metadata)
    search.raise_refusal()
    return FoundServer(base, None)


def refusal_of(url: object) -> str:
    """Why a URL that somebody named is not gone to."""
    here = isinstance(url, str) and is_secure(url)
    return "is on this machine, and the server is not" if here else "is neither https nor on this machine"


class _Search:
    """Goes from place to place, and keeps what was wrong at those where something was."""

    def __init__(self, http: OAuthHttp, named_by: str, trust: Trust) -> None:
        self._http, self._named_by, self._trust = http, named_by, trust
        self._foreign: tuple[str, str] | None = None
        """The issuer that was asked, and the one that its metadata names."""
        self._trouble: Answer | None = None
        self._silence: LoginFailed | None = None
        """The failure of the place that said nothing at all: a path may hang while others are served."""

    async def at(self, urls: list[str], *issuers: str) -> Mapping[str, Any] | None:
        """The metadata of one of these issuers. Raises LoginFailed where its endpoints are not to be used."""
        for url in urls:
            if (answer := await self._answer(url)) is None:
                continue
            metadata = answer.object if answer.is_ok else None
            if answer.is_passing:
                self._trouble = self._trouble or answer
            elif metadata is not None and self._is_of(metadata, issuers):
                made_whole = self._made_whole(metadata)
                self._check_endpoints(made_whole)
                self._http.step(_STEP, f"metadata of {metadata['issuer']}", True)
                return made_whole
            elif answer.is_ok and metadata is None:
                self._http.step(
                    _STEP, f"not usable: {answer.kind or 'no content type'} instead of JSON", False
                )
        return None

    async def _answer(self, url: str) -> Answer | None:
        """What is said at a place; None where nothing came. Raises the second time that nothing comes."""
        try:
            return await self._http.get(url, what=_STEP)
        except LoginFailed as failure:
            if failure.reason != "network" or self._silence is not None:
                raise self._silence or failure from failure
            self._silence = failure
            return None

    def raise_refusal(self) -> None:
        """Raise what was wrong, where anything was: metadata of somebody else before a failing server."""
        if self._foreign is not None:
            asked, told = (one_line(issuer, 200) for issuer in self._foreign)
            raise self._http.failure(
                _STEP,
                f"the metadata of {asked} is that of another issuer: {told} (RFC 8414, section 3.3)",
                hint="The two must be the same, character by character. If you trust that one: "
                + key_line("oauth.trusted_issuer", self._foreign[1]),
            )
        if self._trouble is not None:
            said = f"{self._trouble.url} failed: {self._trouble.said}"
            raise self._http.failure(_STEP, said, hint="Try again later.")
        if self._silence is not None:
            raise self._silence

    def _is_of(self, metadata: Mapping[str, Any], issuers: tuple[str, ...]) -> bool:
        told = metadata.get("issuer")
        if not isinstance(told, str):
            self._http.step(_STEP, "not usable: no issuer in it", False)
            return False
        if any(issuers_match(told, issuer) for issuer in issuers):
            return True
        if told in self._trust.issuers:
            self._http.step(_STEP, f"another issuer, trusted by oauth.trusted_issuer: {told}")
            return True
        self._http.step(_STEP, f"not usable: metadata of another issuer, {told}", False)
        self._foreign = self._foreign or (issuers[0], told)
        return False

    def _made_whole(self, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        """The metadata without endpoints of no word, and with those that are paths as URLs of the issuer."""
        metadata = {name: value for name, value in metadata.items() if name not in _ENDPOINTS or value != ""}
        paths = {
            name: path
            for name, path in _endpoints(metadata)
            if isinstance(path, str) and path.startswith("/") and not path.startswith("//")
        }
        for name, path in paths.items():
            self._http.step(_STEP, f"its {name} is a path, and taken for one of the issuer: {path}")
        return {**metadata, **{name: joined(metadata["issuer"], path) for name, path in paths.items()}}

    def _check_endpoints(self, metadata: Mapping[str, Any]) -> None:
        for name, url in _endpoints(metadata):
            if not isinstance(url, str) or not may_name(self._named_by, url):
                said = f"its {name} {refusal_of(url)}: {one_line(str(url), 200)}"
                raise self._http.failure(_STEP, said)
            if flaw := endpoint_flaw(url):
                raise self._http.failure(_STEP, f"its {name} {flaw}: {one_line(url, 200)}")


def _endpoints(metadata: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, metadata[name]) for name in _ENDPOINTS if metadata.get(name) is not None)
