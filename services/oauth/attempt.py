"""One attempt to log in: PKCE, state and issuer, made for it and checked in the answer.

RFC 7636 (S256 only), RFC 6749 section 4.1, RFC 9207.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.oauth.trust import key_line
from services.secrecy.texts import masked_text
from services.text import one_line

if TYPE_CHECKING:
    from services.oauth.discovery import Discovery

__all__ = ("Attempt", "NotOurs", "Outcome")

_CODE: Final = re.compile(r"[\x21-\x7e]{1,16384}")
_NAMES: Final = ("code", "state", "iss", "error", "error_description")
_MOST_PARAMETERS: Final = 100
_RULE: Final = "RFC 9207, section 2.4"


class NotOurs(Exception):
    """A request or a text that is no answer to this attempt; says why, in plain words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the provider answered: with a code, or with a failure in one printable line."""

    code: str = field(default="", repr=False)
    failure: str = ""
    error: str = ""
    """The provider's error code."""
    hint: str = ""
    """What to do about a failure."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was sent along and must come back; its representation shows no secret."""

    redirect_uri: str
    issuer: str
    iss_required: bool = False
    """Whether the provider says that it always names itself in answers."""
    also_known_as: tuple[str, ...] = ()
    """What else the provider may call itself."""
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)

    @classmethod
    def at(cls, discovery: Discovery, redirect_uri: str) -> Attempt:
        """A fresh attempt."""
        announced = discovery.metadata.get("authorization_response_iss_parameter_supported") is True
        required = announced and discovery.issuer not in discovery.trust.issuers
        return cls(redirect_uri, discovery.issuer, required, discovery.also_known_as)

    def url(self, endpoint: str, client_id: str, scope: str | None, **more: str | None) -> str:
        """The authorization URL; `more` are further parameters, left out where None."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": self.redirect_uri,
            "state": self.state,
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            "scope": scope,
            **more,
        }
        query = urlencode({name: value for name, value in parameters.items() if value is not None})
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{query}"

    def read(self, query: str) -> Outcome:
        """What the query of a callback says. Raises NotOurs for anything but an answer to this attempt.

        An error counts without the state too, which some providers forget: it can end a login, no more.
        """
        values = _parameters(query)
        if "error" not in values and not ("state" in values and "code" in values):
            raise NotOurs("a code or an error, and the state, are missing in it")
        if "state" not in values and values.get("iss", self.issuer) not in (self.issuer, *self.also_known_as):
            raise NotOurs("it has no state, and comes from another issuer")
        return self._judged(values)

    def read_pasted(self, text: str) -> Outcome:
        """What a pasted callback URL, its query, or a bare code says. Raises NotOurs."""
        text = text.strip().strip("<>\"'")
        query = text.partition("#")[0].partition("?")[2] if "://" in text or "?" in text else text
        if query is text and not re.match(r"(code|error|state|iss|error_description)=", text):
            if not _CODE.fullmatch(text):
                raise NotOurs("that is neither a URL nor a code")
            if self.iss_required:
                raise NotOurs("this provider's answer can only be checked as a whole URL")
            return Outcome(code=text)
        values = _parameters(query)
        if "code" not in values and "error" not in values:
            raise NotOurs("there is no code in that URL: it must be the one the browser ended at")
        return self._judged(values)

    def _judged(self, values: dict[str, str]) -> Outcome:
        if "state" in values and not _same(values["state"], self.state):
            raise NotOurs("it belongs to another login (the state is not the one sent)")
        # Before anything else of the answer is used or shown (RFC 9207, 2.4).
        if "iss" in values and values["iss"] not in (self.issuer, *self.also_known_as):
            told = one_line(values["iss"], 200)
            return Outcome(
                failure=f"the answer came from {told}, not from {one_line(self.issuer, 200)} ({_RULE})",
                hint=f"If you trust that one: {key_line('oauth.trusted_issuer', values['iss'])}",
            )
        if "iss" not in values and self.iss_required:
            return Outcome(
                failure="the answer does not say who it comes from (iss), as the provider promised"
                f" ({_RULE})",
                hint=f"If you trust it all the same: {key_line('oauth.trusted_issuer', self.issuer)}",
            )
        if "error" in values:
            error = one_line(values["error"], 100)
            said = one_line(masked_text(values.get("error_description", "")), 500)
            return Outcome(failure=f"{error}: {said}" if said else error, error=error)
        if not _CODE.fullmatch(values["code"]):
            raise NotOurs("its code cannot be one")
        return Outcome(code=values["code"])


def _parameters(query: str) -> dict[str, str]:
    """The parameters that matter; one given twice is refused (RFC 6749, 3.1)."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise NotOurs("it has too many parameters") from None
    values: dict[str, str] = {}
    for name, value in pairs:
        if name in _NAMES and value:
            if name in values:
                raise NotOurs(f"{name} is given twice in it")
            values[name] = value
    return values


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
