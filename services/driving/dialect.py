"""What the messages of one protocol are called, and how its values are written: JSON-RPC says neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from services.driving.jsonrpc import Refusal
    from services.errors import JackfieldError

__all__ = ("Dialect",)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol that drivers speak."""

    driver: str
    """What its drivers are called where a person reads of them."""
    first: str
    """The request that comes before all others."""
    methods: Mapping[str, type[BaseModel]]
    """The params of every request of the driver."""
    cancel: str
    """The notification that cancels a request, of either side."""
    cancelled: str
    """Its key that says which."""
    wire: Callable[[Any], dict[str, Any]]
    """A value as it goes out."""
    refusal: Callable[[JackfieldError], Refusal]
    """The answer to a request that ended in this error."""
    withdrawn: Callable[[int, str | None, str], tuple[str, BaseModel]]
    """The notification that a request to the driver needs no answer any more: its id, whose thread, why."""
