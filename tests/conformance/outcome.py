"""How one scenario of the conformance suite went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario went."""

    revision: str
    scenario: str
    passed: int
    checks: int
    seconds: float
    complaints: tuple[str, ...] = ()
    """The checks that failed; where there is none of them the end of what was said."""

    @classmethod
    def of(
        cls, revision: str, scenario: str, checks: Sequence[dict[str, Any]], seconds: float, said: str
    ) -> Self:
        """The outcome of these checks; none at all is a failure."""
        counted = [check for check in checks if check["status"] in ("SUCCESS", "FAILURE", "WARNING")]
        bad = [check for check in counted if check["status"] != "SUCCESS"]
        complaints = [f"{check['id']}: {check.get('errorMessage') or check['description']}" for check in bad]
        if not counted:
            complaints = said.splitlines()[-30:] or ["no check ran"]
        return cls(revision, scenario, len(counted) - len(bad), len(counted), seconds, tuple(complaints))

    @property
    def line(self) -> str:
        mark = "FAILED" if self.complaints else "ok"
        checks = f"{self.passed:>3}/{self.checks:<3}"
        return f"{self.revision}  {self.scenario:<40} {checks} {self.seconds:5.1f} s  {mark}"
