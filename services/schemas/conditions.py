"""What holds beside a schema, by the conditions that a value meets: `if`, and what depends on a property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.schemas.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.schemas.checker import SchemaCheck
    from services.schemas.places import Condition

__all__ = ("Conditions", "Dependent")


class Conditions:
    """Decides the conditions of one root schema."""

    def __init__(self, check: SchemaCheck) -> None:
        self._check = check
        self._needed: dict[int, dict[str, Any]] = {}

    def applied(self, conditions: Iterable[Condition], value: Any) -> tuple[dict[str, Any], ...]:
        """The schemas that hold beside; one that holds again is the same object."""
        found = []
        for one in conditions:
            if one.name:
                chosen = one.then if isinstance(value, dict) and one.name in value else None
            else:
                chosen = one.then if self._fits(value, one.when) else one.otherwise
            if isinstance(chosen, list):
                chosen = self._needed.setdefault(id(chosen), {"required": chosen})
            if isinstance(chosen, dict):
                found.append(chosen)
        return tuple(found)

    def _fits(self, value: Any, part: Any) -> bool:
        return part is not False and not self._check.reasons(value, part)


class Dependent:
    """What of a root schema holds depending on a value."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._places = Places(root)
        self._root = root
        self._conditions: Conditions | None = None

    def applied(self, parts: Iterable[Any], value: Any) -> tuple[dict[str, Any], ...]:
        """The schemas that hold beside those that hold together at the root."""
        conditions = self._places.place(parts).conditions
        if not conditions:
            return ()
        if self._conditions is None:
            from services.schemas.checker import SchemaCheck  # late: few schemas have conditions

            self._conditions = Conditions(SchemaCheck(self._root))
        return self._conditions.applied(conditions, value)
