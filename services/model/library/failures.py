"""What the library and its SDKs raise, as `ModelFailed`: one or two plain lines, and never a key in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import httpx2
from pydantic_ai import exceptions

from services.error_translation import translate
from services.errors import JackfieldError, ModelFailed
from services.model.keys import address_of, variable_of
from services.remedies import AskAgain, GiveModelKey, ShortenConversation
from services.secrecy.names import MASK
from services.text import one_line

if TYPE_CHECKING:
    from services.remedies import Remedy
    from services.settings import ModelSettings

__all__ = ("failure_of",)


class _Kind(NamedTuple):
    kind: type[exceptions.AgentRunError]
    reason: str
    says: str
    hint: str = ""
    again: bool = False
    quotes: bool = True
    remedy: Remedy | None = None


_KINDS: Final = (
    _Kind(exceptions.ModelAuthenticationError, "key", "{provider} does not accept the key", quotes=False),
    _Kind(
        exceptions.ModelNotFoundError,
        "unknown_model",
        "{provider} has no model {model}, or not at {address}",
        "See name and base_url in {table}.",
    ),
    _Kind(
        exceptions.ModelContextWindowExceededError,
        "context",
        "the conversation no longer fits the context window of {model}",
        quotes=False,
        remedy=ShortenConversation(),
    ),
    _Kind(
        exceptions.ModelQuotaExceededError,
        "quota",
        "{provider} refuses: the quota is used up",
        "See the account there.",
    ),
    _Kind(
        exceptions.ModelRateLimitError,
        "rate_limit",
        "{provider} refuses: too many requests for now",
        again=True,
    ),
    _Kind(
        exceptions.ModelOverloadedError,
        "overloaded",
        "{provider} is overloaded",
        again=True,
    ),
    _Kind(
        exceptions.ModelTimeoutError,
        "network",
        "{address} did not answer in time",
        again=True,
    ),
    _Kind(
        exceptions.ModelConnectionError,
        "network",
        "no connection to {address}",
        "Is there a network, and is it running there?",
        again=True,
    ),
    _Kind(
        exceptions.ModelUnavailableError,
        "overloaded",
        "{provider} is not available for now",
        again=True,
    ),
    _Kind(
        exceptions.ModelServerError,
        "overloaded",
        "{provider} failed",
        again=True,
    ),
    _Kind(exceptions.ModelRequestRejectedError, "refused", "{provider} refuses the request"),
    _Kind(
        exceptions.UsageLimitExceeded,
        "turns",
        "the model asked for more requests than one turn may have",
        quotes=False,
        remedy=AskAgain(),
    ),
    _Kind(
        exceptions.ContentFilterError,
        "refused",
        "{provider} does not answer this: its content filter stops it",
    ),
    _Kind(
        exceptions.OutputTokenLimitExceeded,
        "broken",
        "the answer is longer than max_output_tokens allows",
        "max_output_tokens in {table} raises it.",
        quotes=False,
    ),
    _Kind(
        exceptions.UnexpectedModelBehavior,
        "broken",
        "the answer of {model} cannot be understood",
        remedy=AskAgain(),
    ),
    _Kind(exceptions.ModelAPIError, "broken", "the answer broke off", remedy=AskAgain()),
)
"""The first that fits counts: subclasses come before their bases."""


def failure_of(error: BaseException, model: ModelSettings, key: str | None) -> ModelFailed:
    """The `ModelFailed` that says what an exception means."""
    known = next((kind for kind in _KINDS if isinstance(error, kind.kind)), None)
    if isinstance(error, ModelFailed):
        return error
    if known is None:
        said = error.message if isinstance(error, JackfieldError) else str(error) or type(error).__name__
        return ModelFailed(f"the answer broke off: {_safe(said, key)}", reason="broken", remedy=AskAgain())
    words = {
        "provider": model.provider,
        "model": one_line(model.name, 80),
        "address": one_line(address_of(model), 120),
        "table": model.table,
    }
    connection = _connection(error) if known.reason == "network" else None
    message = connection.message if connection is not None else known.says.format(**words)
    said = _safe(_said(error), key) if known.quotes else ""
    failure = ModelFailed(
        f"{message}: {said}" if said else message,
        reason=known.reason,
        hint=(connection.hint if connection is not None else "") or known.hint.format(**words),
        remedy=_remedy(known, model),
    )
    failure.again = known.again
    failure.retry_after = getattr(error, "retry_after", None)
    return failure


def _connection(error: BaseException | None) -> JackfieldError | None:
    """What HTTP itself says of a connection that failed, in our words; None where it is not what failed."""
    while error is not None:
        if isinstance(error, httpx2.TransportError):
            return translate(error)
        error = error.__cause__ or error.__context__
    return None


def _remedy(known: _Kind, model: ModelSettings) -> Remedy | None:
    if known.reason == "key":
        return GiveModelKey(model.title, variable_of(model))
    return known.remedy or (AskAgain() if known.again and not known.hint else None)


def _said(error: BaseException) -> str:
    """What the provider says, without the library's words around it."""
    body = getattr(error, "body", None)
    if isinstance(body, dict):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, dict) else inner
        if isinstance(message, str):
            return message
    if isinstance(error, exceptions.ModelConnectionError):
        return ""
    return str(getattr(error, "message", error))


def _safe(text: str, key: str | None) -> str:
    return one_line(text.replace(key, MASK) if key else text, 300)
