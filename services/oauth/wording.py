"""What a provider says in a refusal, at whatever place of the JSON it says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.oauth.http import OAuthHttp

__all__ = ("refusal_words",)

_SAID: Final = ("error_description", "message", "description")


def refusal_words(http: OAuthHttp, value: Mapping[str, Any]) -> tuple[str, str]:
    """The error code and the words of a refusal, each empty where there is none; printable, secrets masked.

    RFC 6749, 5.2, has them at the top; some providers have an object as `error`, or a `message`.
    """
    error = value.get("error")
    inner = error if isinstance(error, dict) else {}
    code = _first(error, inner.get("code"), inner.get("error"), inner.get("type"))
    said = _first(*(value.get(name) for name in _SAID), *(inner.get(name) for name in _SAID))
    return one_line(code, 100), one_line(http.secrets.masked(said), 300)


def _first(*values: Any) -> str:
    return next((value for value in values if isinstance(value, str) and value), "")
