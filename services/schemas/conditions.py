"""What holds beside a schema, by the conditions that a value meets: `if`, and what depends on a property."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from services.schemas.alternatives import alternatives
from services.schemas.keywords import limited
from services.schemas.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.schemas.checker import SchemaCheck
    from services.schemas.place import Condition

__all__ = ("Conditions", "Dependent")

_MOST_STEPS: Final = 2_000
"""Keywords looked at for all conditions of a value together: some 60 ms."""


class Conditions:
    """Decides the conditions of one root schema."""

    def __init__(self, check: SchemaCheck) -> None:
        self._check = check
        self._needed: dict[int, dict[str, Any]] = {}

    def applied(self, conditions: Iterable[Condition], value: Any) -> tuple[dict[str, Any], ...]:
        """The schemas that hold beside; one that holds again is the same object.

        What it would take too long to decide holds neither way.
        """
        conditions = list(conditions)
        if any(not one.name for one in conditions):
            self._check.prepare()  # on its own account, and what it costs is spent once
        found = []
        with limited(steps=_MOST_STEPS):
            for one in conditions:
                chosen = self._chosen(one, value)
                if isinstance(chosen, list):
                    chosen = self._needed.setdefault(id(chosen), {"required": chosen})
                if isinstance(chosen, dict):
                    found.append(chosen)
        return tuple(found)

    def _chosen(self, condition: Condition, value: Any) -> Any:
        if condition.name:
            return condition.then if isinstance(value, dict) and condition.name in value else None
        fits = self._check.fits(value, condition.when)
        return None if fits is None else condition.then if fits else condition.otherwise


class Dependent:
    """What of a root schema holds depending on a value."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._places = Places(root)
        self.root = root
        self._conditions: Conditions | None = None

    @property
    def is_costly(self) -> bool:
        """Whether the schema has to be read whole before anything is decided."""
        ways = () if self._conditions is not None else alternatives(self.root)
        return any("if" in part for way in ways for part in way.parts)

    def prepare(self) -> None:
        """Import what deciding needs and read the schema; a thread may do it ahead."""
        from services.schemas.checker import SchemaCheck  # late: few schemas have conditions

        check = SchemaCheck(self.root)
        check.prepare()
        self._conditions = Conditions(check)

    def applied(self, parts: Iterable[Any], value: Any) -> tuple[dict[str, Any], ...]:
        """The schemas that hold beside those that hold together at the root."""
        conditions = self._places.place(parts).conditions
        if not conditions:
            return ()
        if self._conditions is None:
            self.prepare()
            assert self._conditions is not None
        return self._conditions.applied(conditions, value)
