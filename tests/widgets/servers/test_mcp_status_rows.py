"""Which columns of the panel fit which width, and how they line up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.events import ServerState, ServerStatus
from tests.support.statuses import EVERYTHING, FIGMA
from widgets.servers.status_rows import StatusColumns

NOW = 1000.0
STATUSES = (
    replace(EVERYTHING, templates=0),
    FIGMA,
    ServerStatus("time", ServerState.READY, since=990.0, tools=1, restarts=2, latency=0.0013),
    ServerStatus("github", ServerState.STARTING, "http", since=998.0),
    ServerStatus("broken", ServerState.FAILED, cause='exit status 3: "boom: no such table"'),
    ServerStatus("old", ServerState.DISABLED),
)


def lines(width: int, statuses: tuple[ServerStatus, ...] = STATUSES) -> list[str]:
    columns = StatusColumns.fit(statuses, width, NOW)
    rows = [columns.row(status, NOW) for status in statuses]

    for status, row in zip(statuses, rows, strict=True):
        assert len(row) == columns.height(status, NOW)

    return [line.plain.rstrip() for row in rows for line in row]


def test_beside_the_history_counts_and_latency_have_precedence() -> None:
    assert lines(42) == [
        "● everything  15 tools 100 res 4 pr   3 ms",
        "● figma        9 tools               84 ms",
        "● time         1 tool                 1 ms",
        "◌ github      starting… 2 s",
        "✗ broken      failed               c retry",
        '  exit status 3: "boom: no such table"',
        "– old         disabled",
    ]


def test_over_the_history_everything_known_has_a_column() -> None:
    first, second, third, fourth = (line.split("  ") for line in lines(118)[:4])

    assert [cell for cell in first if cell] == [
        "● everything",
        "stdio",
        "ready",
        "15 tools",
        "100 resources",
        "4 prompts",
        " 2025-11-25",
        " 3 ms",
        " up 4 min",
    ]
    assert "oauth" in second
    assert third[-1] == "2 restarts"
    assert fourth[0] == "◌ github"
    assert lines(118)[3].index("starting") == lines(118)[0].index("ready")


def test_a_cause_that_fits_stays_in_the_row() -> None:
    assert lines(80)[4].startswith('✗ broken      stdio  failed  exit status 3: "boom: no such table"')
    assert lines(80)[4].endswith("c retry")


@pytest.mark.parametrize("tokens", [{}, {"everything": 12_345, "figma": 1}], ids=["", "model"])
@pytest.mark.parametrize("width", range(1, 130))
def test_no_row_is_wider_than_the_panel(width: int, tokens: dict[str, int]) -> None:
    columns = StatusColumns.fit(STATUSES, width, NOW, tokens)

    for status in STATUSES:
        first = columns.row(status, NOW)[0]
        assert width < 12 or status.state is not ServerState.READY or first.cell_length <= width


def test_what_follows_the_latency_stands_at_the_edge_with_it() -> None:
    alone = ServerStatus("time", ServerState.READY, since=991.0, tools=2, latency=0.017)

    assert lines(43, (alone,)) == ["● time  stdio  ready  2 tools 17 ms  up 9 s"]
    assert all(len(lines(width, (alone,))[0]) <= width for width in range(20, 60))


def test_a_login_that_is_needed_names_its_key_instead_of_the_command() -> None:
    hint = "Run /mcp login linear."
    needed = ServerStatus("linear", ServerState.LOGIN_NEEDED, "http", auth="not_logged_in", hint=hint)
    refused = ServerStatus(
        "docs", ServerState.LOGIN_NEEDED, "http", auth="bearer_token", hint="the token in T was not accepted"
    )

    assert lines(42, (needed, refused)) == [
        "! linear  login needed             l login",
        "! docs    login needed",
        "  the token in T was not accepted",
    ]


def test_wide_characters_and_long_names_keep_the_columns() -> None:
    statuses = (
        ServerStatus("数据库服务器的名字很长很长很长", ServerState.READY, tools=1),
        ServerStatus("a-name-that-goes-on-and-on-and-on", ServerState.READY, tools=22),
    )
    columns = StatusColumns.fit(statuses, 44, NOW)
    first, second = (columns.row(status, NOW)[0] for status in statuses)

    assert "…" in first.plain
    assert "…" in second.plain
    assert first.cell_length == second.cell_length


def test_a_required_server_that_fails_is_said_to_be_required() -> None:
    status = ServerStatus("ledger", ServerState.FAILED, cause="HTTP 500", required=True)

    assert "failed · required" in lines(44, (status,))[0]


def test_what_tools_cost_a_model_stands_behind_their_number_where_there_is_room() -> None:
    tokens = {"everything": 12_345, "figma": 1_210, "time": 1}
    few = tuple(replace(status, resources=0, prompts=0) for status in STATUSES)

    def first(width: int, statuses: tuple[ServerStatus, ...] = STATUSES) -> list[str]:
        columns = StatusColumns.fit(statuses, width, NOW, tokens)
        return [columns.row(status, NOW)[0].plain.rstrip() for status in statuses[:3]]

    assert first(44, few) == [
        "● everything  15 tools   12k tokens     3 ms",
        "● figma        9 tools  1.2k tokens    84 ms",
        "● time         1 tool       1 token     1 ms",
    ]
    some = tuple(replace(status, resources=0) for status in STATUSES)
    assert first(44, some)[1] == "● figma        9 tools       1.2k tok  84 ms"
    assert first(42) == lines(42)[:3], "counts and latency come first"
    assert "15 tools 100 res 4 pr   12k tokens  " in first(118)[0]
    assert all(len(line) <= 118 for line in first(118))


def test_a_server_that_is_not_offered_to_the_model_costs_nothing() -> None:
    columns = StatusColumns.fit(STATUSES, 118, NOW, {"figma": 900})
    assert ["tokens" in columns.row(status, NOW)[0].plain for status in STATUSES[:3]] == [False, True, False]
