"""The configuration in the session: adding, removing, bringing over, agreeing, and files that change."""

from __future__ import annotations

import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from app.jackfield import Jackfield
from services.config.source import home_source
from tests.app.conftest import Session
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.app import App


QUICK = f"{sys.executable} {ROOT / 'tests' / 'servers' / 'quick.py'}"
OFF = 'command = "sh"\nenabled = false\n'
"""A table that starts nothing."""


class Place:
    """A home directory, and a project to stand in."""

    def __init__(self, root: Path) -> None:
        self.home, self.project = root / "home", root / "user" / "project"
        for folder in (self.home, self.project / ".git"):
            folder.mkdir(parents=True)

    @property
    def file(self) -> Path:
        return self.home / "config.toml"

    @property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def write(self, text: str) -> None:
        """Replace the file as editors do: another file, renamed."""
        other = self.file.with_suffix(".new")
        other.write_text(text, encoding="utf-8")
        other.replace(self.file)

    def project_file(self, *names: str, **extra: Any) -> Path:
        servers = {name: {"command": sys.executable, "args": QUICK.split()[1:]} | extra for name in names}
        path = self.project / ".mcp.json"
        path.write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
        return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    found = Place(Path(os.path.realpath(tmp_path)))
    monkeypatch.setenv("JACKFIELD_HOME", str(found.home))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(found.project.parent))
    for name in ("XDG_CONFIG_HOME", "APPDATA", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(found.project)
    return found


@asynccontextmanager
async def opened(size: tuple[int, int] = (120, 40)) -> AsyncIterator[Session]:
    """A session on the files of the home directory and the project."""
    app = Jackfield(source=home_source)
    async with app.run_test(size=size, notifications=True) as pilot:
        running = Session(app, pilot)
        try:
            await running.until(lambda: app.manager is not None)
            yield running
        finally:
            await app.close_connections()


def servers(s: Session) -> tuple[str, ...]:
    assert s.app.manager is not None
    return s.app.manager.servers


def state(s: Session, name: str) -> str:
    assert s.app.manager is not None
    return str(s.app.manager.status(name).state)


async def test_a_server_is_added_starts_is_removed_and_comes_back(place: Place) -> None:
    place.write("# mine\n")
    async with opened() as s:
        await s.until(lambda: "/mcp add NAME" in str(s.app.session.welcome.render()))
        await s.enter(f"/mcp add quick --env 'API_KEY=top secret' -- {QUICK}")
        await s.sees("Added MCP server 'quick'.")
        await s.sees("env.API_KEY is stored in plain text in the file")
        await s.ready("quick")
        assert place.text.startswith("# mine\n")
        assert 'API_KEY = "top secret"' in place.text
        assert "changed" not in s.history
        await s.enter("/mcp remove quick")
        await s.sees("/mcp restore puts it back")
        assert servers(s) == ()
        assert "[mcp_servers.quick]" in s.history
        assert "env = { API_KEY = " in s.history
        assert "top secret" not in s.history
        assert place.text == "# mine\n"
        await s.enter("/mcp restore")
        await s.ready("quick")
        assert 'API_KEY = "top secret"' in place.text
        await s.enter("/mcp restore")
        await s.sees("no server was removed")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("/mcp add old -- sh", "already configured"),
        ("/mcp add x", "Say what to connect to"),
        ("/mcp add x --url http://localhost:1/mcp --env A=b", "--env is for stdio servers"),
        ("/mcp add x --help", "No such option"),
        ("/mcp add x -- 'sh", "is not closed"),
        ("/mcp add 'a b' -- sh", "a b"),
        ("/mcp remove odl", 'Did you mean "old"?'),
        ("/import codex", "no configuration file of Codex was found"),
        ("/import nowhere.json", "there is no file nowhere.json"),
        ("/mcp trust", "no .mcp.json and no .jackfield/config.toml"),
    ],
)
async def test_mistakes_are_said_and_change_nothing(place: Place, line: str, says: str) -> None:
    text = f"[mcp_servers.old]\n{OFF}"
    place.write(text)
    async with opened() as s:
        await s.enter(line)
        await s.sees(says)
        assert place.text == text


async def test_force_replaces_and_restarts(place: Place) -> None:
    place.write(f"[mcp_servers.quick]\n{OFF}")
    async with opened() as s:
        await s.enter(f"/mcp add quick --force -- {QUICK}")
        await s.ready("quick")


async def test_a_session_without_a_file_says_so(place: Place) -> None:
    app = Jackfield(load=lambda: home_source().loaded().configuration)
    async with app.run_test() as pilot:
        s = Session(app, pilot)
        await s.until(lambda: app.manager is not None)
        await s.enter("/mcp add x -- sh")
        await s.sees("this session does not use your configuration")
        assert not place.file.exists()


