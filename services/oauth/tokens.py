"""Requests to a token endpoint, and credentials made from their answers: RFC 6749 section 5."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import parse_qsl

from services.errors import LoginFailed
from services.oauth.client import ClientIdentity, authenticated
from services.oauth.wording import refusal_words
from services.text import one_line
from services.web.urls import is_secure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.oauth.client import Assertion
    from services.oauth.credentials import Credentials
    from services.oauth.http import Answer, OAuthHttp

__all__ = ("Prover", "TokenAnswer", "TokenRefused", "credentials_from", "refresh", "request_token")

_TOKEN: Final = re.compile(r"[\x21-\x7e]+")
_LONGEST_LIFE: Final = 10 * 365 * 86_400
_MOST_FIELDS: Final = 100
_SECRET: Final = (
    *("code", "code_verifier", "refresh_token", "assertion", "subject_token", "actor_token"),
    *("client_secret", "client_assertion", "token", "password"),
)
"""Members of a request that are masked wherever the provider repeats them."""
_USABLE: Final = {"bearer": "Bearer", "dpop": "DPoP"}


_PASSING: Final = frozenset({"server_error", "temporarily_unavailable", "slow_down"})
"""What a token endpoint says when only the moment is wrong."""


class TokenRefused(LoginFailed):
    """The token endpoint said no; `error` is its code, such as `invalid_grant`, empty where it gave none."""

    is_passing: bool = False
    """Whether the same request may be granted later."""


class Prover(Protocol):
    """What binds a request to a key (`services.oauth.dpop.Proofs`)."""

    def header(self, method: str, url: str, token: str | None = None) -> str:
        """The value of the `DPoP` header."""

    def learn(self, url: str, headers: Mapping[str, str]) -> bool:
        """Take the nonce of an answer; True when another try with it may do."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What a token endpoint gave, checked; its representation shows no secret."""

    access_token: str = field(repr=False)
    token_type: str = "Bearer"
    expires_in: int | None = None
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] | None = None
    """None when the answer has no `scope`: then what was asked for was granted."""
    received_at: int = 0
    """Milliseconds since the epoch."""
    more: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer, such as `issued_token_type` of a token exchange."""

    @property
    def expires_at(self) -> int | None:
        """Milliseconds since the epoch."""
        return None if self.expires_in is None else self.received_at + self.expires_in * 1000


async def request_token(
    http: OAuthHttp,
    metadata: Mapping[str, Any],
    client: ClientIdentity,
    data: Mapping[str, str],
    *,
    dpop: Prover | None = None,
    clock: Callable[[], float] = time.time,
    any_type: bool = False,
) -> TokenAnswer:
    """Ask the token endpoint of `metadata`; `data` is the form without the client's part.

    `any_type` takes answers that are no access token, as a token exchange gives them (RFC 8693).
    Raises TokenRefused with the provider's error, LoginFailed for anything else that is wrong.
    """
    endpoint = metadata.get("token_endpoint")
    if not isinstance(endpoint, str):
        raise http.failure("token", "the authorization server names no token_endpoint")
    if not is_secure(endpoint):
        raise http.failure("token", f"{endpoint} is neither https nor on this machine")
    http.secrets.learn(*(value for name, value in data.items() if name in _SECRET))
    http.secrets.learn(client.client_secret)
    answer = await _asked(http, endpoint, metadata, client, data, dpop)
    if dpop is not None and dpop.learn(endpoint, answer.headers) and _wants_nonce(answer):
        answer = await _asked(http, endpoint, metadata, client, data, dpop)
        dpop.learn(endpoint, answer.headers)
    return _checked(http, answer, int(clock() * 1000), any_type)


async def refresh(
    http: OAuthHttp,
    credentials: Credentials,
    *,
    dpop: Prover | None = None,
    assertion: Assertion | None = None,
    clock: Callable[[], float] = time.time,
) -> Credentials:
    """New credentials for old ones by their refresh token; what the answer lacks stays as it was.

    Raises TokenRefused, with `invalid_grant` where the refresh token is worth nothing any more.
    """
    data = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token or ""}
    if credentials.scopes:
        data["scope"] = " ".join(credentials.scopes)
    if credentials.resource is not None:
        data["resource"] = credentials.resource
    client = ClientIdentity(
        credentials.client_id,
        credentials.client_secret,
        credentials.token_endpoint_auth_method,
        assertion,
    )
    http.secrets.learn(credentials.access_token)
    answer = await request_token(http, credentials.metadata, client, data, dpop=dpop, clock=clock)
    return credentials_from(answer, credentials)


def credentials_from(answer: TokenAnswer, previous: Credentials) -> Credentials:
    """The credentials that an answer makes of the earlier ones, or of a draft with everything else set.

    A missing `refresh_token` or `scope` keeps the old one (RFC 6749, 5.1 and 6).
    """
    return replace(
        previous,
        access_token=answer.access_token,
        token_type=answer.token_type,
        expires_at=answer.expires_at,
        issued_at=answer.received_at,
        refresh_token=answer.refresh_token or previous.refresh_token,
        refresh_refused=False,
        scopes=previous.scopes if answer.scopes is None else answer.scopes,
    )


# Inside.


async def _asked(
    http: OAuthHttp,
    endpoint: str,
    metadata: Mapping[str, Any],
    client: ClientIdentity,
    data: Mapping[str, str],
    dpop: Prover | None,
) -> Answer:
    # Signing loads cryptography at the first time, which takes a while: in a thread.
    form, headers = await asyncio.to_thread(
        authenticated, client, str(metadata.get("issuer") or endpoint), data
    )
    http.secrets.learn(form.get("client_assertion"))
    if dpop is not None:
        headers["DPoP"] = await asyncio.to_thread(dpop.header, "POST", endpoint)
    return await http.post_form(endpoint, form, headers, what="token")


def _wants_nonce(answer: Answer) -> bool:
    return not answer.is_ok and (answer.object or {}).get("error") == "use_dpop_nonce"


def _checked(http: OAuthHttp, answer: Answer, now: int, any_type: bool) -> TokenAnswer:
    value = answer.object if answer.object is not None else _form(answer)
    if (value is not None and "error" in value and "access_token" not in value) or not answer.is_ok:
        raise _refusal(http, answer, value or {})
    if value is None:
        kind = answer.kind or "something"
        raise http.failure("token", f"{answer.shown} answered with {kind} that is not a JSON object")
    _learn(http, value)
    token, kind = value.get("access_token"), str(value.get("token_type") or "Bearer")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise http.failure("token", f"the answer of {answer.shown} has no usable access_token")
    if kind.lower() not in _USABLE and not any_type:
        # RFC 6749, 7.1, asks to refuse it; providers that write "user" or "JWT" mean Bearer (RFC 6750).
        http.step("token", f"the unknown token_type {one_line(kind, 60)} is taken for Bearer")
        kind = "Bearer"
    http.step("token", _shape(value), True)
    renewal = value.get("refresh_token")
    return TokenAnswer(
        access_token=token,
        token_type=_USABLE.get(kind.lower(), kind),
        expires_in=_seconds(value.get("expires_in")),
        refresh_token=renewal if isinstance(renewal, str) and renewal else None,
        scopes=_scopes(value.get("scope")),
        received_at=now,
        more=value,
    )


def _form(answer: Answer) -> dict[str, str] | None:
    """The answer where it is a form, as providers gave it before RFC 6749; None for anything else."""
    if answer.kind not in ("application/x-www-form-urlencoded", "text/plain"):
        return None
    try:
        pairs = parse_qsl(answer.body.decode("utf-8", "replace").strip(), max_num_fields=_MOST_FIELDS)
    except ValueError:  # more than anybody writes
        return None
    return found if (found := dict(pairs)).keys() & {"access_token", "error"} else None


def _learn(http: OAuthHttp, value: Mapping[str, Any]) -> None:
    tokens = (value.get(name) for name in ("access_token", "refresh_token", "id_token"))
    http.secrets.learn(*(token for token in tokens if isinstance(token, str)))


def _refusal(http: OAuthHttp, answer: Answer, value: Mapping[str, Any]) -> LoginFailed:
    """The failure that a refusal is; TokenRefused where it says something about what was asked."""
    error, said = refusal_words(http, value)
    then = f": {said}" if said else ""
    if error:
        message = f"{answer.shown} refused: {error}{then}"
    else:
        kind = f" ({answer.kind})" if answer.kind and not said else ""
        message = f"{answer.shown} answered {answer.said}{kind} without an OAuth error{then}"
    failure = http.failure("token", message, error=error)
    if not error and (answer.is_passing or answer.status < 400):
        return failure
    refusal = TokenRefused(failure.message, step="token", error=error)
    refusal.is_passing = answer.is_passing or error in _PASSING
    return refusal


def _shape(value: Mapping[str, Any]) -> str:
    """What an answer holds, without what must not be shown."""
    told = [
        f"token_type {value.get('token_type', '(none)')}",
        f"expires_in {value.get('expires_in', '(none)')}",
    ]
    told.append("refresh_token yes" if value.get("refresh_token") else "refresh_token no")
    told.append(f"scope {value.get('scope', '(none)')}")
    known = {"access_token", "token_type", "expires_in", "refresh_token", "scope"}
    more = sorted(str(name) for name in value if name not in known)
    return ", ".join(told + ([f"also {' '.join(more)}"] if more else []))


def _seconds(value: Any) -> int | None:
    """`expires_in`, which some servers send as a text; none is said by what ended when it began."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = min(float(value), _LONGEST_LIFE)
        return max(int(seconds), 1) if seconds > 0 else None
    except (ValueError, OverflowError):
        return None


def _scopes(value: Any) -> tuple[str, ...] | None:
    return tuple(value.split()) if isinstance(value, str) else None
