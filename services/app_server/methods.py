"""All methods of the machine interface: who calls them, with what, and what comes back.

Names are those of Codex's app server where it has the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.app_server import opening_values as opening
from services.app_server.values import Nothing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.app_server.values import Value

__all__ = (
    *("CANCEL", "CONFIG_WARNING", "INITIALIZE", "INITIALIZED", "OURS", "RESOLVED", "TOLD_BY_DRIVER"),
    *("Method", "OF_DRIVER", "TOLD_BY_US", "WARNING"),
)


@dataclass(frozen=True, slots=True)
class Method:
    """A request, or without a result a notification."""

    name: str
    about: str
    params: type[Value]
    result: type[Value] | None = None


INITIALIZE: Final = Method(
    "initialize",
    "Open the conversation; servers start after it.",
    opening.InitializeParams,
    opening.InitializeResult,
)

INITIALIZED: Final = Method("initialized", "The driver has read the answer to `initialize`.", Nothing)
CANCEL: Final = Method(
    "$/cancelRequest", "Cancel a request; it is answered with -32800.", opening.CancelParams
)

CONFIG_WARNING: Final = Method(
    "configWarning", "What is wrong with the configuration.", opening.ConfigWarning
)
WARNING: Final = Method("warning", "Something that a person should know.", opening.Warned)
RESOLVED: Final = Method(
    "serverRequest/resolved", "A request to the driver needs no answer any more.", opening.RequestResolved
)


def _named(*methods: Method) -> Mapping[str, Method]:
    return {method.name: method for method in methods}


OURS: Final = _named(INITIALIZE)
"""Requests of the driver."""
OF_DRIVER: Final = _named()
"""Requests to the driver."""
TOLD_BY_DRIVER: Final = _named(INITIALIZED, CANCEL)
TOLD_BY_US: Final = _named(CONFIG_WARNING, WARNING, RESOLVED)
