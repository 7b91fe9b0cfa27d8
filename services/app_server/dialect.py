"""The words of the machine interface."""

from __future__ import annotations

from typing import Final

from services.app_server.methods import CANCEL, INITIALIZE, OURS, RESOLVED
from services.app_server.opening_values import RequestResolved
from services.driving.dialect import Dialect
from services.driving.failures import refusal_of
from services.driving.values import wire

__all__ = ("DIALECT",)


def _withdrawn(id: int, thread: str | None, reason: str) -> tuple[str, RequestResolved]:
    return RESOLVED.name, RequestResolved(request_id=id, thread_id=thread, reason=reason)


DIALECT: Final = Dialect(
    driver="driver",
    first=INITIALIZE.name,
    methods={name: method.params for name, method in OURS.items()},
    cancel=CANCEL.name,
    cancelled="id",
    wire=wire,
    refusal=refusal_of,
    withdrawn=_withdrawn,
)
