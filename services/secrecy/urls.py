"""Masking of URLs: who logs in with them, and what their queries and fragments carry. Linear."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_plus

from services.secrecy.names import MASK, is_secret_option, is_secret_value, may_be_secret

__all__ = ("LOGIN_KEYS", "credentials_in", "masked_url", "masked_urls")

LOGIN_KEYS: Final = frozenset({"code", "state", "user_code", "device_code", "code_challenge", "nonce"})
"""What the steps of a login carry under names that are harmless elsewhere."""

_URL: Final = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>]+")
"""A URL within text, with all that hangs together with it, so that no character is looked at twice."""
_USER: Final = re.compile(r"(//)([^/?#@\s]*(?:@[^/?#@\s]*)*)@")
_PAIR: Final = re.compile(r"([^&;?#=]+)=([^&;?#]*)")
_SEGMENT: Final = re.compile(r"[^/?#&;=@:\s]+")


def masked_urls(text: str) -> str:
    """A text with the secrets of all URLs in it masked."""
    return _URL.sub(lambda found: masked_url(found[0]), text) if "://" in text else text


def masked_url(url: str, *, all_values: bool = False) -> str:
    """A URL without its password, without a user that is a token, without secrets in query and fragment.

    With `all_values` every value of query and fragment is masked, whatever its name.
    """
    end = min((place for mark in "?#" if (place := url.find(mark)) >= 0), default=len(url))
    head, rest = _USER.sub(_user, url[:end]), url[end:]
    head = _SEGMENT.sub(_segment, head)
    if not rest:
        return head
    if all_values:
        return head + _PAIR.sub(rf"\1={MASK}", rest)
    return head + _SEGMENT.sub(_segment, _PAIR.sub(_pair, rest))


def credentials_in(url: str) -> tuple[str, ...]:
    """What in a URL is secret, as it stands there: passwords, users alone, values of its query."""
    end = min((place for mark in "?#" if (place := url.find(mark)) >= 0), default=len(url))
    found: list[str] = []
    for match in _USER.finditer(url[:end]):
        user, colon, password = match[2].partition(":")
        found += [password] if colon and password else [user]
    found += [value for name, value in _PAIR.findall(url[end:]) if _hides(name, value)]
    return tuple(one for one in found if may_be_secret(one))


def _user(found: re.Match[str]) -> str:
    user, colon, password = found[2].partition(":")
    if "${" in found[2] or not found[2]:
        return found[0]
    if colon and password and not is_secret_value(user):
        return f"{found[1]}{user}:{MASK}@"
    return f"{found[1]}{MASK}{f':{MASK}' if password else colon}@"


def _pair(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if _hides(found[1], found[2]) else found[0]


def _hides(name: str, value: str) -> bool:
    name = unquote_plus(name)
    return bool(value) and "${" not in value and (name in LOGIN_KEYS or is_secret_option(name))


def _segment(found: re.Match[str]) -> str:
    return MASK if is_secret_value(found[0]) else found[0]
