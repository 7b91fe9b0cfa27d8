"""Finding out who gives tokens for an MCP server: RFC 9728, RFC 8414, OpenID Connect Discovery.

The order is that of the specification, basic/authorization/authorization-server-discovery; a
server without any resource metadata is taken for one of 2025-03-26, which is its own
authorization server. Nothing here imports the SDK: `mcp list` asks servers without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from services.oauth.challenge import Challenge
from services.oauth.http import DISCOVERY_SECONDS
from services.oauth.trust import Trust, key_line
from services.text import one_line
from services.web.origins import origin
from services.web.urls import (
    base_of,
    canonical,
    covers,
    endpoint_flaw,
    is_secure,
    issuers_match,
    joined,
    may_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.http import Answer, OAuthHttp

__all__ = ("Challenge", "Discovery", "discover", "find_challenge", "resource_of", "server_urls")

_WELL_KNOWN: Final = "/.well-known"
_RESOURCE: Final = "resource metadata"
_SERVER: Final = "authorization server"
_TOO_MANY: Final = 429
_ANY: Final = "application/json, text/event-stream"
_ENDPOINTS: Final = (
    *("authorization_endpoint", "token_endpoint", "registration_endpoint"),
    *("revocation_endpoint", "introspection_endpoint"),
)
_KEPT: Final = (
    *("issuer", "token_endpoint", "revocation_endpoint", "token_endpoint_auth_methods_supported"),
    *("token_endpoint_auth_signing_alg_values_supported", "revocation_endpoint_auth_methods_supported"),
)


@dataclass(frozen=True, slots=True)
class Discovery:
    """What is known of a server's login before anybody logs in."""

    server_url: str
    issuer: str
    """The authorization server, as its own metadata writes it."""
    resource: str
    """What tokens are for (RFC 8707): the metadata's `resource`, else the server's URL."""
    resource_metadata: Mapping[str, Any] | None = None
    server_metadata: Mapping[str, Any] | None = None
    """None when there is none: then the endpoints are those of 2025-03-26."""
    challenge: Challenge | None = field(default=None)
    trust: Trust = field(default_factory=Trust)
    also_known_as: tuple[str, ...] = ()
    """What else the authorization server may call itself in answers."""

    @property
    def found(self) -> bool:
        """Whether the server publishes anything about a login."""
        return self.resource_metadata is not None or self.server_metadata is not None

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The authorization server's metadata, or the default endpoints where it has none."""
        if self.server_metadata is not None:
            return self.server_metadata
        base = base_of(self.server_url)
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "registration_endpoint": f"{base}/register",
        }

    @property
    def scopes_supported(self) -> tuple[str, ...] | None:
        """The resource's scopes; None when its metadata does not list them."""
        return _texts((self.resource_metadata or {}).get("scopes_supported"))

    @property
    def offers_offline_access(self) -> bool:
        """Whether the authorization server gives refresh tokens for `offline_access` (SEP-2207)."""
        return "offline_access" in (_texts(self.metadata.get("scopes_supported")) or ())

    @property
    def wants_dpop(self) -> bool:
        """Whether the resource takes no other tokens than bound ones (RFC 9728, RFC 9449)."""
        told = (self.resource_metadata or {}).get("dpop_bound_access_tokens_required") is True
        return told or (self.challenge is not None and self.challenge.scheme == "dpop")

    @property
    def kept_metadata(self) -> dict[str, Any]:
        """What a refresh or a revocation needs later."""
        return {name: self.metadata[name] for name in _KEPT if name in self.metadata}


