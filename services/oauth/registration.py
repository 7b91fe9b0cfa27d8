"""Being a client: one configured, a client ID metadata document, or a dynamic registration.

In this order (specification, basic/authorization/client-registration). What was registered
belongs to one issuer and one redirect URI, and is used again only there.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from services.errors import LoginFailed, MissingVariable
from services.oauth.client import METHODS, SECRET_METHODS, ClientIdentity, method_for_secret
from services.oauth.client_document import document_for, is_metadata_url
from services.oauth.redirect import other_callback
from services.oauth.wording import refusal_words
from services.secrecy.texts import masked_text
from services.text import one_line
from services.web.urls import issuers_match

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from services.oauth.client import Assertion
    from services.oauth.credentials import Credentials
    from services.oauth.discovery import Discovery
    from services.oauth.http import Answer, OAuthHttp
    from services.settings import ServerSettings

__all__ = (
    "client_for",
    "configured_client",
    "is_metadata_url",
    "registered_redirect",
    "without_registration",
)

_STEP: Final = "registration"
_NAME: Final = "Jackfield"
_KEPT: Final = ("client_id_issued_at", "client_secret_expires_at", "scope")
_AHEAD: Final = 60
"""Seconds before its end at which a client's secret is not used any more for a login."""


async def client_for(
    http: OAuthHttp,
    settings: ServerSettings,
    discovery: Discovery,
    redirect_uri: str,
    scope: str | None,
    *,
    previous: Credentials | None = None,
    assertion: Assertion | None = None,
    environ: Mapping[str, str] = os.environ,
    now: float | None = None,
) -> ClientIdentity:
    """The client to log in as, registered if need be. Raises LoginFailed, MissingVariable."""
    configured = configured_client(settings, discovery.metadata, assertion=assertion, environ=environ)
    if configured is not None:
        _check_binding(http, settings, configured, discovery, previous)
        configured = _with_kept_secret(configured, discovery, previous)
        http.secrets.learn(configured.client_secret)
        http.step(_STEP, f"client {configured.client_id} from the configuration", True)
        return configured
    if (document := document_for(http, settings, discovery)) is not None:
        http.step(_STEP, f"client ID metadata document {document}", True)
        return ClientIdentity(document, assertion=assertion, auth_method=_method(settings) or "none")
    moment = time.time() if now is None else now
    if previous is not None and _fits(previous, discovery, redirect_uri, scope, moment):
        http.secrets.learn(previous.client_secret)
        http.step(_STEP, f"client {previous.client_id}, registered before", True)
        return ClientIdentity(
            previous.client_id,
            previous.client_secret,
            previous.token_endpoint_auth_method,
            registration=previous.registration,
            is_reused=True,
        )
    return await _register(http, settings, discovery, redirect_uri, scope)


def configured_client(
    settings: ServerSettings,
    metadata: Mapping[str, Any],
    *,
    assertion: Assertion | None = None,
    environ: Mapping[str, str] = os.environ,
) -> ClientIdentity | None:
    """The client of `oauth.client_id`, with its secret; None when there is none.

    Raises MissingVariable for `client_secret_env_var`.
    """
    client_id = settings.oauth.get("client_id")
    if not isinstance(client_id, str) or not client_id:
        return None
    secret = _configured_secret(settings, environ)
    method = _method(settings)
    if method is None and secret:
        method = method_for_secret(metadata.get("token_endpoint_auth_methods_supported"))
    if method is None:
        method = "none" if assertion is None else "private_key_jwt"
    return ClientIdentity(client_id, secret, method, assertion)


def registered_redirect(previous: Credentials | None) -> str | None:
    """The redirect URI of an earlier registration, so that its port may be tried again."""
    uris = previous.registration.get("redirect_uris") if previous is not None else None
    return uris[0] if isinstance(uris, list) and uris and isinstance(uris[0], str) else None


def without_registration(credentials: Credentials) -> Credentials:
    """Kept credentials whose client is not to be used for a further login."""
    return replace(credentials, registration={})


# Inside.


def _configured_secret(settings: ServerSettings, environ: Mapping[str, str]) -> str | None:
    variable = settings.oauth.get("client_secret_env_var")
    if isinstance(variable, str) and variable:
        secret = environ.get(variable, "").strip()
        if not secret:
            where = f"for MCP server '{one_line(settings.name, 100)}'"
            raise MissingVariable(
                f"Environment variable {one_line(variable, 100)} {where} is unset or empty",
                hint="It must hold the secret of the OAuth client.",
            )
        return secret
    return _text(settings.oauth.get("client_secret"))


def _with_kept_secret(
    client: ClientIdentity, discovery: Discovery, previous: Credentials | None
) -> ClientIdentity:
    """The secret of the last login, where the configuration has none any more."""
    if client.client_secret or client.auth_method == "private_key_jwt" or previous is None:
        return client
    if previous.client_id != client.client_id or not issuers_match(previous.issuer, discovery.issuer):
        return client
    method = previous.token_endpoint_auth_method
    return replace(client, client_secret=previous.client_secret, auth_method=method)


def _check_binding(
    http: OAuthHttp,
    settings: ServerSettings,
    client: ClientIdentity,
    discovery: Discovery,
    previous: Credentials | None,
) -> None:
    """A configured client is one of a certain authorization server: another one must not get it."""
    if previous is None or previous.client_id != client.client_id:
        return
    if not issuers_match(previous.issuer, discovery.issuer):
        name = settings.shown_name
        raise http.failure(
            _STEP,
            f"the client {client.client_id} belongs to {previous.issuer}, but {name} names"
            f" {discovery.issuer} now",
            hint=f"If that is meant, log out of {name} first.",
        )


