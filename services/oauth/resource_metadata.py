"""The metadata of a protected resource, at all places where it may be: RFC 9728."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from services.errors import LoginFailed
from services.oauth.server_metadata import refusal_of
from services.oauth.trust import key_line
from services.text import one_line
from services.web.origins import origin
from services.web.urls import base_of, covers, joined, may_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.challenge import Challenge
    from services.oauth.http import Answer, OAuthHttp
    from services.oauth.trust import Trust

__all__ = ("FoundResource", "find_resource_metadata")

_STEP: Final = "resource metadata"
_WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True, slots=True)
class FoundResource:
    """What a server publishes of itself, or how asking for it failed."""

    metadata: Mapping[str, Any] | None = None
    trouble: Answer | None = None
    """The first answer that tells nothing of what is published."""
    silence: LoginFailed | None = None
    """The failure of a place that said nothing at all."""

    def raise_trouble(self, http: OAuthHttp) -> None:
        """Raise LoginFailed where the server failed at a place of RFC 9728."""
        if self.trouble is not None:
            said = f"{self.trouble.url} failed: {self.trouble.said}"
            raise http.failure(_STEP, said, hint="Try again later.")
        if self.silence is not None:
            raise self.silence


async def find_resource_metadata(
    http: OAuthHttp, server_url: str, challenge: Challenge | None, trust: Trust
) -> FoundResource:
    """Ask one place after the other; what is not usable at one of them is passed by, and one that is silent.

    Raises LoginFailed for metadata of a resource that does not cover the server.
    """
    trouble: Answer | None = None
    silence: LoginFailed | None = None
    for url in _places(server_url, challenge):
        if not may_name(server_url, url) and origin(url) != origin(server_url):
            http.step(_STEP, f"not asked: {url} {refusal_of(url)}", False)
            continue
        try:
            answer = await http.get(url, what=_STEP)
        except LoginFailed as failure:
            if failure.reason != "network" or silence is not None:
                raise silence or failure from failure
            silence = failure
            continue
        if answer.is_passing and url != _under_path(server_url):
            trouble = trouble or answer
        metadata = answer.object if answer.is_ok else None
        if metadata is not None and (wrong := _unusable(metadata)):
            http.step(_STEP, f"not usable: {wrong}", False)
        elif metadata is not None:
            _check_resource(http, metadata["resource"], server_url, trust)
            return FoundResource(metadata)
        elif answer.is_ok:
            http.step(_STEP, f"not usable: {answer.kind or 'no content type'} instead of JSON", False)
    return FoundResource(None, trouble, silence)


def _places(server_url: str, challenge: Challenge | None) -> list[str]:
    """Where the metadata may be: as the challenge says, and with the path after, without and before it."""
    path = urlsplit(server_url).path.rstrip("/")
    base = base_of(server_url)
    named = challenge.resource_metadata if challenge is not None else None
    urls = [joined(server_url, named)] if named else []
    urls += [f"{base}{_WELL_KNOWN}{path}", f"{base}{_WELL_KNOWN}"]
    under = _under_path(server_url)
    return list(dict.fromkeys((*urls, under) if under else urls))


def _under_path(server_url: str) -> str:
    """Where servers that are mounted on a path have it, though no rule says so; empty without a path."""
    path = urlsplit(server_url).path.rstrip("/")
    return f"{base_of(server_url)}{path}{_WELL_KNOWN}" if path else ""


def _unusable(metadata: Mapping[str, Any]) -> str:
    """What is missing in resource metadata; empty when nothing is."""
    if not isinstance(metadata.get("resource"), str):
        return "no resource in it"
    servers = metadata.get("authorization_servers")
    named = isinstance(servers, list) and any(isinstance(server, str) for server in servers)
    return "" if named else "no authorization_servers in it"


def _check_resource(http: OAuthHttp, resource: str, server_url: str, trust: Trust) -> None:
    if not covers(resource, server_url) and resource != trust.resource:
        raise http.failure(
            _STEP,
            f"resource is {one_line(resource, 200)}, which does not cover {one_line(server_url, 200)}"
            " (RFC 9728, section 3.3)",
            hint="The server must name its own URL there, or one above it. If you trust that one:"
            f" {key_line('oauth_resource', resource)}",
        )
    http.step(_STEP, f"resource {resource}", True)
