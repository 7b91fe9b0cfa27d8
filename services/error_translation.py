"""The one place that makes foreign exceptions into errors of ours."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.complaints import first_complaint
from services.errors import (
    UNUSABLE,
    ConnectionFailed,
    CredentialsError,
    JackfieldError,
    ResultTooLarge,
    ServerError,
    TransportClosed,
)
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("data_text", "is_tls", "system_reason", "translate", "translating", "translating_keyring")

_TOO_LARGE: Final = -7_264_001
"""As in `services.connections.stdio.streams`."""


class _Translating:
    """What `translating` returns; a generator in its place would cost each call of a tool a microsecond."""

    __slots__ = ("_told",)

    def __init__(self, told: Callable[[JackfieldError], None] | None) -> None:
        self._told = told

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception):
            return
        ours = error if isinstance(error, JackfieldError) else translate(error)
        if self._told is not None:
            self._told(ours)
        if ours is not error:
            raise ours from error


def translating(told: Callable[[JackfieldError], None] | None = None) -> _Translating:
    """Let nothing foreign out of the block: every exception leaves as a `JackfieldError`; `told` sees it."""
    return _Translating(told)


@contextmanager
def translating_keyring(*, secret: bool = False) -> Iterator[None]:
    """As `translating`, around the keyring; with `secret` nothing that it says is repeated."""
    try:
        yield
    except CredentialsError:
        raise
    except Exception as error:
        raise _of_keyring(error, secret) from error


def translate(error: BaseException) -> JackfieldError:
    """The `JackfieldError` that says in plain words what a foreign exception means."""
    error = _leaf(error)
    if isinstance(error, JackfieldError):
        return error
    # Looked up, not imported: an exception of a library can only come when it is loaded.
    for module, speak in (("mcp", _of_sdk), ("httpx2", _of_http), ("pydantic", _of_pydantic)):
        if module in sys.modules and (known := speak(error)) is not None:
            return known
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, TimeoutError):
        return TransportClosed("the server did not answer in time")
    return ConnectionFailed(one_line(str(error) or type(error).__name__))


def _leaf(error: BaseException) -> BaseException:
    """The first exception of a group that is one of ours, else the first at all."""
    while isinstance(error, BaseExceptionGroup):
        ours = error.subgroup(JackfieldError)
        error = (ours or error).exceptions[0]
    return error


def _of_sdk(error: BaseException) -> JackfieldError | None:
    from mcp.shared.exceptions import MCPError

    if not isinstance(error, MCPError):
        return None
    known = getattr(error, "failure", None)  # services.connections.session.dispatcher.Fault
    if isinstance(known, JackfieldError):
        return known
    message = one_line(error.message) or "the server answered with an error without a message"
    if error.code == _TOO_LARGE:
        return ResultTooLarge(message)
    code = None if error.code == UNUSABLE else error.code  # ours is none that a server said
    failure = ServerError(message, code=code, data=error.data)
    if error.data is not None:
        failure.detail = data_text(error.data)
    return failure


def data_text(data: object) -> str:
    """The data of a server's error in one printable line."""
    from services.numbers import json_text

    try:
        return one_line(json_text(data, ensure_ascii=False, default=str), 2_000)
    except (ValueError, RecursionError):
        return "data that cannot be shown"


def _of_http(error: BaseException) -> JackfieldError | None:
    import httpx2

    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return ConnectionFailed(
            f"not a usable URL: {one_line(str(error))}", hint="url must be http:// or https://"
        )
    if not isinstance(error, httpx2.TransportError | httpx2.StreamError | httpx2.TooManyRedirects):
        return None
    known = getattr(error, "failure", None)  # services.web.proxies.ProxyFault
    if isinstance(known, JackfieldError):
        return known
    where = ""
    if isinstance(error, httpx2.RequestError) and error._request is not None:
        url = error._request.url
        where = f" {url.host}:{url.port}" if url.port else f" {url.host}"
    text = system_reason(error) or one_line(str(error)) or type(error).__name__
    if is_tls(error):
        return ConnectionFailed(
            f"TLS with{where} failed: {text}",
            reason="tls",
            hint=_hint_of_tls(error),
        )
    if isinstance(error, httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return ConnectionFailed(f"no connection to{where} in time", reason="network")
    if isinstance(error, httpx2.ProxyError):
        return ConnectionFailed(
            f"the proxy refused{where}: {text}",
            hint="see HTTP_PROXY, HTTPS_PROXY and NO_PROXY",
            reason="network",
        )
    if isinstance(error, httpx2.ConnectError):
        return ConnectionFailed(
            f"cannot connect to{where}: {text}", hint="Is the server running?", reason="network"
        )
    record = isinstance(error, httpx2.RemoteProtocolError) and "illegal status line" in str(error)
    hint = "Does it speak TLS? Then url begins with https://." if record else ""
    return TransportClosed(f"the connection to{where} broke: {text}", hint=hint, reason="network")


def _of_keyring(error: Exception, secret: bool) -> CredentialsError:
    """By the names of its errors: a library that could not be loaded has no classes to compare with."""
    kind = type(error).__name__
    if kind == "NoKeyringError" or isinstance(error, ImportError):
        return CredentialsError(
            "no keyring is available",
            hint='Set mcp_oauth_credentials_store = "file" in config.toml, or start a Secret Service.',
            reason="no_keyring",
        )
    if kind == "KeyringLocked":
        return CredentialsError("the keyring is locked", hint="Unlock it and try again.", reason="keyring")
    said = "" if secret else one_line(str(error), 200).rstrip(". ")
    return CredentialsError(f"the keyring failed: {said or kind}", reason="keyring")


def system_reason(error: BaseException | None) -> str:
    """What the system said underneath, such as `connection refused`; empty when it said nothing."""
    import ssl

    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        elif isinstance(error, ssl.SSLError):
            said = getattr(error, "verify_message", "") or error.reason or str(error)
            return one_line(said.replace("_", " ").lower())
        elif isinstance(error, OSError) and error.errno is not None and error.errno > 0:
            return os.strerror(error.errno).lower()
        else:
            error = error.__cause__ or error.__context__
    return ""


def _hint_of_tls(error: BaseException | None) -> str:
    import ssl

    from services.tls_hints import tls_hint

    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return tls_hint(error) if error is not None else ""


def is_tls(error: BaseException | None) -> bool:
    """Whether it was TLS that failed, with whomever."""
    import ssl

    while error is not None:
        if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _of_pydantic(error: BaseException) -> JackfieldError | None:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return None
    return ConnectionFailed(f"the server's answer is not valid MCP: {first_complaint(error)}")


def _of_system(error: OSError) -> JackfieldError:
    reason = one_line(error.strerror or str(error))
    if error.filename:
        return ConnectionFailed(f"cannot start {one_line(str(error.filename), 200)}: {reason}")
    return ConnectionFailed(reason)
