"""Running saved calls, one after the other in the order of their file, and judging the results."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from services.errors import CallTimeout, JackfieldError
from services.saved_calls.checks import Answer, Missing, judge
from services.saved_calls.editing import can_update
from services.saved_calls.values import CallOutcome, Check, CheckOutcome
from services.saved_calls.variables import NothingSaved, Variables, as_text, names_in
from services.text import one_line, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from services.connection_manager import ConnectionManager
    from services.saved_calls.values import CallsFile, SavedCall, Status

__all__ = ("Runner", "needed")

_TEXTS = ("text", "text_contains", "text_matches", "matches")
"""Checks that expect a text, whatever type a variable has."""


def needed(calls: Iterable[SavedCall], names: Collection[str]) -> tuple[SavedCall, ...]:
    """The calls of these names and those whose saved values they use, in the order of the file."""
    wanted, used = [], set[str]()
    for call in reversed(tuple(calls)):
        if call.name in names or used & call.save.keys():
            wanted.append(call)
            used -= call.save.keys()
            used |= {*names_in(call.arguments), *names_in([check.expected for check in call.checks])}
    return tuple(reversed(wanted))


@dataclass(slots=True)
class Runner:
    """Runs the calls of files over the servers of a manager."""

    manager: ConnectionManager
    unreachable: Mapping[str, JackfieldError] = field(default_factory=dict)
    """Servers that did not become ready, and why: their calls fail with it."""
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    updates: bool = False
    """Whether what was seen is taken for right where the file can be changed so."""

    async def run(
        self,
        file: CallsFile,
        calls: Iterable[SavedCall],
        *,
        begins: Callable[[SavedCall], None] = lambda _: None,
        ended: Callable[[CallOutcome], None] = lambda _: None,
    ) -> tuple[tuple[CallOutcome, ...], Variables]:
        """How each call went, and the variables that were used. Cancelling ends the call under way."""
        variables, outcomes = Variables(self.environ), []
        for call in calls:
            begins(call)
            outcomes.append(await self.run_one(file, call, variables))
            ended(outcomes[-1])
        return tuple(outcomes), variables

    async def run_one(self, file: CallsFile, call: SavedCall, variables: Variables) -> CallOutcome:
        """How one call went; what it saves goes into the variables of its file."""
        outcome = await self._one(CallOutcome(file.path, call, "skipped"), variables)
        for name in call.save:
            variables.miss(name, call.name)
        return outcome

    async def _one(self, outcome: CallOutcome, variables: Variables) -> CallOutcome:
        call = outcome.call
        if call.invalid:
            return replace(outcome, status="error", message=call.invalid, hint=call.hint)
        started = time.perf_counter()
        try:
            if call.server in self.unreachable:
                raise self.unreachable[call.server]
            arguments = variables.fill(dict(call.arguments))
            expected = [_expected(check.kind, variables.fill(check.expected)) for check in call.checks]
        except JackfieldError as error:
            status: Status = "skipped" if isinstance(error, NothingSaved) else "error"
            unreachable = call.server in self.unreachable
            return replace(_refused(outcome, error, status, variables), unreachable=unreachable)
        try:
            answer = await self._answer(call, arguments)
        except JackfieldError as error:
            refused = _refused(outcome, error, "error", variables)
            return replace(refused, seconds=time.perf_counter() - started)
        checks = await asyncio.to_thread(_judged, call, expected, answer, variables)
        if self.updates:
            checks = tuple(
                replace(one, passed=True, updated=True) if can_update(one) else one for one in checks
            )
        return replace(
            outcome,
            status="passed" if all(check.passed for check in checks) else "failed",
            checks=checks,
            seconds=answer.result.duration,
            result=answer.result,
        )

    async def _answer(self, call: SavedCall, arguments: dict[str, Any]) -> Answer:
        limit = nullcontext() if call.timeout is None else asyncio.timeout(call.timeout)
        try:
            async with limit:
                result = await self.manager.call_tool(call.server, call.tool, arguments)
        except TimeoutError:
            raise CallTimeout(
                f"no result within {call.timeout:g} s", hint="timeout_sec of the call gives it more."
            ) from None
        return Answer(result, self.manager.catalog(call.server).tool(call.tool))


def _expected(kind: str, value: Any) -> Any:
    return as_text(value) if kind in _TEXTS else value


def _judged(
    call: SavedCall, expected: Iterable[Any], answer: Answer, variables: Variables
) -> tuple[CheckOutcome, ...]:
    """The checks of a call, and its values for later ones; a value that is not there is a failed check."""
    checks = [judge(check, wanted, answer) for check, wanted in zip(call.checks, expected, strict=True)]
    for name, path in call.save.items():
        value = answer.at(path)
        if not isinstance(value, Missing):
            variables.save(name, value)
        elif not answer.result.is_error:
            checks.append(_not_saved(name, path, value))
    return tuple(_masked(check, variables) for check in checks)


def _not_saved(name: str, path: str, missing: Missing) -> CheckOutcome:
    return CheckOutcome(Check("equals", None, path), False, f"{name} cannot be saved: {missing.reason}")


def _masked(outcome: CheckOutcome, variables: Variables) -> CheckOutcome:
    text = variables.redactor.text
    return replace(
        outcome,
        message=printable(text(outcome.message)),
        difference=tuple(printable(text(line)) for line in outcome.difference),
    )


def _refused(
    outcome: CallOutcome, error: JackfieldError, status: Status, variables: Variables
) -> CallOutcome:
    text = variables.redactor.text
    message, hint = one_line(text(error.message), 1_000), one_line(text(error.hint), 1_000)
    return replace(outcome, status=status, message=message, hint=hint, error=error)
