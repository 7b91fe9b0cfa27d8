"""The errors of Jackfield; `services.error_translation` makes foreign exceptions into them.

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
├── TaskFailed              a task of a server came to no result
├── ServerError             the server answered with a JSON-RPC error
├── SkillRefused            a skill, or a file of one, that is not what its entry lists
├── ModelFailed             a model could not be asked, or its answer broke off
├── TooManyQuestions        the server asks more than anybody could answer
└── ResultTooLarge          a message above the size limit
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from services.message_limit import over_limit

if TYPE_CHECKING:
    from services.remedies import Remedy

__all__ = (
    "UNUSABLE",
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
    "SkillRefused",
    "StartTimeout",
    "TaskFailed",
    "TooManyQuestions",
    "TransportClosed",
    "UnknownServer",
    "UnknownTool",
)


UNUSABLE: Final = -7_264_002
"""Our own error code, for an answer that is none; never on the wire."""


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

    server: str = ""
    """The server it came from, for whoever tells of several; empty where the message says it."""

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

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes of ours it goes with all its facts, and without its cause."""
        return _again, (type(self), self.args, vars(self))

    def with_hint(self, hint: str) -> Self:
        """The same error with something else to do about it."""
        return _again(type(self), self.args, vars(self) | {"hint": hint})


_Error = TypeVar("_Error", bound=JackfieldError)


def _again(kind: type[_Error], arguments: tuple[Any, ...], facts: dict[str, Any]) -> _Error:
    """An error of that kind with these facts."""
    error = kind.__new__(kind, *arguments)
    vars(error).update(facts)
    return error


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


class TaskFailed(JackfieldError):
    """A task of a server came to no result.

    `reason` is `task_cancelled`, `task_expired`, `task_unknown` (to the server), `task_elsewhere` (another
    Jackfield on this home followed it to its end), else `task`: what the server says of it cannot be.
    """

    reason = "task"


class ServerError(JackfieldError):
    """The server answered with a JSON-RPC error, or with what is no answer (`reason` is `protocol`)."""

    def __init__(self, message: str, *, code: int | None, data: object = None, hint: str = "") -> None:
        super().__init__(message, hint=hint, reason="protocol" if code is None else "")
        self.code = code
        """None where what came is no answer: then the server said no code."""
        self.data = data

    @property
    def facts(self) -> tuple[str, ...]:
        """What stands beside the message, one line each: the code, and the data as JSON."""
        code = [f"JSON-RPC error {self.code}"] if self.code is not None else []
        return (*code, *([f"data: {self.detail}"] if self.detail else []))


class SkillRefused(JackfieldError):
    """A skill, or a file of one, that is not used: its entry is not valid, or lists something else."""

    reason = "skill"

    how: str = ""
    """What is wrong with the file alone, for whoever names file and skill."""


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
    """A message above the size limit (`services.message_limit`) was refused."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or over_limit(), hint="ask the tool for less, or for a resource link")
