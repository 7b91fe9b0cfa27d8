"""The end of a login: the provider is told (RFC 7009), and what is kept of it is forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.errors import JackfieldError
from services.oauth.client import ClientIdentity, authenticated
from services.oauth.locking import held

if TYPE_CHECKING:
    from services.oauth.client import Assertion
    from services.oauth.credentials import Credentials, KeptCredentials
    from services.oauth.http import OAuthHttp
    from services.settings import ServerSettings

__all__ = ("LoggedOut", "log_out", "revoke")

SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """What became of a login that was ended."""

    revoked: bool | None
    """None where the provider offers no revocation, or there was nothing to revoke."""
    forgotten: bool
    """False where nothing was kept."""
    problem: str = ""
    """Why the provider did not revoke it, in one line."""


async def log_out(
    settings: ServerSettings, kept: KeptCredentials, http: OAuthHttp, assertion: Assertion | None = None
) -> LoggedOut:
    """Revoke a login where the provider offers that, and forget it in any case.

    Raises CredentialsError when it cannot be forgotten.
    """
    async with held(kept, settings):
        revoked: bool | None = None
        problem = ""
        try:
            credentials = await asyncio.to_thread(kept.load, settings)
        except JackfieldError:
            credentials = None  # what cannot be read can be forgotten all the same
        if credentials is not None:
            try:
                revoked = await revoke(http, credentials, assertion=assertion) or None
            except JackfieldError as error:
                revoked, problem = False, error.message
        forgotten = await asyncio.to_thread(kept.forget, settings)
    return LoggedOut(revoked, forgotten, problem)


async def revoke(http: OAuthHttp, credentials: Credentials, *, assertion: Assertion | None = None) -> bool:
    """Revoke both tokens of a login; False when the provider offers no revocation.

    The refresh token goes first: with it most providers end the access token as well.
    Raises LoginFailed when the provider does not do it.
    """
    endpoint = credentials.metadata.get("revocation_endpoint")
    if not isinstance(endpoint, str):
        http.step("revocation", f"{credentials.issuer} offers none")
        return False
    client = ClientIdentity(
        credentials.client_id, credentials.client_secret, credentials.token_endpoint_auth_method, assertion
    )
    tokens = {"refresh_token": credentials.refresh_token, "access_token": credentials.access_token}
    http.secrets.learn(*tokens.values(), credentials.client_secret)
    for hint, token in tokens.items():
        if token:
            form, headers = authenticated(
                client, credentials.issuer, {"token": token, "token_type_hint": hint}
            )
            http.secrets.learn(form.get("client_assertion"))
            answer = await http.post_form(endpoint, form, headers, what="revocation", timeout=SECONDS)
            # An access token of a kind that cannot be revoked is no failure once the other is gone.
            unsupported = (answer.object or {}).get("error") == "unsupported_token_type"
            if not answer.is_ok and not (unsupported and hint == "access_token"):
                raise http.failure("revocation", f"{answer.shown} answered {answer.said}")
    return True
