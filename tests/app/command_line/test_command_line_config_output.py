"""What all commands share: tables, colours, exit statuses, broken pipes."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import click
import pytest

from app.command_line import main
from app.command_line.terminal import output
from services import errors
from services.ranking import did_you_mean
from services.settings import Configuration, Problem

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    """Standard output that a person looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Terminal]:
    def make(columns: int) -> Terminal:
        stream = Terminal()
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return make


def test_columns_are_aligned_by_the_cells_a_terminal_takes() -> None:
    lines = output.table([["日本", "x"], ["a", "y"], ["é", ""]], ["Name", "B"]).splitlines()
    assert lines == ["Name  B", "日本  x", "a     y", "é     -"]


def test_cells_are_one_printable_line() -> None:
    assert output.table([["a\x1b[2Jb\nc", "d"]], ["N", "B"]).splitlines()[1] == "ab c  d"


def test_a_pipe_gets_everything_a_terminal_what_fits(terminal: Callable[[int], Terminal]) -> None:
    rows = [["name", "x" * 60, "y" * 10]]
    assert output.table(rows, ["A", "B", "C"]).splitlines()[1] == f"name  {'x' * 60}  {'y' * 10}"
    terminal(40)
    [_, line] = output.table(rows, ["A", "B", "C"]).splitlines()
    assert line == f"name  {'x' * 21}…  {'y' * 10}"
    terminal(5)
    assert (
        output.table([["a long name", "日本日本日本"]], ["A", "B"]).splitlines()[1] == "a long name  日本日…"
    )


def test_colours_are_for_terminals_and_for_those_who_want_them(
    terminal: Callable[[int], Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert output.paint("x", "red") == "x"
    stream = terminal(80)
    assert output.paint("x", "red") == "\x1b[31mx\x1b[0m"
    assert output.table([["a", output.Cell("b", "green")]], ["A", "B"]).endswith("a  \x1b[32mb\x1b[0m")
    monkeypatch.setenv("NO_COLOR", "1")
    assert output.paint("x", "red", stream) == "x"
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "dumb")
    assert output.paint("x", "red", stream) == "x"


def test_json_is_whole_and_safe_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"a": "\x1b]0;x\x07é\u202e\ud800", "b": [1, None]}
    output.print_json(value)
    text = capsys.readouterr().out
    assert json.loads(text) == value
    assert text.isprintable() or set(text) - {"\n"} <= {c for c in text if c.isprintable()}
    assert "é" in text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.JackfieldError("x"), output.FAILED),
        (errors.UnknownServer("x"), output.USAGE),
        (errors.UnknownTool("x"), output.USAGE),
        (errors.CallTimeout("x"), output.FAILED),
        (errors.ConfigurationError("x"), output.USAGE),
        (errors.InvalidArguments("x"), output.USAGE),
        (errors.MissingVariable("x"), output.USAGE),
        (errors.LoginNeeded("x"), output.LOGIN),
        (errors.ConnectionFailed("x"), output.UNREACHABLE),
        (errors.StartTimeout("x"), output.UNREACHABLE),
        (errors.TransportClosed("x"), output.UNREACHABLE),
    ],
)
def test_the_kind_of_an_error_is_its_exit_status(error: errors.JackfieldError, status: int) -> None:
    assert output.status_of(error) == status


def test_an_error_is_plain_lines_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        output.fail(errors.ConnectionFailed("server 'a' \x1b[31mfell", hint="Lift it."))
    assert left.value.code == output.UNREACHABLE
    assert capsys.readouterr() == ("", "Error: server 'a' fell\nLift it.\n")


def test_the_nearest_name_or_what_there_is() -> None:
    assert did_you_mean("Tiem", ["time", "docs"]) == "Did you mean 'time'?"
    assert did_you_mean("zzz", ["time", "docs"]) == "Known: time, docs."
    assert did_you_mean("zzz", []) == ""
    assert output.masked(["A", "B"]) == "A=*****, B=*****"


def test_problems_are_said_for_the_servers_in_question(capsys: pytest.CaptureFixture[str]) -> None:
    configuration = Configuration(
        problems=(
            Problem("top", line=1, hint="Do this."),
            Problem("of a", server="a"),
            Problem("of b", server="b"),
            Problem("stands in invalid", server="a", severity="error"),
        )
    )
    output.note_problems(configuration, ["a"])
    assert capsys.readouterr().err == "Warning: line 1: top. Do this.\nWarning: of a.\n"
    output.note_problems(configuration)
    assert capsys.readouterr().err.count("\n") == 3


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (errors.LoginNeeded("no entry", hint="Log in."), output.LOGIN, "Error: no entry\nLog in.\n"),
        (KeyboardInterrupt(), main.INTERRUPTED, "\n"),
        (BrokenPipeError(), 1, ""),
        (OSError(28, "No space left on device"), 1, "Error: No space left on device\n"),
    ],
)
def test_whatever_goes_wrong_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    status: int,
    said: str,
) -> None:
    @click.command()
    def command() -> None:
        raise raised

    monkeypatch.setattr("app.command_line.main.cli", command)
    try:
        ended = main.run([])
    except SystemExit as left:
        assert isinstance(left.code, int)
        ended = left.code
    assert (ended, capsys.readouterr().err) == (status, said)
