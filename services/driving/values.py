"""What every params and result of the machine interface is: checked as it comes, camelCase on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

__all__ = ("Nothing", "Value", "wire")


class Value(BaseModel):
    """Keys that are not known are passed over: a driver may be newer than we are."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", strict=True, frozen=True
    )


class Nothing(Value):
    """No keys."""


def wire(value: Value) -> dict[str, Any]:
    """The value as it goes out."""
    return value.model_dump(by_alias=True)
