"""What the properties of an object in a form's tree are grown from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from services.forms.nodes import Node
    from services.schemas.place import Condition, Parts, Place

__all__ = ("PropertySource",)


class PropertySource(Protocol):
    """What a group is grown from."""

    def property_node(self, name: str, parts: Parts, required: bool, value: Any, given: bool) -> Node:
        """The node of one property; `given` is whether the group began with a value."""

    def with_more(self, place: Place, more: tuple[Any, ...]) -> Place:
        """The place when further schemas hold there."""

    def applied(self, conditions: list[Condition], value: Any) -> tuple[Any, ...]:
        """The schemas that hold beside, by the conditions that a value meets."""

    def refused_name(self, place: Place, name: str) -> str:
        """Why the schema lets no further property have a name; empty when it does."""
