"""A server's state in words: what the panel, the `/mcp` cells and the server screen all say alike."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from textual.content import Content

from services.amounts import byte_size, duration, latency, plural
from services.events import ServerState, ServerStatus
from services.text import one_line
from widgets.remedies import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = (
    "GLYPHS",
    "TROUBLE",
    "auth_words",
    "cause_of",
    "counts",
    "describe",
    "facts",
    "header",
    "headline",
    "particulars",
    "server_name",
    "state_style",
    "state_words",
    "status_lines",
    "traffic",
)

GLYPHS = {
    ServerState.READY: "●",
    ServerState.STARTING: "◌",
    ServerState.LOGIN_NEEDED: "!",
    ServerState.FAILED: "✗",
    ServerState.INVALID: "✗",
    ServerState.RECONNECTING: "↻",
    ServerState.DISABLED: "–",
    ServerState.STOPPED: "■",
}

_STYLES = {
    ServerState.READY: "$text-success",
    ServerState.STARTING: "$text-primary",
    ServerState.LOGIN_NEEDED: "$text-warning",
    ServerState.FAILED: "$text-error",
    ServerState.INVALID: "$text-error",
    ServerState.RECONNECTING: "$text-warning",
    ServerState.DISABLED: "$text-disabled",
    ServerState.STOPPED: "$text-disabled",
}

_HEADER_WORDS = (
    (ServerState.READY, "ready"),
    (ServerState.STARTING, "starting"),
    (ServerState.RECONNECTING, "reconnecting"),
    (ServerState.LOGIN_NEEDED, "login"),
    (ServerState.FAILED, "failed"),
    (ServerState.INVALID, "invalid"),
    (ServerState.STOPPED, "stopped"),
    (ServerState.DISABLED, "disabled"),
)

TROUBLE = frozenset({ServerState.FAILED, ServerState.INVALID, ServerState.LOGIN_NEEDED})
"""States whose cause the person wants to read."""

_UNDER_WAY = frozenset({ServerState.STARTING, ServerState.RECONNECTING})
_QUIET = frozenset({ServerState.STOPPED, ServerState.DISABLED})


def server_name(status: ServerStatus) -> str:
    """The configured name made printable: it is a key of a file and may hold anything."""
    return one_line(status.server) or '""'


def traffic(status: ServerStatus) -> str:
    """What went to and fro: `14 kB in, 2.1 kB out`; empty before the first message."""
    if not status.bytes_in and not status.bytes_out:
        return ""

    return f"{byte_size(status.bytes_in)} in, {byte_size(status.bytes_out)} out"


def counts(status: ServerStatus) -> list[str]:
    """What the server offers, kinds it has nothing of left out: `15 tools`, `4 prompts`."""
    kinds = (
        (status.tools, "tool"),
        (status.resources, "resource"),
        (status.templates, "template"),
        (status.prompts, "prompt"),
        (status.skills, "skill"),
    )
    return [plural(number, word) for number, word in kinds if number]


def auth_words(status: ServerStatus) -> str:
    """The authentication in a word, empty where the transport knows none."""
    return {
        "bearer_token": "token",
        "oauth": "oauth",
        "not_logged_in": "not logged in",
        "unknown": "auth ?",
    }.get(status.auth, "")


def state_style(status: ServerStatus) -> str:
    """The style of glyph and state word, by theme variable; a required server that fails is loud."""
    style = _STYLES[status.state]
    return f"bold {style}" if status.required and status.state in TROUBLE else style


def state_words(status: ServerStatus, now: float) -> str:
    """The state in a word, with the elapsed time while something is under way."""
    if status.state is ServerState.RECONNECTING and status.retry_at is not None:
        return f"{status.state} in {duration(status.retry_at - now + 0.99)}"

    if status.state in _UNDER_WAY:
        again = f" · attempt {status.attempt}" if status.attempt > 1 else ""
        return f"{status.state}… {duration(now - status.since)}{again}"

    if status.required and status.state in TROUBLE:
        return f"{status.state} · required"

    return str(status.state)


def cause_of(status: ServerStatus) -> str:
    """Why the server is in its state, or else what to do about it, in one line.

    "Login needed" says why by itself; there the way out comes first.
    """
    if status.state is ServerState.LOGIN_NEEDED:
        return one_line(advice(status.hint, status.remedy) or status.cause)

    if status.state is ServerState.READY and status.faults:
        return one_line("; ".join(status.faults))

    return one_line(status.cause or advice(status.hint, status.remedy))


def header(statuses: Iterable[ServerStatus], width: int | None = None) -> Content:
    """The panel's first line: how many servers are in which state, in as many words as the width allows."""
    number = Counter(status.state for status in statuses)

    if not number:
        return Content.assemble(("MCP", "bold"), "  ", ("no servers yet", "$text-muted"))

    words = [(f"{number[state]} {word}", state) for state, word in _HEADER_WORDS if number[state]]
    number[ServerState.FAILED] += number.pop(ServerState.INVALID, 0)
    glyphs = [(f"{GLYPHS[state]} {number[state]}", state) for state, _ in _HEADER_WORDS if number[state]]

    for parts, dot in (
        (words, " · "),
        ([part for part in words if part[1] not in _QUIET], " · "),
        (glyphs, "  "),
    ):
        line = _header_line(parts, dot)

        if width is None or line.cell_length <= width:
            break

    return line


