"""Finding out who gives tokens for an MCP server: RFC 9728, RFC 8414, OpenID Connect Discovery.

The order is that of the specification, basic/authorization/authorization-server-discovery; a
server without any resource metadata is taken for one of 2025-03-26, which is its own
authorization server. Nothing here imports the SDK: `mcp list` asks servers without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from services.oauth.challenge import Challenge
from services.oauth.http import DISCOVERY_SECONDS
from services.oauth.resource_metadata import find_resource_metadata
from services.oauth.server_metadata import chosen_servers, first_server, own_server, server_urls
from services.oauth.trust import Trust
from services.web.urls import base_of, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.http import OAuthHttp

__all__ = ("GUESSED", "Challenge", "Discovery", "discover", "find_challenge", "resource_of", "server_urls")

_ANY: Final = "application/json, text/event-stream"
GUESSED: Final = "the endpoints are guessed, as the revision 2025-03-26 has them"
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
    resource = await find_resource_metadata(http, server_url, challenge, trust)
    if resource.metadata is not None:
        named = chosen_servers(http, resource.metadata["authorization_servers"], trust.issuer)
        server = await first_server(http, named, trust.issuer or server_url, trust)
    elif trust.issuer:
        server = await first_server(http, [trust.issuer], trust.issuer, trust)
    else:
        resource.raise_trouble(http)  # a failing server says nothing: no reason to go another way
        server = await own_server(http, server_url, trust)
        if server.metadata is None:
            http.step("authorization server", f"no metadata: {GUESSED}")
    known_as = server.metadata["issuer"] if server.metadata is not None else server.asked
    return Discovery(
        server_url,
        known_as,
        resource.metadata["resource"] if resource.metadata is not None else canonical(server_url),
        resource.metadata,
        server.metadata,
        challenge,
        trust,
        tuple(one for one in (server.asked, *trust.issuers) if one != known_as),
    )


def resource_of(configured: str | None, discovery: Discovery) -> str | None:
    """The `resource` to ask for: `oauth_resource`, else what was found; None where `""` is configured."""
    return discovery.resource if configured is None else configured or None


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None
