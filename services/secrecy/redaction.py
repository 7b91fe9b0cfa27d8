"""Taking secrets out of what a person is shown, saves or sends on.

Two ways at once: by place (headers, keys of JSON, values of a URL's query, fields of a question
that ask for a password) and by value: every secret that the configuration or a login handed to
this server is masked literally wherever it stands. A `Redactor` belongs to one server; learning
replaces its values whole, so that threads may redact meanwhile.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote_plus

from services.error_translation import data_text
from services.errors import ServerError
from services.secrecy.given import given_headers, given_secrets, header_secret
from services.secrecy.names import MASK, is_secret_name
from services.secrecy.texts import masked_text
from services.secrecy.urls import LOGIN_KEYS, masked_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.errors import JackfieldError
    from services.settings import ServerSettings

__all__ = ("DEEPEST", "LOGIN_SIGNS", "MASK", "Redactor")

_SHORTEST: Final = 4
"""Characters below which a value is not masked wherever it stands: it would hit every word."""

_MOST_PASSING: Final = 100
"""Tokens remembered at a time: more would make every text dearer to mask."""

LOGIN_SIGNS: Final = frozenset(
    {"grant_type", "redirect_uri", "code_verifier", "client_id", "state", "iss", "response_type"}
)
_SCHEMA_SIGNS: Final = frozenset({"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "properties", "const"})
_SCHEMA_VALUES: Final = frozenset({"default", "const", "examples", "enum"})
_HEADERS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "dpop", "x-api-key", "x-auth-key"}
)
_URL_HEADERS: Final = frozenset({"location", "referer", "content-location"})
_SESSION_SHOWN: Final = 8

_LOOSE: Final = re.compile(r'"((?:[^"\\]|\\.){1,100}+)"\s*:\s*"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)
DEEPEST: Final = 200
_LONGEST_BEGUN: Final = 1 << 14
_MOST_BEGINNINGS: Final = 64
"""How far and how often a cut text is searched for the beginning of a secret at its end."""


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

    def learn_from(self, other: Redactor) -> None:
        """Mask what another one masks: for what passes on what it was told."""
        self.learn(other._lasting)
        self.learn_passing(other._passing)
        self._fields = self._fields | other._fields

    def _compile(self) -> None:
        self._values = self._lasting.union(self._passing)
        forms = {form for value in self._values for form in _forms(value)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._literal = re.compile("|".join(map(re.escape, longest_first)))

    def learn_headers(self, headers: Mapping[str, str]) -> None:
        """Mask the values of these headers, under their names and elsewhere."""
        self._headers = self._headers | {name.lower() for name in headers}
        self.learn(header_secret(value) for value in headers.values() if len(value) >= 8)

    def learn_settings(self, settings: ServerSettings, environ: Mapping[str, str]) -> None:
        """Learn what a server's table gives it: variables, arguments, headers, the token."""
        self.learn(given_secrets(settings, environ))
        self.learn_headers(given_headers(settings, environ))

    def learn_question(self, schema: object) -> None:
        """Remember which fields of a requested schema ask for secrets."""
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if isinstance(properties, dict) and len(self._fields) < 1_000:
            self._fields = self._fields | {
                name for name, field in properties.items() if is_secret_name(name) or _asks_secret(field)
            }

    def learn_answer(self, content: object) -> None:
        """Mask what was answered to the secret fields of questions, wherever it turns up later."""
        if isinstance(content, dict):
            self.learn(
                value for name, value in content.items() if name in self._fields and isinstance(value, str)
            )

    # Masking.

    def text(self, text: str) -> str:
        """Any text with known secrets masked, and whatever `masked_text` masks. Linear."""
        if self._literal is not None:
            text = self._literal.sub(MASK, text)
        return masked_text(text)

    def knows_within(self, text: str) -> bool:
        """Whether a secret of this server stands in a text as it is; for texts too long for every rule."""
        return any(value in text for value in self._values)

    def cut(self, text: str) -> str:
        """The beginning of a longer text, as `text`, without the beginning of a secret at its end."""
        begun = max((_begun(value, text) for value in self._values), default=0)
        return self.text(text[: len(text) - begun]) + MASK if begun else self.text(text)

    def url(self, url: str) -> str:
        """A URL without its password and with all values of its query masked."""
        return self.text(masked_url(url, all_values=True))

    def header(self, name: str, value: str) -> str:
        """The value of a header as it may be shown."""
        name = name.lower()
        if name in self._headers or is_secret_name(name):
            return MASK
        if name == "mcp-session-id":
            return value[:_SESSION_SHOWN] + "…" if len(value) > 2 * _SESSION_SHOWN else MASK
        return self.url(value) if name in _URL_HEADERS else self.text(value)

    def error(self, error: JackfieldError) -> None:
        """Mask what an error carries, before anybody is told: its texts, and the data of the server's."""
        error.message, error.hint = self.text(error.message), self.text(error.hint)
        error.detail = self.text(error.detail)
        if isinstance(error, ServerError):
            error.data = self.json(error.data)
            if error.data is not None:
                error.detail = self.text(data_text(error.data))

    def json(self, value: Any) -> Any:
        """A parsed JSON value with its secrets masked; the value itself is not changed."""
        return self._json(value, 0)

    def form(self, text: str) -> str:
        """A body of `application/x-www-form-urlencoded` with secret values masked."""
        names = {pair.partition("=")[0] for pair in text.split("&")}
        login = bool(names & LOGIN_SIGNS)

        def pair_of(pair: str) -> str:
            name, sign, _ = pair.partition("=")
            hidden = is_secret_name(unquote_plus(name)) or (login and name in LOGIN_KEYS)
            return f"{name}{sign}{MASK}" if sign and hidden else self.text(pair)

        return "&".join(map(pair_of, text.split("&")))

    def loose(self, text: str) -> str:
        """JSON that cannot be parsed, such as its beginning: strings under secret keys are masked."""

        def member(found: re.Match[str]) -> str:
            name = found[1]
            if not (is_secret_name(name) or name in self._fields):
                return found[0]
            return f'{found[0][: found.start(2) - found.start()]}{MASK}"'

        return self.cut(_LOOSE.sub(member, text))

    def _json(self, value: Any, depth: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if depth > DEEPEST:
            return MASK if isinstance(value, dict | list) else value
        if isinstance(value, list):
            return [self._json(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        login = len(value.keys() & LOGIN_SIGNS) > 1
        answer = value.get("action") == "accept" and isinstance(value.get("content"), dict)
        masked: dict[str, Any] = {}
        for key, item in value.items():
            name = self.text(key)
            if answer and key == "content":
                masked[name] = self._answer(item, depth)
            elif is_secret_name(key) or (login and key in LOGIN_KEYS):
                masked[name] = self._under_secret(item, key, depth)
            else:
                masked[name] = self._json(item, depth + 1)
        return masked

    def _answer(self, content: dict[str, Any], depth: int) -> dict[str, Any]:
        hidden = content.keys() if self.wary else self._fields
        return {
            key: MASK if key in hidden or is_secret_name(key) else self._json(item, depth + 1)
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
    """Whether a field of a question is for a secret: by its format, or by what it is called on the screen."""
    if not isinstance(field, dict):
        return False
    title = field.get("title")
    titled = isinstance(title, str) and is_secret_name(title)
    return titled or field.get("format") == "password" or field.get("writeOnly") is True


def _begun(value: str, text: str) -> int:
    """How many of the last characters of a text are the beginning of a value; none below three."""
    tail = text[-min(len(value) - 1, _LONGEST_BEGUN) :] if len(value) > 1 else ""
    at = tail.find(value[:3])
    for _ in range(_MOST_BEGINNINGS):
        if at < 0 or len(tail) - at < 3:
            return 0
        if value.startswith(tail[at:]):
            return len(tail) - at
        at = tail.find(value[:3], at + 1)
    return 0


def _forms(value: str) -> set[str]:
    """How a value may be written: as it is, within JSON, within a URL."""
    written = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe="")}
    return {value, *written}
