"""The words of the Agent Client Protocol, as the machinery of drivers needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from acp import PROTOCOL_VERSION, schema
from acp.meta import AGENT_METHODS, CLIENT_METHODS

from services.driving.dialect import Dialect
from services.driving.failures import error_data
from services.driving.jsonrpc import INVALID_PARAMS, Refusal
from services.errors import InvalidArguments, UnknownServer
from services.transcript.folder import NoSuchSession

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from services.errors import JackfieldError

__all__ = ("CANCEL", "ELICIT", "ELICITED", "PERMIT", "PROTOCOL_VERSION", "READ_FILE", "UPDATE", "dialect")

AUTH_REQUIRED: Final = -32000
"""What a model wants first is missing: its key."""
RESOURCE_NOT_FOUND: Final = -32002
INTERNAL_ERROR: Final = -32603
CANCEL: Final = AGENT_METHODS["session_cancel"]
READ_FILE: Final = CLIENT_METHODS["fs_read_text_file"]
UPDATE: Final = CLIENT_METHODS["session_update"]
PERMIT: Final = CLIENT_METHODS["session_request_permission"]
ELICIT: Final = CLIENT_METHODS["elicitation_create"]
ELICITED: Final = CLIENT_METHODS["elicitation_complete"]
_CANCEL_REQUEST: Final = "$/cancel_request"

_METHODS: Final[Mapping[str, type[BaseModel]]] = {
    AGENT_METHODS["initialize"]: schema.InitializeRequest,
    AGENT_METHODS["authenticate"]: schema.AuthenticateRequest,
    AGENT_METHODS["session_new"]: schema.NewSessionRequest,
    AGENT_METHODS["session_load"]: schema.LoadSessionRequest,
    AGENT_METHODS["session_resume"]: schema.ResumeSessionRequest,
    AGENT_METHODS["session_list"]: schema.ListSessionsRequest,
    AGENT_METHODS["session_close"]: schema.CloseSessionRequest,
    AGENT_METHODS["session_set_config_option"]: schema.SetSessionConfigOptionSelectRequest,
    AGENT_METHODS["session_prompt"]: schema.PromptRequest,
}


def dialect(advice: Callable[[JackfieldError], str]) -> Dialect:
    """The protocol; `advice` words what to do about an error."""

    def refusal(error: JackfieldError) -> Refusal:
        said = "\n".join(filter(None, (error.message, advice(error))))
        return Refusal(_code(error), said, error_data(error).model_dump(by_alias=True, exclude_none=True))

    return Dialect(
        driver="editor",
        first=AGENT_METHODS["initialize"],
        methods=_METHODS,
        cancel=_CANCEL_REQUEST,
        cancelled="requestId",
        wire=_wire,
        refusal=refusal,
        withdrawn=lambda id, _session, _reason: (
            _CANCEL_REQUEST,
            schema.CancelRequestNotification(request_id=id),
        ),
    )


def _wire(value: BaseModel) -> dict[str, Any]:
    return value.model_dump(by_alias=True, exclude_none=True)


def _code(error: JackfieldError) -> int:
    if error.reason == "key":
        return AUTH_REQUIRED
    if isinstance(error, NoSuchSession):
        return RESOURCE_NOT_FOUND
    return INVALID_PARAMS if isinstance(error, InvalidArguments | UnknownServer) else INTERNAL_ERROR
