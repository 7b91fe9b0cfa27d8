"""What a provider must be before a person is sent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.oauth.trust import key_line
from services.text import one_line
from services.web.urls import endpoint_flaw, is_secure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.discovery import Discovery
    from services.oauth.http import OAuthHttp

__all__ = ("check_code_flow",)


def check_code_flow(http: OAuthHttp, discovery: Discovery) -> None:
    """Refuse a provider that a person cannot log in to safely (specification, security considerations)."""
    metadata: Mapping[str, Any] = discovery.metadata
    for name in ("authorization_endpoint", "token_endpoint"):
        url = metadata.get(name)
        if not isinstance(url, str):
            raise http.failure("authorization server", f"{discovery.issuer} names no {name}")
        if not is_secure(url):
            raise http.failure("authorization server", f"{url} is neither https nor on this machine")
        if flaw := endpoint_flaw(url):
            raise http.failure("authorization server", f"its {name} {flaw}: {one_line(url, 200)}")
    if discovery.server_metadata is None:
        return
    methods = metadata.get("code_challenge_methods_supported")
    if isinstance(methods, list) and "S256" in methods:
        return
    if discovery.issuer in discovery.trust.pkce:
        http.step("authorization server", "PKCE is not listed, and relied on by oauth.assume_pkce_of")
        return
    told = "not say that it supports PKCE" if methods is None else "not support PKCE with S256"
    raise http.failure(
        "authorization server",
        f"{discovery.issuer} does {told}, so logging in there is not safe"
        " (MCP specification, authorization; RFC 7636)",
        hint='Its metadata must list "S256" in code_challenge_methods_supported.'
        f" If you know that it does PKCE: {key_line('oauth.assume_pkce_of', discovery.issuer)}",
    )
