"""Whether a provider still knows the client that it registered for an earlier login.

A provider that has forgotten it says so on a page in the browser, where nobody can hear it
(RFC 6749, 4.1.2.1: no redirect for an unknown client). So it is asked once before the person is sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from services.errors import LoginFailed
from services.oauth.steps import shown_url
from services.web.urls import joined

if TYPE_CHECKING:
    from services.oauth.http import OAuthHttp

__all__ = ("is_forgotten", "still_known")

_STEP: Final = "registration"
_SECONDS: Final = 5.0
_LATER: Final = frozenset({407, 408, 425, 429})
_FORGOTTEN: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_client_id"})


def is_forgotten(failure: BaseException) -> bool:
    """Whether a login failed because the provider does not know the client (RFC 6749, 4.1.2.1 and 5.2)."""
    return isinstance(failure, LoginFailed) and failure.error in _FORGOTTEN


async def still_known(http: OAuthHttp, url: str) -> bool:
    """Whether the provider takes the client of this authorization URL; True where that cannot be told.

    The URL must be of an attempt that is not used for anything else: a provider may answer with a code.
    """
    try:
        answer = await http.get(url, what=_STEP, accept="text/html, */*;q=0.1", timeout=_SECONDS)
    except LoginFailed:
        return True  # the browser may have another way there
    refused = 400 <= answer.status < 500 and answer.status not in _LATER
    if 300 <= answer.status < 400:
        place = joined(answer.url, str(answer.headers.get("location", "")))
        refused = not _FORGOTTEN.isdisjoint(_errors(place))
    if refused:
        http.step(_STEP, f"{shown_url(answer.url)} does not take the client registered before", None)
    return not refused


def _errors(url: str) -> list[str]:
    try:
        return parse_qs(urlsplit(url).query).get("error", [])
    except ValueError:
        return []