def _method(settings: ServerSettings) -> str | None:
    method = settings.oauth.get("token_endpoint_auth_method")
    return method if isinstance(method, str) and method in METHODS else None


def _fits(
    previous: Credentials, discovery: Discovery, redirect_uri: str, scope: str | None, now: float
) -> bool:
    """Whether an earlier registration is good for this login too."""
    registration = previous.registration
    expires = registration.get("client_secret_expires_at")
    alive = not isinstance(expires, int | float) or expires == 0 or now < expires - _AHEAD
    registered = registration.get("scope")
    covered = not isinstance(registered, str) or set((scope or "").split()) <= set(registered.split())
    uris = registration.get("redirect_uris")
    known = isinstance(uris, list) and redirect_uri in uris
    return known and alive and covered and issuers_match(previous.issuer, discovery.issuer)


async def _register(
    http: OAuthHttp, settings: ServerSettings, discovery: Discovery, redirect_uri: str, scope: str | None
) -> ClientIdentity:
    endpoint = discovery.metadata.get("registration_endpoint")
    if not isinstance(endpoint, str):
        raise http.failure(
            _STEP,
            f"{discovery.issuer} does not register clients",
            hint=f"Register one there and set oauth.client_id of {settings.shown_name}.",
        )
    supported = discovery.metadata.get("token_endpoint_auth_methods_supported")
    refused: list[Answer] = []
    for method, scopes in _wishes(_method(settings) or _wanted_method(supported), scope, supported):
        answer = await http.post_json(endpoint, _request(redirect_uri, scopes, method), what=_STEP)
        if answer.status != 400 or (answer.object or {}).get("error") != "invalid_client_metadata":
            return _registered(http, answer, discovery, redirect_uri, method)
        refused.append(answer)
    raise _refused(http, refused[0], redirect_uri)


def _wishes(method: str, scope: str | None, supported: Any) -> Iterator[tuple[str, str | None]]:
    """What to ask for, each when the one before was refused, without the provider saying what it refused."""
    yield method, scope
    if scope:
        yield method, None  # it knows not all of the scopes; the authorization request names them anyway
    if method == "none" and not isinstance(supported, list):
        yield "client_secret_basic", scope  # it insists on a secret, and does not publish that


def _wanted_method(supported: Any) -> str:
    if not isinstance(supported, list) or "none" in supported:
        return "none"
    return next((method for method in SECRET_METHODS if method in supported), "none")


def _request(redirect_uri: str, scope: str | None, method: str) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "client_name": _NAME,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "application_type": "native",
    }
    return asked | ({"scope": scope} if scope else {})


def _registered(
    http: OAuthHttp, answer: Answer, discovery: Discovery, redirect_uri: str, method: str
) -> ClientIdentity:
    value = answer.object
    if value is None or not answer.is_ok or ("error" in value and "client_id" not in value):
        raise _refused(http, answer, redirect_uri)
    client_id, secret = value.get("client_id"), value.get("client_secret")
    if not isinstance(client_id, str) or not client_id:
        raise http.failure(_STEP, f"the answer of {answer.shown} has no client_id")
    secret = secret if isinstance(secret, str) and secret else None
    http.secrets.learn(secret, _text(value.get("registration_access_token")))
    method = _agreed(value, method, secret, discovery)
    if method not in ("none", *SECRET_METHODS):
        raise http.failure(_STEP, f"it demands the method {one_line(method, 60)}, which cannot be used here")
    if method != "none" and secret is None:
        raise http.failure(_STEP, f"it demands {method}, but gave no client_secret")
    http.step(_STEP, f"client {client_id}, method {method}, at {discovery.issuer}", True)
    kept: dict[str, Any] = {
        name: value[name] for name in _KEPT if isinstance(value.get(name), str | int | float)
    }
    registration = {"redirect_uris": [redirect_uri], **kept}
    return ClientIdentity(client_id, secret, method, registration=registration)


def _agreed(value: Mapping[str, Any], asked: str, secret: str | None, discovery: Discovery) -> str:
    """How to prove ourselves; a secret that was given is used, whatever else is said (RFC 7591, 3.2.1)."""
    told = _text(value.get("token_endpoint_auth_method"))
    if secret is None or (told or asked) != "none":
        return told or asked
    supported = discovery.metadata.get("token_endpoint_auth_methods_supported")
    offered = supported if isinstance(supported, list) else ()
    if told is None or ("client_secret_post" not in offered and "client_secret_basic" in offered):
        return method_for_secret(offered)
    return "client_secret_post"  # a public client that is given a secret: in the form it does no harm


def _refused(http: OAuthHttp, answer: Answer, redirect_uri: str) -> LoginFailed:
    error, said = refusal_words(http, answer.object or {})
    said = masked_text(said)
    hint = "A client registered beforehand can be set as oauth.client_id."
    if not error or "redirect" in f"{error} {said}".lower():
        hint = f"{hint} {other_callback(redirect_uri)}".rstrip()
    then = f": {said}" if said else ""
    if error:
        return http.failure(_STEP, f"{answer.shown} refused: {error}{then}", hint=hint, error=error)
    kind = f" ({answer.kind})" if answer.kind and not said else ""
    return http.failure(_STEP, f"{answer.shown} answered {answer.said}{kind}{then}", hint=hint)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
