"""Many servers at once, some of them broken: the session is usable and every cause is told."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.journeys.conftest import quick, table
from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.conftest import Desk


def test_no_server_waits_for_another(desk: Desk) -> None:
    desk.configure(
        quick("hang", "--silent"),
        quick("fast"),
        quick("broken", "--exit-at-start", "3"),
        table("nowhere", command="no-such-program-anywhere"),
        quick("old", enabled=False),
    )
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    terminal.wait_for(lambda screen: "2 failed" in screen and "hang" in screen)
    terminal.wait_for('exit status 3: "boom"')
    terminal.wait_for("no-such-program-anywhere")
    terminal.wait_for("disabled")
    terminal.type("/call fast echo text=usable").press("Enter")
    terminal.wait_for("✓ fast.echo")


def test_a_slow_server_names_the_key_that_waits_longer(desk: Desk) -> None:
    desk.configure(quick("slow", "--silent", startup_timeout_sec=0.5))
    terminal = desk.jackfield()
    terminal.wait_for("1 failed")
    terminal.wait_for("startup_timeout_sec")


def test_a_bad_table_takes_no_other_down(desk: Desk) -> None:
    desk.configure(quick("good"), table("mixed", command="x", url="https://example.com/mcp"))
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    terminal.wait_for("url is not supported for stdio")


def test_a_missing_variable_is_named(desk: Desk) -> None:
    desk.configure(table("remote", url="http://127.0.0.1:9/mcp", bearer_token_env_var="TOKEN_OF_NOBODY"))
    terminal = desk.jackfield()
    terminal.wait_for("TOKEN_OF_NOBODY")


def test_no_configuration_is_no_failure(desk: Desk) -> None:
    terminal = desk.jackfield()
    terminal.wait_for("jackfield demo")
    terminal.type("/quit").press("Enter")
    assert terminal.wait_exit() == 0


def test_a_home_that_is_not_there_is_said_before_the_screen_opens(desk: Desk, tmp_path: Path) -> None:
    desk.home = tmp_path / "nowhere"
    terminal = desk.jackfield()
    assert terminal.wait_exit() == 2
    said = f'JACKFIELD_HOME points to "{desk.home}", but that path does not exist'
    # Where the line breaks depends on how long the path is.
    terminal.wait_for(lambda screen: "".join(said.split()) in "".join(screen.split()))


def test_a_server_is_disabled_and_enabled(desk: Desk) -> None:
    desk.configure(quick("one"), quick("two"))
    terminal = desk.jackfield()
    terminal.wait_for("2 ready")
    terminal.type("/mcp disable two").press("Enter")
    terminal.wait_for("1 disabled")
    terminal.type("/mcp enable two").press("Enter")
    terminal.wait_for("2 ready")


def test_one_command_needs_no_configuration(desk: Desk) -> None:
    terminal = desk.jackfield("run", "--", sys.executable, str(ROOT / "tests/servers/quick.py"))
    terminal.wait_for("1 ready")
