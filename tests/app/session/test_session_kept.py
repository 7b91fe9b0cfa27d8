"""Sessions that last, in the app: kept, reopened, walked through with Up, exported."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from app.session.screens.finder import FinderScreen
from app.session.screens.form import FormScreen
from services.results.pictures import Picture
from services.transcript.entries import Entry, Heading, Part
from services.transcript.folder import sessions
from services.transcript.keeping import Keeping
from services.transcript.lines import entry_line, heading_line
from services.transcript.reading import oldest_first
from tests.app.conftest import Session, session
from tests.support.screens import screen_text
from tests.support.servers import demo
from widgets.history.cells import PicturePart

if TYPE_CHECKING:
    from pathlib import Path

    from services.transcript.folder import KeptSession


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("JACKFIELD_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    return home


def the_session(home: Path) -> KeptSession:
    [kept] = sessions(home / "history")
    return kept


async def test_a_reopened_session_looks_and_acts_as_it_did(home: Path) -> None:
    async with session(demo(), keeping=Keeping()) as s:
        await s.answers("/call demo add a=1 b=2", "1 + 2 = 3")
        await s.answers("/call demo image_scenario scenario=image_only", "PNG")
        await s.answers("/call demo fail", "failed")
        before = s.history
        running = s.ids.stop
        await s.enter("/call demo countdown seconds=60")
        await s.until(lambda: len(s.ids) > running + 1)
        recorder = s.app.dispatcher.sessions.recorder
        assert recorder is not None and recorder.flush()
        kept = the_session(home)
        lines = kept.path.read_bytes()
    kept.path.write_bytes(lines)  # as a SIGKILL would have left it

    async with session(demo(), keeping=Keeping((), kept.id)) as s:
        await s.sees("Reopened the session of")
        assert s.history.startswith(before)
        assert "demo.countdown  seconds=60  interrupted" in s.history
        history = s.app.session.history
        cells = {history.cell(number).name: number for number in s.ids if history.cell(number).name}
        # The picture is decoded once it is to be drawn.
        history.select(cells["demo.image_scenario"])

        def decoded() -> bool:
            target = history.cell(cells["demo.image_scenario"]).targets[0]
            return isinstance(target, PicturePart) and isinstance(target.picture, Picture)

        await s.until(decoded)
        source = s.app.session.transcript.sources[cells["demo.add"]]
        assert source.raw is not None and source.raw["structuredContent"] == {"sum": 3}
        assert source.result is not None and source.shell.startswith("jackfield call")
        s.app.cell_actions.act(cells["demo.add"], "call_again", None)
        await s.until(lambda: isinstance(s.app.screen, FormScreen))
        await s.pilot.press("escape")
        await s.until(lambda: s.app.screen is s.app.session)
        await s.answers("/call demo add a=3 b=4", "3 + 4 = 7")
    entries = list(oldest_first(the_session(home).paths))
    assert [entry.number for entry in entries] == list(range(len(entries)))
    assert "3 + 4 = 7" in entries[-1].parts[0].text


async def test_up_walks_on_to_earlier_sessions(home: Path) -> None:
    folder = home / "history"
    folder.mkdir()
    for name, directory in (("2026-01-01-101010", str(home.parent)), ("2026-01-02-101010", "/elsewhere")):
        entry = Entry(0, 5.0, "entry", again=f"/tools {directory}")
        secret = Entry(1, 5.0, "entry", again="/call demo add token=*****")
        line = heading_line(Heading(5.0, directory)) + entry_line(entry) + entry_line(secret)
        (folder / f"{name}-p999999.jsonl").write_bytes(line)
    # Wide enough for a path of any length: in an entry of two rows Up moves within it.
    async with session(keeping=Keeping(), size=(240, 40)) as s:
        composer = s.app.session.composer
        await s.until(lambda: len(composer.entries) == 2)
        composer.fill("draft")
        await s.pilot.press("escape", "up")
        assert composer.text == f"/tools {home.parent}"
        await s.pilot.press("escape", "up")
        assert composer.text == "/tools /elsewhere"
        await s.pilot.press("escape", "down", "escape", "down")
        assert composer.text == "draft"


async def again(s: Session, words: str, value: str) -> None:
    """Find a past call, and send its form as it opens."""
    await s.pilot.press("ctrl+k")
    await s.until(lambda: isinstance(s.app.screen, FinderScreen))
    await s.pilot.press("ctrl+u", *words)
    await s.until(lambda: "past call" in screen_text(s.app) and "1 of" in screen_text(s.app))
    await s.pilot.press("enter")
    await s.until(lambda: isinstance(s.app.screen, FormScreen) and value in screen_text(s.app))
    await s.pilot.press("ctrl+s")
    await s.until(lambda: s.app.screen is s.app.session)


async def test_past_calls_are_found_and_open_their_filled_forms(home: Path) -> None:
    async with session(demo(), keeping=Keeping()) as s:
        await s.answers("/call demo add a=11 b=22", "11 + 22 = 33")
    async with session(demo(), keeping=Keeping()) as s:
        await s.answers("demo.add a=44 b=55", "44 + 55 = 99")
        await again(s, "add 11", "22")
        await again(s, "demo.add 44", "55")
        await s.until(lambda: s.history.count("11 + 22 = 33") == 1 and s.history.count("44 + 55") == 2)


async def test_a_long_session_comes_in_order_and_the_view_stays(home: Path) -> None:
    folder = home / "history"
    folder.mkdir()
    path = folder / "2026-01-01-101010-p999999.jsonl"
    with path.open("wb") as file:
        file.write(heading_line(Heading(5.0, "/work")))
        for number in range(9_000):
            text = Part("text", f"cell {number}")
            file.write(entry_line(Entry(number, 5.0, "entry", again=f"cell {number}", parts=(text,))))
    async with session(keeping=Keeping((), "2026-01-01")) as s:
        history = s.app.session.history
        await s.until(lambda: len(history.ids) >= 9_001)
        texts = [history.cell_text(number) for number in history.ids]
        assert texts[:9_000] == [f"cell {number}" for number in range(9_000)]
        assert "Reopened the session of" in texts[-1] and "9,000 cells" in texts[-1]
        assert history.following


async def test_history_lists_sessions_and_puts_one_in_the_place_of_this(home: Path) -> None:
    async with session(demo(), keeping=Keeping()) as s:
        await s.answers("/call demo add a=1 b=2", "1 + 2 = 3")
    async with session(demo(), keeping=Keeping()) as s:
        await s.answers("/history", "No earlier session") if not sessions(home / "history") else None
        await s.answers("/call demo add a=5 b=6", "5 + 6 = 11")
        await s.enter("/history")
        await s.until(lambda: type(s.app.screen).__name__ == "SessionsScreen")
        await s.pilot.press("enter")
        await s.sees("Reopened the session of")
        assert "1 + 2 = 3" in s.history and "5 + 6 = 11" not in s.history
        await s.answers("/call demo add a=7 b=8", "7 + 8 = 15")
    told = [
        "".join(part.text for entry in oldest_first(kept.paths) for part in entry.parts)
        for kept in sessions(home / "history")
    ]
    assert len(told) == 2
    assert sorted(("1 + 2" in text, "5 + 6" in text, "7 + 8" in text) for text in told) == [
        (False, True, False),
        (True, False, True),
    ]


async def test_a_session_is_exported_and_nothing_overwritten(home: Path) -> None:
    async with session(demo()) as s:  # not kept, and exported all the same
        await s.answers('/call demo echo {"text": "it\'s `odd` $(x)", "password": "hunter2-hunter2"}', "odd")
        await s.answers("/call demo image_scenario scenario=image_only", "PNG")
        for name in ("out.md", "out.jsonl", "out.sh"):
            await s.answers(f"/export {name}", "Exported to")
        await s.answers("/export out.md", "is there already")
        await s.answers("/export out.md --force", "Exported to")
        await s.answers("/export out.txt", "must end in")
    folder = home.parent
    markdown, script = (folder / "out.md").read_text(), (folder / "out.sh").read_text()
    assert "![" in markdown and (folder / "out-files" / "picture-1.png").read_bytes()[:4] == b"\x89PNG"
    assert "jackfield call echo --args " in script and "'\"'\"'" in script
    assert "hunter2" not in markdown + script + (folder / "out.jsonl").read_text()
    kinds = [json.loads(line)["kind"] for line in (folder / "out.jsonl").read_text().splitlines()]
    assert kinds[:3] == ["entry", "warning", "failed"]  # the tool takes no password


async def test_a_session_is_not_kept_where_nobody_wants_it(home: Path) -> None:
    (home / "config.toml").write_text('[ui]\nhistory = "off"\n')
    from app.jackfield import Jackfield
    from services.config.source import home_source

    app = Jackfield(source=home_source, keeping=Keeping())
    async with app.run_test() as pilot:
        deadline = time.monotonic() + 20
        while app.manager is None and time.monotonic() < deadline:
            await pilot.pause(0.02)
        app.run_slash("/tools")
        await pilot.pause(0.5)
    await app.close_connections()
    assert not (home / "history").exists()
