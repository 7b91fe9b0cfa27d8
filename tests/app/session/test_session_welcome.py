"""The first screen: what to try, what there is, gone with the first entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from services.settings import ModelSettings
from tests.app.conftest import session
from tests.app.session.test_session_configuration import opened
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.app.conftest import Session


def shown(s: Session) -> str:
    welcome = s.app.session.welcome
    return str(welcome.render()) if welcome.display else ""


async def test_it_names_a_tool_to_call_and_goes_with_the_first_entry() -> None:
    async with session(quick("q")) as s:
        await s.until(lambda: "/call q echo" in shown(s))
        assert "/model" in shown(s)
        await s.enter("/tools")
        await s.until(lambda: not shown(s))


async def test_it_says_where_text_goes() -> None:
    async with session(quick("q"), models=(ModelSettings("", "openai", "gpt-test"),)) as s:
        assert "goes to the model gpt-test" in shown(s)


async def test_on_a_small_screen_the_history_has_the_room() -> None:
    async with session(size=(40, 12)) as s:
        assert not shown(s)
        await s.sees("No MCP servers are configured yet.")


async def test_servers_of_other_programs_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "person"
    home.mkdir()
    (home / ".claude.json").write_text(
        json.dumps({"mcpServers": {"a": {"command": "x"}, "b": {"command": "y"}}})
    )
    for name, path in (("HOME", home), ("JACKFIELD_HOME", tmp_path)):
        monkeypatch.setenv(name, str(path))
    monkeypatch.chdir(tmp_path)
    async with opened() as s:
        await s.until(lambda: "(2)" in shown(s))
        assert "Claude" in shown(s)