async def test_only_what_changed_restarts(place: Place) -> None:
    table = "[mcp_servers.{0}]\ncommand = '{1}'\nargs = ['{2}']\n"
    program = QUICK.split()
    place.write(table.format("a", *program) + table.format("b", *program) + f"[mcp_servers.c]\n{OFF}")
    async with opened() as s:
        await s.ready("a", "b")
        assert s.app.manager is not None
        pids = {name: s.app.manager.status(name).pid for name in ("a", "b")}
        # Disabled in the session: a change of the file elsewhere leaves that alone.
        await s.enter("/mcp disable a")
        await s.until(lambda: state(s, "a") == "disabled")
        changed = table.format("a", *program) + table.format("b", *program) + "tool_timeout_sec = 5\n"
        place.write(changed + f'[mcp_servers.d]\n{OFF}[sandbox]\nsandbox_policy = "read-only"\n')
        await s.sees("config.toml changed: added d; removed c; changed b")
        await s.ready("b")
        assert servers(s) == ("a", "b", "d")
        assert state(s, "a") == "disabled"
        assert s.app.manager.status("b").pid != pids["b"]
        assert s.app.manager.settings("b").tool_timeout_sec == 5


async def test_a_broken_file_keeps_the_servers_and_is_told_once(place: Place) -> None:
    place.write(f"[mcp_servers.a]\n{OFF}")
    async with opened() as s:
        place.write("[mcp_servers.a\n")
        await s.sees("the servers keep running")
        assert "line 1" in s.history
        assert servers(s) == ("a",)
        place.write("[mcp_servers.a\n\n")
        place.write(f"[mcp_servers.a]\n{OFF}[mcp_servers.b]\n{OFF}")
        await s.sees("config.toml changed: added b")
        assert s.history.count("the servers keep running") == 1
        # A table that cannot be used is that server's trouble alone.
        place.write(f"[mcp_servers.a]\n{OFF}[mcp_servers.b]\ncommand = 3\n")
        await s.sees("config.toml (line 5): command must be")
        assert (state(s, "a"), state(s, "b")) == ("disabled", "invalid")


async def test_the_file_may_come_go_and_begin_broken(place: Place) -> None:
    place.write("[mcp_servers.a\n")
    async with opened() as s:
        await s.sees("The configuration cannot be used.")
        place.file.unlink()
        await s.sees("The configuration is valid again.")
        place.write(f"[mcp_servers.a]\n{OFF}")
        await s.sees("config.toml changed: added a")
        place.file.unlink()
        await s.sees("config.toml changed: removed a")


async def test_an_edit_in_place_through_a_link_is_seen_and_comments_say_nothing(place: Place) -> None:
    real = place.home.parent / "dotfiles.toml"
    real.write_text("# nothing yet\n", encoding="utf-8")
    place.file.symlink_to(real)
    async with opened() as s:
        await s.until(lambda: "/mcp add NAME" in str(s.app.session.welcome.render()))
        cells = len(s.ids)
        real.write_text("# still nothing\n", encoding="utf-8")
        looked = s.app.configurations._found()._looked
        await s.until(lambda: s.app.configurations._found()._looked != looked)
        assert len(s.ids) == cells
        text = f'mcp_oauth_callback_port = 4100\n[mcp_servers.a]\n{OFF}[ui]\ntheme = "nord"\n'
        real.write_text(text, encoding="utf-8")
        await s.sees("config.toml changed: added a")
        await s.sees("config.toml: mcp_oauth_callback_port counts from the next session on.")
        assert s.app.theme == "nord"


async def test_a_removed_server_leaves_an_open_screen_alone(place: Place) -> None:
    async with opened() as s:
        await s.enter(f"/mcp add quick -- {QUICK}")
        await s.ready("quick")
        await s.enter("/log quick")
        await s.until(lambda: type(s.app.screen).__name__ == "ServerScreen")
        place.write("")
        await s.until(lambda: servers(s) == ())
        await s.pilot.press("escape")
        await s.sees("config.toml changed: removed quick")


