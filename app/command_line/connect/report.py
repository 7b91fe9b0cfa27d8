"""What an examination of servers found, for people: each server in a line, its findings underneath."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from app.command_line.connect.lists import wrapped
from app.command_line.terminal.output import paint
from app.remedy_words import hint_of
from services.events import ServerState
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from services.check.findings import Checkup, Finding

__all__ = ("report",)

_NO_LIMIT: Final = 10_000
"""A key of the configuration in a hint; for a server that is not configured there is the option."""


def report(checkups: Sequence[Checkup], given: Collection[str], verbose: bool) -> Iterator[str]:
    """The lines; `given` are the servers that are not configured, so that no key can be named."""
    for checkup in checkups:
        yield _head(checkup)
        if verbose:
            yield from (
                f"    {paint(fact, 'dim')}"
                for fact in (checkup.status.address, checkup.status.identity)
                if fact
            )
        for finding in checkup.findings:
            yield from _finding(finding, given=checkup.server in given)
    if len(checkups) > 1:
        yield ""
        yield _summary(checkups)


def _head(checkup: Checkup) -> str:
    status = checkup.status
    glyph, style = {
        ServerState.READY: ("✓", "green") if checkup.well else ("✗", "red"),
        ServerState.LOGIN_NEEDED: ("!", "yellow"),
        ServerState.DISABLED: ("–", "dim"),
    }.get(status.state, ("✗", "red"))
    if status.state is ServerState.READY:
        counts = (
            (status.tools, "tool"),
            (status.resources, "resource"),
            (status.templates, "template"),
            (status.prompts, "prompt"),
            (status.skills, "skill"),
        )
        offers = ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts if count)
        facts = [status.transport, offers, status.protocol, f"{checkup.seconds or 0:.1f} s"]
    else:
        facts = [status.transport, str(status.state)]
    name, told = one_line(checkup.server, 80), " · ".join(fact for fact in facts if fact)
    between = "  " if len(_wrapped(f"{name}  {told}", 2)) == 1 else "\n  "
    return f"{paint(glyph, style)} {paint(name, 'bold')}{between}{paint(told, 'dim')}"


def _finding(finding: Finding, *, given: bool) -> Iterator[str]:
    glyph, style = ("✗", "red") if finding.severity == "error" else ("!", "yellow")
    subject = f"{finding.subject} " if finding.subject else ""
    first, *rest = _wrapped(f"{subject}{finding.message}", 6)
    yield f"    {paint(glyph, style)} {first}"
    yield from (f"      {line}" for line in rest)
    for text in finding.detail:
        yield from (paint(f"      │ {line}", "dim") for line in _wrapped(text, 8))
    if hint := hint_of(finding, given=given):
        first, *rest = _wrapped(hint, 8)
        yield f"      → {first}"
        yield from (f"        {line}" for line in rest)


def _wrapped(text: str, margin: int) -> list[str]:
    if not sys.stdout.isatty():
        return [text]
    from shutil import get_terminal_size

    return wrapped(text, min(get_terminal_size().columns, 100) - margin, _NO_LIMIT) or [""]


def _summary(checkups: Sequence[Checkup]) -> str:
    looked_at = [checkup for checkup in checkups if not checkup.skipped]
    well = sum(checkup.well for checkup in looked_at)
    login = sum(checkup.status.state is ServerState.LOGIN_NEEDED for checkup in looked_at)
    warnings = sum(finding.severity == "warning" for checkup in checkups for finding in checkup.findings)
    parts = [f"{well} of {len(looked_at)} servers OK"]
    parts += [f"{login} {'needs' if login == 1 else 'need'} a login"] if login else []
    parts += [f"{warnings} warning{'' if warnings == 1 else 's'}"] if warnings else []
    return ", ".join(parts) + "."