def _header_line(parts: Sequence[tuple[str, ServerState]], dot: str) -> Content:
    pieces: list[tuple[str, str]] = []

    for text, state in parts:
        quiet = state is ServerState.READY or state in _QUIET
        pieces += [(dot, "$text-disabled")] if pieces else []
        pieces.append((text, "$text-muted" if quiet else _STYLES[state]))

    return Content.assemble(("MCP", "bold"), "  ", *pieces)


def facts(status: ServerStatus, now: float) -> list[str]:
    """The connection's particulars that are known, most wanted first."""
    ready = status.state is ServerState.READY
    known = (
        status.transport,
        auth_words(status),
        one_line(status.protocol, 40) if ready else "",
        f"last answer {latency(status.latency)}" if ready and status.latency is not None else "",
        f"up {duration(now - status.since)}" if ready and status.since else "",
        plural(status.restarts, "restart") if status.restarts else "",
        traffic(status),
        f"pid {status.pid}" if status.pid is not None else "",
    )
    return [fact for fact in known if fact]


def headline(status: ServerStatus, now: float) -> Content:
    """Glyph, name and state of one server."""
    style = state_style(status)
    return Content.assemble(
        (GLYPHS[status.state], style),
        " ",
        (server_name(status), "bold"),
        "  ",
        (state_words(status, now), style),
    )


def particulars(status: ServerStatus, now: float, cost: str = "") -> list[Content]:
    """Everything else about one server, a line each: cause, what to do, counts, connection, address.

    `cost` is what its tools cost a model, in words; it stands behind their number.
    """
    offers = counts(status)
    offers[min(1, len(offers)) : 1] = [cost] if cost else []
    broken = status.state in (ServerState.FAILED, ServerState.INVALID)
    lines = (
        (one_line(status.cause), "$text-error" if broken else ""),
        (one_line(advice(status.hint, status.remedy)), ""),
        *((f"{one_line(fault)} (asked again)", "$text-warning") for fault in status.faults),
        (" · ".join(offers), ""),
        (" · ".join(facts(status, now)), "$text-muted"),
        (one_line(status.identity, 120), "$text-muted"),
        (one_line(status.address), "$text-muted"),
    )
    return [Content.assemble((text, look)) for text, look in lines if text]


def describe(status: ServerStatus, now: float | None = None) -> Content:
    """One server in full: `headline`, and `particulars` below it."""
    now = time.monotonic() if now is None else now
    below = (Content.assemble("  ", line) for line in particulars(status, now))
    return Content("\n").join([headline(status, now), *below])


def status_lines(status: ServerStatus, verbose: bool = False, now: float | None = None) -> list[str]:
    """The same as plain text: one line, or with `verbose` everything that is known."""
    now = time.monotonic() if now is None else now

    if verbose:
        return describe(status, now).plain.split("\n")

    said = [state_words(status, now)]
    said += [", ".join(counts(status))] if status.state is ServerState.READY else [cause_of(status)]
    return [f"{GLYPHS[status.state]} {server_name(status)}  " + " · ".join(text for text in said if text)]
