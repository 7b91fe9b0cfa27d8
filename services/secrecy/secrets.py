"""Telling what in a server's table looks like a secret, and masking it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from services.secrecy.names import MASK, is_secret_option, is_secret_value, may_be_secret
from services.secrecy.urls import masked_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = (
    "MASK",
    "REFERENCE",
    "looks_secret",
    "masked_arguments",
    "masked_table",
    "masked_url",
    "secret_places",
)

REFERENCE = re.compile(r"((Bearer|Basic|Token) )?\$\{([A-Za-z_][A-Za-z0-9_]*|input:[^}]+)\}")
"""A value that only names a variable or an input: no secret, and worth seeing."""

_OPTION = re.compile(r"--?([A-Za-z][\w-]*)(?:=(.*))?", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z_][\w-]*)\s*[=:]\s*(.+)", re.DOTALL)


def looks_secret(name: str, value: str) -> bool:
    """Whether a value, kept under `name`, is a secret in clear. A reference such as `${VAR}` is none."""
    value = value.strip()
    return may_be_secret(value) and (is_secret_value(value) or is_secret_option(name))


def secret_places(table: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of a server's table that hold a secret in clear: `env.API_KEY`, `args[2]`, `url`."""
    return tuple(_places(table))


def _places(table: Mapping[str, Any]) -> Iterator[str]:
    for key in ("env", "http_headers"):
        for name, value in table.get(key, {}).items():
            if looks_secret(name, str(value)):
                yield f"{key}.{name}"
    arguments = [str(argument) for argument in table.get("args", ())]
    masked = masked_arguments(arguments)
    yield from (f"args[{at}]" for at, argument in enumerate(arguments) if masked[at] != argument)
    url = str(table.get("url", ""))
    if masked_url(url) != url:
        yield "url"
    oauth = table.get("oauth")
    if isinstance(oauth, dict) and oauth.get("client_secret"):
        yield "oauth.client_secret"


def masked_table(table: Mapping[str, Any]) -> dict[str, Any]:
    """A server's table for showing it: values of variables and headers masked, and secrets elsewhere."""
    shown = dict(table)
    for key in ("env", "http_headers"):
        if isinstance(named := table.get(key), dict):
            shown[key] = {name: _masked_value(value) for name, value in named.items()}
    if isinstance(arguments := table.get("args"), list):
        shown["args"] = list(masked_arguments([str(argument) for argument in arguments]))
    if isinstance(url := table.get("url"), str):
        shown["url"] = masked_url(url)
    if isinstance(oauth := table.get("oauth"), dict) and "client_secret" in oauth:
        shown["oauth"] = oauth | {"client_secret": MASK}
    return shown


def _masked_value(value: Any) -> Any:
    return value if isinstance(value, str) and REFERENCE.fullmatch(value) else MASK


def masked_arguments(arguments: Sequence[str]) -> tuple[str, ...]:
    """Arguments with what looks like a secret masked: `--token X`, `--api-key=X`, `KEY=X`, known tokens."""
    shown: list[str] = []
    option = ""
    for argument in arguments:
        shown.append(_masked_argument(argument, option))
        match = _OPTION.fullmatch(argument)
        option = match[1] if match and match[2] is None else ""
    return tuple(shown)


def _masked_argument(argument: str, option: str) -> str:
    match = _OPTION.fullmatch(argument)
    if match and match[2] is None:
        return argument
    if match and not looks_secret(match[1], match[2]):
        # `--env=API_KEY=X`
        return argument[: match.start(2)] + _masked_word(match[2], match[1])
    return argument[: match.start(2)] + MASK if match else _masked_word(argument, option)


def _masked_word(word: str, option: str) -> str:
    match = _ASSIGNMENT.fullmatch(word)
    if match and looks_secret(match[1], match[2]):
        return word[: match.start(2)] + MASK
    if "://" in word:
        return masked_url(word)
    return MASK if looks_secret(option, word) else word
