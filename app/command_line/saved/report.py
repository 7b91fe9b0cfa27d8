"""How saved calls went, for people and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.command_line.terminal.output import paint
from services.amounts import seconds_text
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.saved_calls.values import CallOutcome, CheckOutcome

__all__ = ("call_lines", "report_value", "summary")

_GLYPHS: Final = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "error": ("✗", "red"),
    "skipped": ("–", "dim"),
}
_MOST_LINES: Final = 40
"""Lines of one difference."""
_STYLES: Final = {"-": "red", "+": "green"}


def call_lines(outcome: CallOutcome, verbose: bool = False) -> Iterator[str]:
    """One call with what failed underneath; `verbose` with what passed too."""
    call = outcome.call
    glyph, style = _GLYPHS[outcome.status]
    what = one_line(f"{call.server}.{call.tool}", 160)
    told = "  ".join(filter(None, (what, seconds_text(outcome.seconds) if outcome.seconds else "")))
    yield f"{paint(glyph, style)} {paint(one_line(call.name, 80), 'bold')}  {paint(told, 'dim')}"
    if outcome.message:
        yield f"    {outcome.message}"
    if outcome.hint:
        yield f"    → {outcome.hint}"
    for check in outcome.checks:
        if verbose or check.updated or not check.passed:
            yield from _check_lines(check)


def _check_lines(check: CheckOutcome) -> Iterator[str]:
    shown = one_line(check.check.shown, 120)
    if check.updated:
        yield f"    {paint('~', 'yellow')} {shown}: updated, since {check.message}"
    elif check.passed:
        yield f"    {paint('✓', 'green')} {shown}"
    else:
        yield f"    {paint('✗', 'red')} {shown}: {check.message}"
    for line in check.difference[:_MOST_LINES]:
        yield paint(f"      {line}", _STYLES.get(line[:1], "dim"))
    if (rest := len(check.difference) - _MOST_LINES) > 0:
        yield paint(f"      … and {rest:,} more lines", "dim")


def summary(outcomes: Sequence[CallOutcome]) -> str:
    """`3 passed, 1 failed in 1.2 s.`"""
    counts = _counts(outcomes)
    words = {"passed": "passed", "failed": "failed", "error": "without a result", "skipped": "skipped"}
    told = [f"{count} {words[status]}" for status, count in counts.items() if count]
    updated = sum(check.updated for outcome in outcomes for check in outcome.checks)
    told += [f"{updated} updated"] if updated else []
    took = seconds_text(sum(outcome.seconds for outcome in outcomes))
    return f"{', '.join(told) or 'nothing run'} in {took}."


def _counts(outcomes: Sequence[CallOutcome]) -> dict[str, int]:
    return {status: sum(outcome.status == status for outcome in outcomes) for status in _GLYPHS}


def report_value(outcomes: Sequence[CallOutcome], *, ok: bool) -> dict[str, Any]:
    """The report for programs."""
    return {"ok": ok, **_counts(outcomes), "calls": [_value(outcome) for outcome in outcomes]}


def _value(outcome: CallOutcome) -> dict[str, Any]:
    call = outcome.call
    return {
        "name": call.name,
        "file": str(outcome.file),
        "line": call.line,
        "server": call.server,
        "tool": call.tool,
        "status": outcome.status,
        "seconds": outcome.seconds,
        **({"message": outcome.message, "hint": outcome.hint} if outcome.message else {}),
        "checks": [_check_value(check) for check in outcome.checks],
    }


def _check_value(check: CheckOutcome) -> dict[str, Any]:
    value: dict[str, Any] = {"check": check.check.kind, "passed": check.passed}
    if check.check.kind in ("equals", "matches"):
        value["path"] = check.check.path
    if check.updated:
        value["updated"] = True
    if check.message:
        value["message"] = check.message
    if check.difference:
        value["difference"] = list(check.difference)
    return value
