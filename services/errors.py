"""The errors of Jackfield, and the one place that translates foreign exceptions.

JackfieldError              one or two plain lines: what happened, what to do next
├── ConfigurationError      the configuration file or the home directory
├── CredentialsError        the keyring or the file that logins are kept in
├── LoginFailed             a login, or a request of one, did not succeed
├── UnknownServer           no configured server of that name
├── NotReady                the server is configured but not connected
├── UnknownTool             the server has no such tool, or it is filtered out
├── NotOffered              the server does not offer what was asked of it
├── InvalidArguments        arguments that the tool's input schema refuses
├── ConnectionFailed        a server that could not be started or reached
│   ├── MissingVariable     an environment variable that the configuration names
│   ├── ProgramNotFound     the program that `command` names
│   ├── StartTimeout        no handshake within startup_timeout_sec
│   ├── LoginNeeded         the server answered 401 or 403
│   │   └── ScopesNeeded    the login does not cover what was asked (403 insufficient_scope)
│   └── TransportClosed     the connection ended under a request
├── CallTimeout             no result within tool_timeout_sec
├── ServerError             the server answered with a JSON-RPC error
├── ModelFailed             a model could not be asked, or its answer broke off
├── TooManyQuestions        the server asks more than anybody could answer
└── ResultTooLarge          a message above the size limit
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.remedies import Remedy

__all__ = (
    "CallTimeout",
    "ConfigurationError",
    "ConnectionFailed",
    "CredentialsError",
    "InvalidArguments",
    "JackfieldError",
    "LoginFailed",
    "LoginNeeded",
    "MissingVariable",
    "ModelFailed",
    "NotOffered",
    "NotReady",
    "ProgramNotFound",
    "ResultTooLarge",
    "ScopesNeeded",
    "ServerError",
    "StartTimeout",
    "TooManyQuestions",
    "TransportClosed",
    "UnknownServer",
    "UnknownTool",
    "translate",
    "translating",
    "translating_keyring",
)


class JackfieldError(Exception):
    """What went wrong, in one line, with what to do about it in `hint`."""

    reason: str = ""
    """The kind of failure for programs; the class says it, an instance may say it better."""

    retry_after: float | None = None
    """Seconds the server asked us to wait (`Retry-After`); None when it did not."""

    remedy: Remedy | None = None
    """What to do about it, for each floor to word; None when only `hint` says it."""

    summary: str = ""
    """What happened without what the server said, such as `exit status 3`; empty where that is all."""

    exit_status: int | None = None
    """The exit status of the server's process; None where it is not what ended the connection."""

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        detail: str = "",
        reason: str = "",
        remedy: Remedy | None = None,
    ) -> None:
        super().__init__(message)
        if reason:
            self.reason = reason
        if remedy is not None:
            self.remedy = remedy
        self.message = message
        """One plain line, printable."""
        self.hint = hint
        """One plain line: what to do next; may be empty."""
        self.detail = detail
        """More for whoever asks: a body excerpt, the last lines of stderr."""

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConfigurationError(JackfieldError):
    """The configuration or the home directory cannot be used as it is."""


class CredentialsError(JackfieldError):
    """The place where logins and answers are kept cannot be used: a keyring, or a file."""


class LoginFailed(JackfieldError):
    """A login, or a request of one, did not succeed; `step` says where."""

    reason = "login"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        detail: str = "",
        reason: str = "",
        step: str = "",
        error: str = "",
    ) -> None:
        super().__init__(message, hint=hint, detail=detail, reason=reason)
        self.step = step
        """As `services.oauth.steps.Step.what`."""
        self.error = error
        """The provider's error code, such as `invalid_scope`; empty where it gave none."""
        self.discovered_scopes = False
        """Whether the scopes asked for were found out, so that asking for none may do."""


class UnknownServer(JackfieldError):
    """No configured server has that name."""


class NotReady(JackfieldError):
    """The server is configured but not connected."""


class UnknownTool(JackfieldError):
    """The server offers no such tool, or the configuration filters it out."""


class NotOffered(JackfieldError):
    """The server does not offer what was asked of it: no capability, or none of that kind."""

    reason = "not_offered"


class InvalidArguments(JackfieldError):
    """Arguments that do not fit what is asked for."""


class ConnectionFailed(JackfieldError):
    """A server could not be started, reached or understood."""


class MissingVariable(ConnectionFailed):
    """An environment variable that the configuration names is unset or empty."""

    reason = "variable"


