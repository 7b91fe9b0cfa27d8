"""Taking secrets out of what a person is shown, saves or sends on.

Two ways at once: by place (headers, keys of JSON, values of a URL's query, fields of a question
that ask for a password) and by value: every secret that the configuration or a login handed to
this server is masked literally wherever it stands. A `Redactor` belongs to one server; learning
replaces its values whole, so that threads may redact meanwhile.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit

from services.secrecy.secrets import MASK, looks_secret, masked_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.settings import ServerSettings

__all__ = ("MASK", "Redactor", "is_secret_key")

_SHORTEST: Final = 4
"""Characters below which a value is not masked wherever it stands: it would hit every word."""

_MOST_PASSING: Final = 100
"""Tokens remembered at a time: more would make every text dearer to mask."""

_SECRET_KEY: Final = re.compile(
    r".*(?:password|passwd|passphrase|secret|apikey|accesskey|privatekey|signingkey|credential|authorization"
    r"|assertion|codeverifier|cookie|token)s?|pwd|pass|otp|pin|auth|jwt|dpop|proxyauth"
)
_HARMLESS_KEY: Final = re.compile(
    r"(?:progress|nextpage|page|next|continuation|sync|cancel)token"
    r"|.*(?:max|total|input|output|prompt|completion|cached|count|num|used)\w*tokens?"
)
_LOGIN_KEYS: Final = frozenset({"code", "state", "user_code", "device_code", "code_challenge", "nonce"})
_LOGIN_SIGNS: Final = frozenset(
    {"grant_type", "redirect_uri", "code_verifier", "client_id", "state", "iss", "response_type"}
)
_SCHEMA_SIGNS: Final = frozenset({"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "properties", "const"})
_SCHEMA_VALUES: Final = frozenset({"default", "const", "examples", "enum"})
_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "dpop", "x-api-key", "x-auth-key"}
)
_URL_HEADERS: Final = frozenset({"location", "referer", "content-location"})
_SESSION_SHOWN: Final = 8

_SIGNED: Final = frozenset({"sig", "signature", "X-Amz-Signature", "X-Goog-Signature", "key"})

_SCHEMES: Final = re.compile(r"(?i)\b(bearer|basic|dpop)(\s+)([\w.~+/=-]{8,})")
_QUERY: Final = re.compile(r"(?i)(\bhttps?://[^\s\"'<>?#]{0,2000})\?([^\s\"'<>#]{1,4000})")
_LOOSE: Final = re.compile(r'"((?:[^"\\]|\\.){1,100}+)"\s*:\s*"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)
_DEEPEST: Final = 200


@lru_cache(4_096)
def is_secret_key(name: str) -> bool:
    """Whether a key of JSON, or a header, looks as if a secret stood under it."""
    if len(name) > 100:
        return False
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return bool(_SECRET_KEY.fullmatch(plain)) and not _HARMLESS_KEY.fullmatch(plain)


class Redactor:
    """What is known to be secret at one server, and the masking of it."""

    def __init__(self) -> None:
        self._lasting: frozenset[str] = frozenset()
        self._passing: tuple[str, ...] = ()
        self._values: frozenset[str] = frozenset()
        self._literal: re.Pattern[str] | None = None
        self._headers: frozenset[str] = _HEADERS
        self._fields: frozenset[str] = frozenset()
        self.wary = False
        """Whether questions were missed, so that all answers to questions are masked whole."""

    # Learning.

    def learn(self, values: Iterable[str], *, shortest: int = _SHORTEST) -> None:
        """Mask these values wherever they stand; shorter ones than 4 characters are left out."""
        new = {value for value in values if len(value) >= shortest} - self._lasting
        if new:
            self._lasting = self._lasting | new
            self._compile()

    def learn_passing(self, values: Iterable[str]) -> None:
        """Mask values that others take the place of again and again, such as tokens: the latest of them."""
        new = tuple(value for value in values if len(value) >= _SHORTEST and value not in self._values)
        if new:
            self._passing = (*self._passing, *new)[-_MOST_PASSING:]
            self._compile()

    def _compile(self) -> None:
        self._values = self._lasting.union(self._passing)
        forms = {form for value in self._values for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._literal = re.compile("|".join(map(re.escape, longest_first)))

    def learn_headers(self, headers: Mapping[str, str]) -> None:
        """Mask the values of these headers, under their names and elsewhere."""
        self._headers = self._headers | {name.lower() for name in headers}
        self.learn(_token(value) for value in headers.values() if len(value) >= 8)

    def learn_settings(self, settings: ServerSettings, environ: Mapping[str, str]) -> None:
        """Learn what a server's table gives it: variables, arguments, headers, the token."""
        given = {**{name: environ.get(name, "") for name in settings.env_vars}, **settings.env}
        self.learn(value.strip() for name, value in given.items() if _given_secret(name, value))
        hidden = zip(settings.args, masked_arguments(settings.args), strict=True)
        self.learn(_hidden(plain, masked) for plain, masked in hidden if plain != masked)
        from_variables = {
            name: environ.get(variable, "") for name, variable in settings.env_http_headers.items()
        }
        self.learn_headers({**settings.http_headers, **from_variables})
        if settings.bearer_token_env_var:
            self.learn([_token(environ.get(settings.bearer_token_env_var, "").strip())])
        if isinstance(secret := settings.oauth.get("client_secret"), str):
            self.learn([secret])
        self._learn_url(settings.url)

    def _learn_url(self, url: str) -> None:
        try:
            parts = urlsplit(url)
        except ValueError:
            return
        password = parts.netloc.rpartition("@")[0].partition(":")[2]
        pairs = (pair.partition("=") for pair in parts.query.split("&"))
        values = [value for name, _, value in pairs if is_secret_key(unquote_plus(name))]
        self.learn(filter(None, [password, unquote_plus(password), *values]))

    def learn_question(self, schema: object) -> None:
        """Remember which fields of a requested schema ask for secrets."""
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if isinstance(properties, dict) and len(self._fields) < 1_000:
            self._fields = self._fields | {
                name for name, field in properties.items() if is_secret_key(name) or _asks_secret(field)
            }

    def learn_answer(self, content: object) -> None:
        """Mask what was answered to the secret fields of questions, wherever it turns up later."""
        if isinstance(content, dict):
            self.learn(
                value for name, value in content.items() if name in self._fields and isinstance(value, str)
            )

    # Masking.

    def text(self, text: str) -> str:
        """Any text with known secrets, bearer tokens and secrets in queries of URLs masked. Linear."""
        if self._literal is not None:
            text = self._literal.sub(MASK, text)
        text = _SCHEMES.sub(_scheme, text)
        return _QUERY.sub(_secret_query, text)

    def cut(self, text: str) -> str:
        """The beginning of a longer text, as `text`, without the beginning of a secret at its end."""
        longest = max(map(len, self._values), default=0)
        tail = text[-longest:] if longest else ""
        for start in range(len(tail)):
            begun = tail[start:]
            if any(value.startswith(begun) for value in self._values if len(value) > len(begun) >= 3):
                return self.text(text[: len(text) - len(begun)]) + MASK
        return self.text(text)

    def url(self, url: str) -> str:
        """A URL without its password and with all values of its query masked."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return MASK
        user, at, host = parts.netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}" if at else host
        query = _masked_query(parts.query)
        return self.text(urlunsplit((parts.scheme, netloc, parts.path, query, "")))

    def header(self, name: str, value: str) -> str:
        """The value of a header as it may be shown."""
        name = name.lower()
        if name in self._headers or is_secret_key(name):
            return MASK
        if name == "mcp-session-id":
            return value[:_SESSION_SHOWN] + "…" if len(value) > 2 * _SESSION_SHOWN else MASK
        return self.url(value) if name in _URL_HEADERS else self.text(value)

    def json(self, value: Any) -> Any:
        """A parsed JSON value with its secrets masked; the value itself is not changed."""
        return self._json(value, 0)

    def form(self, text: str) -> str:
        """A body of `application/x-www-form-urlencoded` with secret values masked."""
        names = {pair.partition("=")[0] for pair in text.split("&")}
        login = bool(names & _LOGIN_SIGNS)

        def pair_of(pair: str) -> str:
            name, sign, _ = pair.partition("=")
            hidden = is_secret_key(unquote_plus(name)) or (login and name in _LOGIN_KEYS)
            return f"{name}{sign}{MASK}" if sign and hidden else self.text(pair)

        return "&".join(map(pair_of, text.split("&")))

    def loose(self, text: str) -> str:
        """JSON that cannot be parsed, such as its beginning: strings under secret keys are masked."""

        def member(found: re.Match[str]) -> str:
            name = found[1]
            if not (is_secret_key(name) or name in self._fields):
                return found[0]
            return f'{found[0][: found.start(2) - found.start()]}{MASK}"'

        return self.cut(_LOOSE.sub(member, text))

    def _json(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if depth > _DEEPEST:
            return MASK if isinstance(value, dict | list) else value
        if isinstance(value, list):
            return [self._json(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        login = len(value.keys() & _LOGIN_SIGNS) > 1
        answer = value.get("action") == "accept" and isinstance(value.get("content"), dict)
        masked: dict[str, Any] = {}
        for key, item in value.items():
            name = self.text(key)
            if answer and key == "content":
                masked[name] = self._answer(item, depth)
            elif is_secret_key(key) or (login and key in _LOGIN_KEYS):
                masked[name] = self._under_secret(item, key, depth)
            else:
                masked[name] = self._json(item, depth + 1)
        return masked

    def _answer(self, content: dict[str, Any], depth: int) -> dict[str, Any]:
        hidden = content.keys() if self.wary else self._fields
        return {
            key: MASK if key in hidden or is_secret_key(key) else self._json(item, depth + 1)
            for key, item in content.items()
        }

    def _under_secret(self, value: Any, key: str, depth: int) -> Any:
        """What stands under a secret key: masked, but the schema of such a field keeps its shape."""
        if value is None or isinstance(value, bool) or value in ("", [], {}):
            return value
        if isinstance(value, int | float):
            return value if key.endswith("s") else MASK
        if isinstance(value, dict) and value.keys() & _SCHEMA_SIGNS:
            return {
                name: MASK if name in _SCHEMA_VALUES else self._json(item, depth + 1)
                for name, item in value.items()
            }
        return MASK


def _asks_secret(field: object) -> bool:
    return isinstance(field, dict) and (field.get("format") == "password" or field.get("writeOnly") is True)


def _given_secret(name: str, value: str) -> bool:
    return is_secret_key(name) or looks_secret(name, value)


def _token(value: str) -> str:
    """The secret part of a header's value: without the name of the scheme."""
    return re.sub(r"(?i)^(?:bearer|basic|token|dpop)\s+", "", value.strip())


def _hidden(plain: str, masked: str) -> str:
    """The part of an argument that `masked_arguments` hid."""
    before, _, after = masked.partition(MASK)
    return plain[len(before) : len(plain) - len(after)]


def _forms(value: str) -> set[str]:
    """How a value may be written: as it is, within JSON, within a URL."""
    written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    return {value, *written}


def _scheme(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}{MASK}"


def _secret_query(found: re.Match[str]) -> str:
    pairs = (pair.partition("=") for pair in found[2].split("&"))
    shown = (
        f"{name}{sign}{MASK if name in _LOGIN_KEYS or is_secret_key(name) or name in _SIGNED else value}"
        for name, sign, value in pairs
    )
    return f"{found[1]}?{'&'.join(shown)}"


def _masked_query(query: str) -> str:
    pairs = (pair.partition("=") for pair in query.split("&"))
    return "&".join(f"{name}={MASK}" if sign else name for name, sign, _ in pairs)
