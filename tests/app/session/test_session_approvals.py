"""What models may do without asking: told as it is from the moment on that it was chosen, and taken back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from app.jackfield import Jackfield
from services.config.looking import Watched
from services.config.source import home_source
from tests.app.conftest import Session
from tests.app.session.test_session_model import Teller, quiet
from tests.services.model.stage import engines
from tests.support.servers import quick

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

MODEL = '[model]\nprovider = "ollama"\nname = "teller"\ncontext_window = 100000\n'


def table() -> str:
    """That of a server whose tools declare nothing, so that a person is asked."""
    server = quick("demo")
    command = f"command = {json.dumps(server.command)}\nargs = {json.dumps(server.args)}\n"
    return f"[mcp_servers.demo]\n{command}"


async def test_always_is_told_at_once_and_taken_back_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_self: Any) -> None:
        await asyncio.Event().wait()

    # Nobody looks for changes of the file: what the session itself wrote it has to know.
    monkeypatch.setattr(Watched, "changed", never)
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    file = tmp_path / "config.toml"
    file.write_text(MODEL + table(), encoding="utf-8")
    app = Jackfield(source=home_source, open_engine=engines(Teller().stream))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        s = Session(app, pilot)
        try:
            await s.ready("demo")
            await s.enter('call echo {"text": "hi"}')
            await s.until(lambda: app.session.inbox.in_sight)
            if not app.session.inbox.has_focus_within:
                await pilot.press("ctrl+o")
            app.session.inbox.uninvited = False
            await pilot.press("ctrl+a")
            await s.sees("It said: ")
            await quiet(s)
            assert 'approval_mode = "approve"' in file.read_text(encoding="utf-8")
            await s.answers("/approvals", "revokes one")
            assert "always" in s.history
            assert "for this session" not in s.history
            assert "config.toml changed" not in s.history
            await s.answers("/approvals demo echo", "asks again before it calls demo.echo")
            await s.answers("/approvals", "Nothing is allowed without asking.")
            assert 'approval_mode = "approve"' not in file.read_text(encoding="utf-8")
        finally:
            await app.close_connections()
