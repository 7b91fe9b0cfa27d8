"""What an authorization endpoint says on a page that only the browser sees.

A client that is not known any more, and a redirect URI that is not taken, are told there without a
redirect (RFC 6749, 4.1.2.1), where nobody can hear it. So the endpoint is asked beside the browser. The
URL must be of an attempt that is used for nothing else: a provider may answer with a code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from services.errors import LoginFailed
from services.oauth.redirect import other_callback
from services.oauth.steps import shown_url
from services.oauth.wording import refusal_words
from services.web.urls import joined

if TYPE_CHECKING:
    from services.oauth.http import Answer, OAuthHttp

__all__ = ("is_forgotten", "refusal", "still_known")

_STEP: Final = "registration"
_SECONDS: Final = 5.0
_FORGOTTEN: Final = frozenset({"invalid_client", "unauthorized_client", "invalid_client_id"})


def is_forgotten(failure: BaseException) -> bool:
    """Whether a login failed because the provider does not know the client (RFC 6749, 4.1.2.1 and 5.2)."""
    return isinstance(failure, LoginFailed) and failure.error in _FORGOTTEN


async def still_known(http: OAuthHttp, url: str) -> bool:
    """Whether the provider takes the client of this authorization URL; True where that cannot be told."""
    answer = await _asked(http, url, _STEP)
    if answer is None:
        return True  # the browser may have another way there
    refused = _is_refusal(answer)
    if 300 <= answer.status < 400:
        place = joined(answer.url, str(answer.headers.get("location", "")))
        refused = not _FORGOTTEN.isdisjoint(_errors(place))
    if refused:
        http.step(_STEP, f"{shown_url(answer.url)} does not take the client registered before", None)
    return not refused


async def refusal(http: OAuthHttp, url: str, redirect_uri: str) -> LoginFailed | None:
    """The failure of a login whose URL the provider refuses in JSON; None where it does not.

    A page of HTML is left to the person who sees it: it may be there to keep programs out.
    """
    answer = await _asked(http, url, "authorization")
    if answer is None or not _is_refusal(answer) or answer.object is None:
        return None
    words = ": ".join(filter(None, refusal_words(http, answer.object)))
    said = f"{answer.url.partition('?')[0]} refuses the browser, {answer.said}" + (
        f": {words}" if words else ""
    )
    return http.failure("authorization", said, hint=other_callback(redirect_uri))


async def _asked(http: OAuthHttp, url: str, what: str) -> Answer | None:
    try:
        return await http.get(url, what=what, accept="text/html, */*;q=0.1", timeout=_SECONDS)
    except LoginFailed:
        return None


def _is_refusal(answer: Answer) -> bool:
    return answer.status >= 400 and not answer.is_passing


def _errors(url: str) -> list[str]:
    try:
        return parse_qs(urlsplit(url).query).get("error", [])
    except ValueError:
        return []
