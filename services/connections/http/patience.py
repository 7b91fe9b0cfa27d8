"""How long a server may take over what wants no answer."""

from __future__ import annotations

from typing import Final

import httpx2

from services.connections.http.bodies import number_of

__all__ = ("patience_with",)

_GOODBYE: Final = httpx2.Timeout(2.0)
_NO_REQUEST: Final = httpx2.Timeout(10.0)


def patience_with(request: httpx2.Request) -> httpx2.Timeout | None:
    """How long a server may take over what wants no answer; None for a request.

    The SDK sends notifications and answers one after the other, and nothing else meanwhile: a
    server that leaves one without a response would be silent for good.
    """
    if request.method == "DELETE":
        return _GOODBYE
    if request.method != "POST":
        return None
    try:
        body = request.content
    except httpx2.RequestNotRead:
        return None
    if b'"method":"notifications/cancelled"' in body and number_of(request) is None:
        return _GOODBYE
    notified = b'"method":"notifications/' in body or b'"method":"' not in body
    return _NO_REQUEST if notified and number_of(request) is None else None
