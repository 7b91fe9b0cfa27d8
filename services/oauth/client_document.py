"""Client ID metadata documents: being a client by a URL that describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from services.oauth.discovery import Discovery
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = ("document_for", "is_metadata_url")

_STEP: Final = "registration"


def document_for(http: OAuthHttp, settings: ServerSettings, discovery: Discovery) -> str | None:
    """The client ID metadata document to be; None where a registration is wanted instead."""
    document, way = (settings.oauth.get(key) for key in ("client_metadata_url", "client_registration"))
    if way == "dcr":
        return None
    if not isinstance(document, str) or not document:
        if way == "cimd":
            raise http.failure(_STEP, 'oauth.client_registration = "cimd" needs oauth.client_metadata_url')
        return None
    if not is_metadata_url(document):
        raise http.failure(_STEP, f"oauth.client_metadata_url must be https with a path: {document}")
    if discovery.metadata.get("client_id_metadata_document_supported") is True:
        return document
    said = "the authorization server takes no client ID metadata documents"
    if way == "cimd":
        raise http.failure(_STEP, said, hint='oauth.client_registration = "auto" registers a client instead.')
    http.step(_STEP, said)
    return None


def is_metadata_url(url: str) -> bool:
    """Whether a URL can be a client ID: https, with a path, and nothing that a server may refuse."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    plain = not parts.fragment and "@" not in parts.netloc
    return parts.scheme == "https" and bool(parts.hostname) and parts.path not in ("", "/") and plain
