"""What is a secret: the one list of words and the one set of rules that every mask goes by.

A name is taken apart into words (`AWS_SECRET_ACCESS_KEY`, `sessionToken`, `x-api-key`); the last
words decide, since what stands before them only says whose secret it is. Everything here is linear
in what it looks at.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

__all__ = (
    "MASK",
    "is_secret_name",
    "is_secret_option",
    "is_secret_value",
    "masked_tokens",
    "may_be_secret",
)

MASK: Final = "*****"
"""What stands in the place of a secret, everywhere."""

_LONGEST_NAME: Final = 100
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_SECRET: Final = frozenset(
    {
        *(
            "token",
            "secret",
            "password",
            "passwd",
            "passphrase",
            "passcode",
            "pass",
            "pwd",
            "pat",
            "pin",
            "otp",
        ),
        *(
            "totp",
            "jwt",
            "dpop",
            "dsn",
            "credential",
            "authorization",
            "auth",
            "cookie",
            "assertion",
            "bearer",
        ),
        *(
            "pin",
            "otp",
            "bearer",
            "verifier",
            "apikey",
            "accesskey",
            "privatekey",
            "secretkey",
            "signingkey",
            "authkey",
        ),
        *("codeverifier",),
    }
)
"""Last words of names that a secret stands under, without the `s` of a plural."""

_KEYS: Final = frozenset(
    {"api", "access", "private", "secret", "signing", "encryption", "auth", "account", "service", "master"}
)
"""Words before `key` that make it a secret; a key alone is the key of anything."""

_ENDINGS: Final = (
    *(
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "apikey",
        "accesskey",
        "privatekey",
        "secretkey",
    ),
    *("signingkey", "credential", "authorization", "assertion", "codeverifier", "cookie"),
)
"""Ends of words written together, as in `GITHUBTOKEN` or `mytoken`."""

_COUNTED: Final = frozenset(
    {
        "max",
        "min",
        "total",
        "input",
        "output",
        "prompt",
        "completion",
        "cached",
        "count",
        "num",
        "used",
        "budget",
    }
)
"""Words before `tokens` that make them a number."""

_PASSED: Final = frozenset({"progress", "page", "next", "continuation", "sync", "cancel", "cursor", "resume"})
"""Words before `token` that make it a place to go on from."""

_OPTIONS: Final = frozenset({"key", "sig", "signature", "access", "hmac"})
"""What is a secret too where a person or a server gave it: an option, a variable, a header, a query."""

_HARMLESS: Final = frozenset(
    {
        *("file", "path", "dir", "directory", "folder", "url", "uri", "env", "var", "variable", "host", "id"),
        *(
            "name",
            "timeout",
            "limit",
            "type",
            "length",
            "expiry",
            "expires",
            "ttl",
            "count",
            "endpoint",
            "store",
        ),
    }
)
"""Last words that say where a secret is, or something about it."""

_VALUE: Final = re.compile(
    r"(?P<make>gh[opusr]_|github_pat_|glpat-|sk-|[rs]k_live_|xox[abeprs]-|xapp-|figd_|AKIA[0-9A-Z]{12}|ASIA[0-9A-Z]{12}"
    r"|AIza|ya29\.|hf_|npm_|pypi-|lin_api_|ntn_|dop_v1_|shpat_|sq0|SG\.|eyJ[\w-]{10,}\.|-----BEGIN )"
    r"|(?:Bearer|Basic|Token|DPoP)\s+\S{4,}",
    re.IGNORECASE,
)
_WORDS_OF_VALUES: Final = frozenset({"true", "false", "none", "null", "yes", "no"})
_SHORTEST: Final = 4
_SHORTEST_TOKEN: Final = 12
_TOKEN: Final = re.compile(
    r"(?<![\w-])(?:gh[opusr]_|github_pat_|glpat-|sk-|[rs]k_live_|xox[abeprs]-|xapp-|figd_|AKIA|ASIA|AIza|hf_|npm_"
    r"|pypi-|lin_api_|ntn_|dop_v1_|shpat_|eyJ)[\w.-]{16,}"
)


@lru_cache(4_096)
def is_secret_name(name: str) -> bool:
    """Whether a secret stands under this name: a key of JSON, a field, a header, a variable, an option."""
    return _judged(name, frozenset())


@lru_cache(4_096)
def is_secret_option(name: str) -> bool:
    """The same for what was given by name: an option, a variable, a header, a query; `key` counts too."""
    return _judged(name, _OPTIONS)


def is_secret_value(value: str) -> bool:
    """Whether a value is a secret by itself: a token of a known make, a private key, `Bearer …`."""
    found = _VALUE.match(value)
    return found is not None and (found["make"] is None or len(value) >= _SHORTEST_TOKEN)


def masked_tokens(text: str) -> str:
    """A text with the tokens of known makes in it masked."""
    return _TOKEN.sub(MASK, text)


def may_be_secret(value: str) -> bool:
    """Whether a value can be one at all: long enough, no switch, no reference such as `${VAR}`."""
    return "${" not in value and len(value) >= _SHORTEST and value.lower() not in _WORDS_OF_VALUES


def _judged(name: str, also: frozenset[str]) -> bool:
    if len(name) > _LONGEST_NAME:
        return False
    words = [word.lower() for word in _WORD.findall(name) if not word.isdigit()]
    if not words:
        return False
    last, before = words[-1], frozenset(words[:-1])
    single = last[:-1] if last.endswith("s") and not last.endswith("ss") else last
    if last in _HARMLESS or single in _HARMLESS:
        return False
    if single == "token" and (before & _PASSED or (last == "tokens" and before & _COUNTED)):
        return False
    if single in _SECRET or single in also:
        return True
    if single == "key":
        return bool(before & _KEYS)
    return single.endswith(_ENDINGS) and not single.startswith(tuple(_PASSED))