class ProgramNotFound(ConnectionFailed):
    """The program that `command` names is not there."""

    reason = "program_not_found"

    searched = False
    """Whether the folders of PATH were looked through."""


class StartTimeout(ConnectionFailed):
    """The server did not finish its handshake within startup_timeout_sec."""

    reason = "timeout"


class LoginNeeded(ConnectionFailed):
    """The server wants a login (HTTP 401, or 403 with a challenge)."""

    reason = "login"


class ScopesNeeded(LoginNeeded):
    """The login does not cover what was asked for; one for `scopes` does. The connection lives on."""

    reason = "scope"

    def __init__(
        self, message: str, *, scopes: tuple[str, ...] = (), hint: str = "", remedy: Remedy | None = None
    ) -> None:
        super().__init__(message, hint=hint, remedy=remedy)
        self.scopes = scopes
        """All scopes to ask for: those there are, and those that are missing."""


class TransportClosed(ConnectionFailed):
    """The connection ended while a request was under way."""

    reason = "closed"


class CallTimeout(JackfieldError):
    """No result within tool_timeout_sec."""

    reason = "timeout"


class ServerError(JackfieldError):
    """The server answered with a JSON-RPC error."""

    def __init__(self, message: str, *, code: int, data: object = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.code = code
        self.data = data


class TooManyQuestions(JackfieldError):
    """The server asks more than anybody could answer; its question was not put to the person."""


class ModelFailed(JackfieldError):
    """A model could not be asked, or its answer broke off; the conversation stays as it is.

    `reason` is one of `not_configured`, `not_installed`, `key`, `unknown_model`, `network`, `rate_limit`,
    `quota`, `overloaded`, `context`, `refused`, `broken`, `turns`.
    """

    reason = "model"

    again = False
    """Whether asking again later may help."""


class ResultTooLarge(JackfieldError):
    """A message above the size limit (64 MiB) was refused."""


_CONNECTION_CLOSED: Final = -32000
_PARSE_ERROR: Final = -32700
_TOO_LARGE: Final = -7_264_001
"""As in `services.connections.stdio.streams`."""


@contextmanager
def translating() -> Iterator[None]:
    """Let nothing foreign out of the block: every exception leaves as a `JackfieldError`."""
    try:
        yield
    except JackfieldError:
        raise
    except Exception as error:
        raise translate(error) from error


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
    too_large = "over the limit of" in message or message.endswith("byte limit.")
    if too_large and error.code in (_CONNECTION_CLOSED, _PARSE_ERROR):
        return ResultTooLarge(
            "message refused: over the limit of 64 MiB", hint="ask the tool for less, or for a resource link"
        )
    if error.code == _CONNECTION_CLOSED and error.data is None:
        plain = message == "Connection closed"
        return TransportClosed("the connection ended before the answer" if plain else message)
    if error.code == _TOO_LARGE:
        return ResultTooLarge(message, hint="ask the tool for less, or for a resource link")
    failure = ServerError(message, code=error.code, data=error.data)
    if error.data is not None:
        import json

        failure.detail = one_line(json.dumps(error.data, ensure_ascii=False, default=str), 2_000)
    return failure


def _of_http(error: BaseException) -> JackfieldError | None:
    import httpx2

    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return ConnectionFailed(
            f"not a usable URL: {one_line(str(error))}", hint="url must be http:// or https://"
        )
    if not isinstance(error, httpx2.TransportError | httpx2.StreamError | httpx2.TooManyRedirects):
        return None
    where = ""
    if isinstance(error, httpx2.RequestError) and error._request is not None:
        url = error._request.url
        where = f" {url.host}:{url.port}" if url.port else f" {url.host}"
    text = _system_reason(error) or one_line(str(error)) or type(error).__name__
    if _is_tls(error):
        return ConnectionFailed(
            f"TLS with{where} failed: {text}",
            reason="tls",
            hint="SSL_CERT_FILE may name a file with the authority's certificate",
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
    return TransportClosed(f"the connection to{where} broke: {text}", reason="network")


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


def _system_reason(error: BaseException | None) -> str:
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


def _is_tls(error: BaseException | None) -> bool:
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
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return ConnectionFailed("the server's answer is not valid MCP: " + one_line(f"{where}: {first['msg']}"))


def _of_system(error: OSError) -> JackfieldError:
    reason = one_line(error.strerror or str(error))
    if error.filename:
        return ConnectionFailed(f"cannot start {one_line(str(error.filename), 200)}: {reason}")
    return ConnectionFailed(reason)
