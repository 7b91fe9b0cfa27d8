"""A server's state in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from services.amounts import duration, latency
from services.events import ServerState, ServerStatus
from tests.support.statuses import EVERYTHING
from widgets.servers.server_actions import offered
from widgets.servers.status_text import (
    GLYPHS,
    cause_of,
    describe,
    header,
    status_lines,
    traffic,
)

if TYPE_CHECKING:
    from services.oauth.status import AuthValue
    from services.settings import Transport

READY = replace(EVERYTHING, prompts=1, restarts=1)
FAILED = ServerStatus(
    "broken", ServerState.FAILED, cause='exit status 3: "boom"', hint="Mend it, then press c."
)


def test_what_went_to_and_fro() -> None:
    assert traffic(READY) == ""
    assert traffic(replace(READY, bytes_in=14_200, bytes_out=900)) == "14 kB in, 900 B out"
    assert "14 kB in, 900 B out" in describe(replace(READY, bytes_in=14_200, bytes_out=900), 800.0).plain


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_durations_are_said_in_their_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0.0001, "<1 ms"), (0.003, "3 ms"), (0.9999, "1.0 s"), (1.24, "1.2 s"), (12.4, "12 s")],
)
def test_latencies_are_short(seconds: float | None, said: str) -> None:
    assert latency(seconds) == said


def test_every_state_has_a_glyph_and_a_description() -> None:
    for state in ServerState:
        said = describe(ServerStatus("one", state), now=0.0).plain
        assert said.startswith(f"{GLYPHS[state]} one  {state}")


def test_a_ready_server_is_described_in_full() -> None:
    assert describe(READY, now=1000.0).plain.split("\n") == [
        "● everything  ready",
        "  15 tools · 100 resources · 3 templates · 1 prompt",
        "  stdio · 2025-11-25 · last answer 3 ms · up 4 min · 1 restart · pid 4711",
        "  mcp-servers/everything 2.0.0",
        "  npx -y @modelcontextprotocol/server-everything stdio",
    ]


def test_plain_lines_for_the_history() -> None:
    assert status_lines(READY, now=1000.0) == [
        "● everything  ready · 15 tools, 100 resources, 3 templates, 1 prompt"
    ]
    assert status_lines(FAILED, now=0.0) == ['✗ broken  failed · exit status 3: "boom"']
    assert status_lines(FAILED, verbose=True, now=0.0)[1:3] == [
        '  exit status 3: "boom"',
        "  Mend it, then press c.",
    ]


def test_where_a_login_is_needed_the_way_to_it_comes_first() -> None:
    status = ServerStatus("linear", ServerState.LOGIN_NEEDED, cause="HTTP 401", hint="Run /mcp login linear.")

    assert cause_of(status) == "Run /mcp login linear."


def test_the_header_counts_states_in_as_many_words_as_fit() -> None:
    statuses = [
        ServerStatus(str(number), state)
        for number, state in enumerate(
            (
                ServerState.READY,
                ServerState.READY,
                ServerState.FAILED,
                ServerState.INVALID,
                ServerState.DISABLED,
            )
        )
    ]

    assert header(statuses).plain == "MCP  2 ready · 1 failed · 1 invalid · 1 disabled"
    assert header(statuses, 40).plain == "MCP  2 ready · 1 failed · 1 invalid"
    assert header(statuses, 30).plain == "MCP  ● 2  ✗ 2  – 1"


def test_names_from_the_configuration_cannot_reach_the_terminal() -> None:
    status = ServerStatus("a\x1b]52;c;eA==\x07\nb\u202ec", ServerState.READY)

    assert status_lines(status, now=0.0) == ["● a bc  ready"]


def test_actions_are_offered_where_they_mean_something() -> None:
    def keys(state: ServerState) -> set[str]:
        words = ("connect", "reconnect", "disconnect", "enable", "disable")
        return {word for word in words if offered(word, ServerStatus("one", state))}

    assert keys(ServerState.READY) == {"reconnect", "disconnect", "disable"}
    assert keys(ServerState.FAILED) == {"connect", "disable"}
    assert keys(ServerState.DISABLED) == {"enable"}
    assert keys(ServerState.INVALID) == set()
    assert not offered("open", None)


def test_a_login_is_offered_where_it_helps() -> None:
    def keys(state: ServerState, auth: AuthValue, transport: Transport = "http") -> set[str]:
        status = ServerStatus("one", state, transport, auth=auth)
        return {word for word in ("login", "logout") if offered(word, status)}

    assert keys(ServerState.LOGIN_NEEDED, "not_logged_in") == {"login"}
    assert keys(ServerState.LOGIN_NEEDED, "oauth") == {"login", "logout"}
    assert keys(ServerState.LOGIN_NEEDED, "bearer_token") == set()
    assert keys(ServerState.READY, "oauth") == {"logout"}
    assert keys(ServerState.READY, "unsupported") == set()
    assert keys(ServerState.FAILED, "unknown") == {"login"}
    assert keys(ServerState.DISABLED, "unknown") == set()
    assert keys(ServerState.READY, "unsupported", "stdio") == set()