async def find_challenge(http: OAuthHttp, server_url: str) -> tuple[int, Challenge | None]:
    """Ask the server without a token: its status, and its challenge where it gives one.

    By a POST that opens no session; by GET where the server knows no POST, as with HTTP+SSE.
    """
    ping = {"jsonrpc": "2.0", "id": 0, "method": "ping"}
    headers = {"Accept": _ANY, "Mcp-Method": "ping"}
    answer = await http.post_json(server_url, ping, headers, what="challenge", timeout=DISCOVERY_SECONDS)
    if answer.status in (404, 405):
        answer = await http.get(server_url, what="challenge", accept=_ANY)
    challenge = Challenge.of(answer.headers) if answer.status in (401, 403) else None
    if challenge is not None:
        told = [f"scheme {challenge.scheme}"]
        told += [f"resource_metadata {challenge.resource_metadata}"] if challenge.resource_metadata else []
        told += [f"scope {challenge.scope}"] if challenge.scope else []
        http.step("challenge", ", ".join(told), True)
    else:
        http.step("challenge", "no WWW-Authenticate with a Bearer challenge", None)
    return answer.status, challenge


async def discover(
    http: OAuthHttp,
    server_url: str,
    challenge: Challenge | None = None,
    *,
    issuer: str | None = None,
    trust: Trust | None = None,
) -> Discovery:
    """Find the resource metadata and the authorization server of an MCP server.

    `issuer` is the only authorization server to accept (`oauth.authorization_server_issuer`).
    Raises LoginFailed for what is wrong; a server that publishes nothing is not wrong (`found`).
    """
    trust = trust or Trust(issuer)
    issuer = trust.issuer
    resource_metadata = await _resource_metadata(http, server_url, challenge, trust)
    if resource_metadata is None:
        wanted = issuer or base_of(server_url)
        server_metadata = await _server_metadata(http, wanted, issuer or server_url, trust, legacy=not issuer)
        resource = canonical(server_url)
    else:
        wanted = _chosen(http, resource_metadata["authorization_servers"], issuer)
        http.step(_SERVER, f"issuer {wanted}")
        server_metadata = await _server_metadata(http, wanted, issuer or server_url, trust, legacy=False)
        resource = resource_metadata["resource"]
    known_as = server_metadata["issuer"] if server_metadata is not None else wanted
    others = tuple(one for one in (wanted, *trust.issuers) if one != known_as)
    return Discovery(
        server_url, known_as, resource, resource_metadata, server_metadata, challenge, trust, others
    )


# The resource.


