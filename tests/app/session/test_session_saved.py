"""Calls kept by name in the session, and run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.saved_calls.file import read_calls
from tests.app.conftest import session
from tests.support.servers import demo
from widgets.history.cells import NotePart

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_a_call_is_kept_listed_and_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "calls.toml"
    async with session(demo()) as s:
        await s.answers("/saved run", "There are no saved calls.")
        await s.answers("/call demo add a=2 b=3", "structured content")
        await s.pilot.press("tab", "k")
        await s.until(lambda: type(s.app.screen).__name__ == "PasteScreen")
        await s.pilot.press("s", "u", "m", "enter")
        await s.until(file.exists)
        await s.sees("Kept as sum in")
        (call,) = read_calls(file).calls
        assert (call.name, call.server, call.tool) == ("sum", "demo", "add")
        assert call.arguments == {"a": 2, "b": 3}
        await s.pilot.press("escape")
        await s.answers("/saved", "sum  demo.add")
        await s.answers("/saved run sum", "✓ sum: 1 check passed")

        text = file.read_text("utf-8").replace("is_error = false", 'text = "2 + 3 = 6"')
        file.write_text(text + '\n[calls.bad]\nserver = "demo"\n', "utf-8")
        await s.answers("/saved run", "0 of 2 saved calls passed")
        cells = [s.app.session.history.cell(number) for number in s.ids]
        failed = [cell for cell in cells if cell.kind == "failed"]
        assert [cell.name for cell in failed] == ["demo.add", "demo."]
        notes = [part.text for part in failed[0].parts if isinstance(part, NotePart)]
        assert notes == ["✗ sum: text: the text is another one"]
        assert "tool is missing" in s.history
        await s.answers("/saved run su", "Did you mean 'sum'?")
