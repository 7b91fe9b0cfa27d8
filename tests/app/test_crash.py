"""A fault of our own: two plain lines, a report with places, and no value of any variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.crash import report
from app.jackfield import Jackfield
from services.settings import Configuration

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "canary-of-a-token"


def fault(token: str) -> None:
    kept = {"access_token": token}
    try:
        raise KeyError("first")
    except KeyError as error:
        raise ValueError(f"1 fault\n  input_value={kept}") from error


def test_the_report_has_places_and_no_values(tmp_path: Path) -> None:
    with pytest.raises(ValueError) as caught:
        fault(TOKEN)
    said, where = report(caught.value, tmp_path / "logs").splitlines()
    [file] = (tmp_path / "logs").iterdir()
    text = file.read_text(encoding="utf-8")
    assert said == "Internal error in Jackfield: ValueError: 1 fault"
    assert str(file) in where
    assert "in fault" in text
    assert text.index("KeyError") < text.index("ValueError")
    assert TOKEN not in text
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file in its way", encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        fault(TOKEN)
    said, where = report(caught.value, tmp_path / "logs").splitlines()
    assert said.endswith("ValueError: 1 fault")
    assert "test_crash.py, line" in where


async def test_the_session_shows_no_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))

    def action_fault() -> None:
        fault(TOKEN)

    app = Jackfield(Configuration)
    monkeypatch.setattr(app, "action_fault", action_fault, raising=False)
    app.bind("f8", "fault")
    with pytest.raises(ValueError):
        async with app.run_test() as pilot:
            await pilot.press("f8")
    app._print_error_renderables()
    shown = capsys.readouterr().err
    assert "Internal error in Jackfield: ValueError: 1 fault" in shown
    assert TOKEN not in shown
    assert len(list((tmp_path / "logs").glob("crash-*.txt"))) == 1