async def test_a_projects_servers_wait_for_a_yes_and_ask_again_when_the_file_changes(place: Place) -> None:
    path = place.project_file("tickets", env={"API_KEY": "geheim99"})
    async with opened() as s:
        await s.sees(f"{path} has 1 MCP server that waits for your yes: /mcp trust")
        assert servers(s) == ()
        await s.enter("/mcp trust")
        await s.until(lambda: type(s.app.screen).__name__ == "TrustScreen")
        await s.pilot.press("enter", "escape")
        await s.pilot.pause()
        assert servers(s) == ()
        await s.enter("/mcp trust")
        await s.until(lambda: type(s.app.screen).__name__ == "TrustScreen")
        await s.pilot.press("ctrl+s")
        await s.sees("its servers are used until it changes")
        await s.ready("tickets")
        assert "geheim" not in s.history
        place.project_file("tickets", "more")
        await s.sees(f"{path} changed: removed tickets")
        await s.sees(f"{path} has changed since you answered; nothing of it is used: /mcp trust")
        await s.enter("/mcp trust")
        await s.until(lambda: type(s.app.screen).__name__ == "TrustScreen")
        await s.pilot.press("ctrl+n")
        await s.sees(f"{path}: nothing of it is used.")
        assert servers(s) == ()


async def test_an_answer_given_in_a_shell_counts_at_once(place: Place) -> None:
    from services.config.projects.consent import record_consent
    from services.config.projects.files import read_project_file

    folder = place.project / ".jackfield"
    async with opened() as s:
        folder.mkdir()
        path = folder / "config.toml"
        path.write_text(f"[mcp_servers.a]\n{OFF}[features]\nx = 1\n", encoding="utf-8")
        await s.sees("has 1 MCP server that waits for your yes")
        record_consent(place.home, read_project_file(path, place.home), True)
        await s.sees(f"{path} changed: added a")
        await s.sees("`features` of")
        await s.enter("/mcp remove a")
        await s.sees("stands in")
        assert servers(s) == ("a",)


async def test_an_import_is_chosen_from_a_list(place: Place) -> None:
    place.write(f"[mcp_servers.a]\n{OFF}")
    user = place.project.parent
    (user / ".cursor").mkdir()
    off = {"command": "sh", "disabled": True}
    entries = {
        "a": off | {"args": ["-c", "true"]},
        "b": off,
        "c": off | {"env": {"API_KEY": "geheim99"}},
        "d": 3,
    }
    (user / ".cursor" / "mcp.json").write_text(json.dumps({"mcpServers": entries}), encoding="utf-8")
    async with opened() as s:
        await s.enter("/import")
        await s.until(lambda: type(s.app.screen).__name__ == "ImportScreen")
        await s.pilot.press("down", "space", "enter")
        await s.sees("Added 2 MCP servers: a-2, c")
        assert servers(s) == ("a", "a-2", "c")
        await s.enter("/import cursor")
        await s.until(lambda: type(s.app.screen).__name__ == "ImportScreen")
        await s.pilot.press("a", "enter", "escape")
        await s.sees("Nothing was added")
        (user / ".cursor" / "mcp.json").write_text(json.dumps({"mcpServers": {"a": off}}), encoding="utf-8")
        place.write('[mcp_servers.a]\ncommand = "sh"\nenabled = false\n')
        await s.enter(f"/import {user / '.cursor' / 'mcp.json'}")
        await s.sees("There is nothing to add.")


async def test_an_input_says_how_to_answer_and_c_reads_the_answer(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write(f"[mcp_servers.a]\n{OFF}env = {{ KEY = '${{input:figma-key}}' }}\n")
    async with opened() as s:
        await s.sees("input figma-key has no answer")
        await s.sees("jackfield mcp input set figma-key, then: /mcp reconnect a")
        assert state(s, "a") == "invalid"
        await s.enter("/mcp reconnect a")
        await s.until(lambda: s.history.count("jackfield mcp input set figma-key") == 2)
        monkeypatch.setenv("INPUT_FIGMA_KEY", "x")
        await s.enter("/mcp reconnect a")
        await s.until(lambda: state(s, "a") != "invalid")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_what_it_tells_looks_as_it_should(
    place: Place, size: tuple[int, int], screen_matches: Callable[[App[None]], bool]
) -> None:
    place.write(f"[mcp_servers.one]\n{OFF}[mcp_servers.two]\n{OFF}")
    async with opened(size) as s:
        place.write(f"[mcp_servers.one]\n{OFF}args = ['x']\n[mcp_servers.odd]\ncomand = 'sh'\n")
        await s.sees("Did you mean")
        await s.enter(
            "/mcp add three --env TOKEN=geheim99 --env 'KEY=${HOME}' -- sh -c 'sleep 60' --token=geheim99"
        )
        await s.sees("Added MCP server")
        await s.enter("/mcp disable three")
        await s.until(lambda: state(s, "three") == "disabled")
        await s.enter("/mcp remove three")
        await s.sees("/mcp restore puts it back")
        assert screen_matches(s.app)
