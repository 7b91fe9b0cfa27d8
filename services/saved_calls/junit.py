"""How saved calls went, as the XML that CI systems read: JUnit's, as Jenkins and GitLab have it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from services.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from services.saved_calls.values import CallOutcome

__all__ = ("junit",)

_COUNTED: Final = {"failed": "failures", "error": "errors", "skipped": "skipped"}
_ELEMENTS: Final = {"failed": "failure", "error": "error", "skipped": "skipped"}


def junit(outcomes: Iterable[CallOutcome], at: str) -> str:
    """The document; `at` is when it was run (ISO 8601). A suite is a file, a case a call."""
    suites = [(str(path), tuple(group)) for path, group in groupby(outcomes, lambda outcome: outcome.file)]
    everything = [outcome for _, group in suites for outcome in group]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="jackfield test"{_counts(everything)}>')
    for name, group in suites:
        lines.append(f"  <testsuite name={_quoted(name)}{_counts(group)} timestamp={_quoted(at)}>")
        lines.extend(line for outcome in group for line in _case(outcome))
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _case(outcome: CallOutcome) -> Iterator[str]:
    call = outcome.call
    where = _quoted(f"{call.server}.{call.tool}")
    head = f'    <testcase name={_quoted(call.name)} classname={where} time="{outcome.seconds:.6f}"'
    if outcome.status == "passed":
        yield f"{head}/>"
        return
    yield f"{head}>"
    element = _ELEMENTS[outcome.status]
    told = [f"{check.check.shown}: {check.message}" for check in outcome.failures] or [outcome.message]
    text = "\n".join(_told(outcome))
    kind = "" if element == "skipped" else f' type="{outcome.status}"'
    yield f"      <{element} message={_quoted('; '.join(told))}{kind}>{escape(_legal(text))}</{element}>"
    yield "    </testcase>"


def _told(outcome: CallOutcome) -> Iterator[str]:
    if outcome.message:
        yield from filter(None, (outcome.message, outcome.hint))
    for check in outcome.failures:
        yield f"{check.check.shown}: {check.message}"
        yield from check.difference


def _counts(outcomes: Sequence[CallOutcome]) -> str:
    counts = dict.fromkeys(("failures", "errors", "skipped"), 0)
    for outcome in outcomes:
        if outcome.status in _COUNTED:
            counts[_COUNTED[outcome.status]] += 1
    told = "".join(f' {name}="{count}"' for name, count in counts.items())
    return f' tests="{len(outcomes)}"{told} time="{sum(outcome.seconds for outcome in outcomes):.6f}"'


def _quoted(text: str) -> str:
    return quoteattr(_legal(text).replace("\n", " "))


def _legal(text: str) -> str:
    """Text without the characters that XML 1.0 has no way to write."""
    return printable(text).replace("\ufffe", "").replace("\uffff", "")