def server_urls(issuer: str) -> list[str]:
    """Where the metadata of an authorization server may be, in order."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    base = base_of(issuer)
    urls = [f"{base}{_WELL_KNOWN}/oauth-authorization-server{path}"]
    urls.append(f"{base}{_WELL_KNOWN}/openid-configuration{path}")
    return [*urls, f"{base}{path}{_WELL_KNOWN}/openid-configuration"] if path else urls


async def _resource_metadata(
    http: OAuthHttp, server_url: str, challenge: Challenge | None, trust: Trust
) -> dict[str, Any] | None:
    trouble: Answer | None = None
    for url in _resource_urls(server_url, challenge):
        if not may_name(server_url, url) and origin(url) != origin(server_url):
            http.step(_RESOURCE, f"not asked: {url} {_refusal(url)}", False)
            continue
        answer = await http.get(url, what=_RESOURCE)
        if answer.status >= 500 or answer.status == _TOO_MANY:
            trouble = trouble or answer
        metadata = answer.object if answer.is_ok else None
        if metadata is not None and (wrong := _unusable(metadata)):
            http.step(_RESOURCE, f"not usable: {wrong}", False)
        elif metadata is not None:
            _check_resource(http, metadata["resource"], server_url, trust)
            return metadata
        elif answer.is_ok:
            http.step(_RESOURCE, f"not usable: {answer.kind or 'no content type'} instead of JSON", False)
    if trouble is not None:
        # A failing server says nothing about what it publishes: no reason to go another way.
        raise http.failure(_RESOURCE, f"{trouble.url} failed: {trouble.said}", hint="Try again later.")
    return None


def _resource_urls(server_url: str, challenge: Challenge | None) -> list[str]:
    path = urlsplit(server_url).path.rstrip("/")
    base = f"{base_of(server_url)}{_WELL_KNOWN}/oauth-protected-resource"
    named = challenge.resource_metadata if challenge is not None else None
    urls = [joined(server_url, named)] if named else []
    urls += [f"{base}{path}"] if path else []
    return list(dict.fromkeys((*urls, base)))


def _unusable(metadata: Mapping[str, Any]) -> str:
    """What is missing in resource metadata; empty when nothing is."""
    if not isinstance(metadata.get("resource"), str):
        return "no resource in it"
    return "" if _texts(metadata.get("authorization_servers")) else "no authorization_servers in it"


def _check_resource(http: OAuthHttp, resource: str, server_url: str, trust: Trust) -> None:
    if not covers(resource, server_url) and resource != trust.resource:
        raise http.failure(
            _RESOURCE,
            f"resource is {one_line(resource, 200)}, which does not cover {one_line(server_url, 200)}"
            " (RFC 9728, section 3.3)",
            hint="The server must name its own URL there, or one above it. If you trust that one:"
            f" {key_line('oauth_resource', resource)}",
        )
    http.step(_RESOURCE, f"resource {resource}", True)


# The authorization server.


def _chosen(http: OAuthHttp, servers: list[Any], issuer: str | None) -> str:
    named = [server for server in servers if isinstance(server, str)]
    if issuer is None:
        return named[0]
    for server in named:
        if issuers_match(server, issuer):
            return server
    raise http.failure(
        _SERVER,
        f"the server does not name {one_line(issuer, 200)}, but {one_line(', '.join(named), 200)}",
        hint="oauth.authorization_server_issuer says which one to accept.",
    )


async def _server_metadata(
    http: OAuthHttp, issuer: str, named_by: str, trust: Trust, *, legacy: bool
) -> dict[str, Any] | None:
    if not legacy and not may_name(named_by, issuer):
        raise http.failure(_SERVER, f"the issuer {issuer} {_refusal(issuer)}")
    for url in server_urls(issuer)[: 1 if legacy else None]:
        answer = await http.get(url, what=_SERVER)
        if answer.status >= 500 or answer.status == _TOO_MANY:
            raise http.failure(_SERVER, f"{url} failed: {answer.said}", hint="Try again later.")
        metadata = answer.object if answer.is_ok else None
        if metadata is not None:
            _check_server(http, metadata, issuer, named_by, trust)
            return metadata
        if answer.is_ok:
            http.step(_SERVER, f"not usable: {answer.kind or 'no content type'} instead of JSON", False)
    if legacy:
        http.step(_SERVER, "no metadata: the endpoints of 2025-03-26 are taken")
        return None
    raise http.failure(_SERVER, f"{issuer} publishes no metadata at any of its places")


def _check_server(
    http: OAuthHttp, metadata: Mapping[str, Any], issuer: str, named_by: str, trust: Trust
) -> None:
    told = metadata.get("issuer")
    if not isinstance(told, str) or (not issuers_match(told, issuer) and told not in trust.issuers):
        hint = "The two must be the same, character by character."
        if isinstance(told, str):
            hint += f" If you trust that one: {key_line('oauth.trusted_issuer', told)}"
        raise http.failure(
            _SERVER,
            f"the metadata of {one_line(issuer, 200)} is that of another issuer: {one_line(str(told), 200)}"
            " (RFC 8414, section 3.3)",
            hint=hint,
        )
    if not issuers_match(told, issuer):
        http.step(_SERVER, f"another issuer, trusted by oauth.trusted_issuer: {told}")
    for name in _ENDPOINTS:
        url = metadata.get(name)
        if url is not None and not (isinstance(url, str) and may_name(named_by, url)):
            raise http.failure(_SERVER, f"its {name} {_refusal(url)}: {one_line(str(url), 200)}")
        if url is not None and (flaw := endpoint_flaw(url)):
            raise http.failure(_SERVER, f"its {name} {flaw}: {one_line(url, 200)}")
    http.step(_SERVER, f"metadata of {told}", True)


def _refusal(url: object) -> str:
    """Why a URL that somebody named is not gone to."""
    here = isinstance(url, str) and is_secure(url)
    return "is on this machine, and the server is not" if here else "is neither https nor on this machine"


def resource_of(configured: str | None, discovery: Discovery) -> str | None:
    """The `resource` to ask for: `oauth_resource`, else what was found; None where `""` is configured."""
    return discovery.resource if configured is None else configured or None


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None
