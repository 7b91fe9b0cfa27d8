"""A project's files: where they are looked for, what they may hold, and what the answer is about."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.config.projects.consent import record_consent
from services.config.projects.files import LIMIT, project_files, read_project_file, with_projects
from services.errors import ConfigurationError
from services.roots import roots_of
from services.settings import Configuration, ServerSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.config.projects.project_file import ProjectFile

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, pipes and modes of POSIX")


class Places:
    """A home of Jackfield and a repository, in a user's home."""

    def __init__(self, root: Path) -> None:
        self.home = root / "jackfield"
        self.repository = root / "user" / "repository"
        (self.repository / ".git").mkdir(parents=True)
        self.home.mkdir()

    def mcp_json(self, servers: Mapping[str, Any] | str, folder: Path | None = None) -> Path:
        text = servers if isinstance(servers, str) else json.dumps({"mcpServers": servers})
        return written((folder or self.repository) / ".mcp.json", text)

    def toml(self, text: str, folder: Path | None = None) -> Path:
        return written((folder or self.repository) / ".jackfield" / "config.toml", text)

    def files(self, folder: Path | None = None) -> tuple[ProjectFile, ...]:
        return project_files(folder or self.repository, self.home)

    def only(self) -> ProjectFile:
        (file,) = self.files()
        return file

    def answer(self, yes: bool) -> None:
        for file in self.files():
            record_consent(self.home, file, yes)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    root = Path(os.path.realpath(tmp_path))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(root / "user"))
    return Places(root)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_both_files_are_found_the_nearest_first(places: Places) -> None:
    within = places.repository / "a" / "b"
    far = places.mcp_json({"far": {"command": "far"}})
    ours = places.toml('[mcp_servers.ours]\ncommand = "ours"\n')
    near = places.mcp_json({"near": {"url": "https://near.example/mcp"}}, places.repository / "a")
    within.mkdir()
    found = places.files(within)
    assert [file.path for file in found] == [near, ours, far]
    assert [server.name for file in found for server in file.servers] == ["near", "ours", "far"]
    assert {file.consent for file in found} == {"unasked"}


def test_the_search_ends_at_the_repository_and_at_home(places: Places) -> None:
    user = places.repository.parent
    places.mcp_json({"users": {"command": "u"}}, user)
    places.mcp_json({"above": {"command": "a"}}, user.parent)
    assert places.files() == ()
    loose = user / "loose" / "deep"
    loose.mkdir(parents=True)
    assert [file.path for file in places.files(loose)] == [user / ".mcp.json"]
    (user / "tree").mkdir()
    (user / "tree" / ".git").write_text("gitdir: elsewhere")
    assert places.files(user / "tree") == ()


def test_the_own_configuration_is_no_projects_file(places: Places) -> None:
    home = places.repository / ".jackfield"
    places.toml('[mcp_servers.mine]\ncommand = "c"\n')
    assert project_files(places.repository, home) == ()


def test_a_folder_that_is_gone_has_no_files(places: Places) -> None:
    assert places.files(places.repository / "gone") == ()


def test_yes_is_for_what_was_read(places: Places) -> None:
    path = places.mcp_json({"a": {"command": "good"}})
    read = places.only()
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    places.mcp_json({"a": {"command": "evil"}})
    record_consent(places.home, read, True)
    assert places.only().consent == "changed"
    places.answer(True)
    assert places.only().consent == "yes"
    path.write_text(path.read_text() + "\n")
    assert places.only().consent == "changed"
    places.answer(False)
    assert places.only().consent == "no"


@posix
def test_the_answers_are_for_the_user_alone(places: Places) -> None:
    places.mcp_json({"a": {"command": "c"}})
    places.answer(True)
    assert (places.home / "projects.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"files": 3}', "[" * 10_000, "\xff"])
def test_answers_that_cannot_be_read_are_asked_for_again(places: Places, broken: str) -> None:
    places.mcp_json({"a": {"command": "c"}})
    places.answer(True)
    (places.home / "projects.json").write_text(broken, encoding="latin-1")
    assert places.only().consent == "unasked"
    places.answer(True)
    assert places.only().consent == "yes"


def test_answers_at_the_same_time_all_count(places: Places) -> None:
    folders = [places.repository / f"p{number}" for number in range(8)]
    for folder in folders:
        places.mcp_json({"a": {"command": "c"}}, folder)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda folder: record_consent(places.home, places.files(folder)[0], True), folders))
    assert {places.files(folder)[0].consent for folder in folders} == {"yes"}


@posix
def test_a_link_is_another_file_and_shows_where_it_leads(places: Places) -> None:
    elsewhere = places.repository.parent / "elsewhere"
    places.mcp_json({"a": {"command": "./run"}}, elsewhere)
    record_consent(places.home, places.files(elsewhere)[0], True)
    (places.repository / ".mcp.json").symlink_to(elsewhere / ".mcp.json")
    # The same bytes, agreed to elsewhere: `./run` is another program here.
    assert places.only().consent == "unasked"
    assert places.only().target == elsewhere / ".mcp.json"
    assert places.only().shown == f"{places.repository / '.mcp.json'} (really {elsewhere / '.mcp.json'})"
    places.answer(True)
    assert places.only().consent == "yes"
    copy = written(places.repository.parent / "copy.json", (elsewhere / ".mcp.json").read_text())
    (places.repository / ".mcp.json").unlink()
    (places.repository / ".mcp.json").symlink_to(copy)
    assert places.only().consent == "changed"


@posix
def test_what_is_no_plain_file_is_a_problem_and_never_waited_for(places: Places) -> None:
    path = places.repository / ".mcp.json"
    os.mkfifo(path)
    assert "is not a file" in places.only().problems[0].message
    path.unlink()
    path.mkdir()
    assert places.only().problems[0].severity == "error"
    path.rmdir()
    path.symlink_to(path)
    assert places.files() == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "is not JSON: line 1"),
        ("[]", "is not a configuration file"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5_000, "is not JSON"),
        ("\ud800", "is not UTF-8 text"),
        (" " * (LIMIT + 1), "is larger than 256 KiB"),
        ('{"mcpServers": {},' + "// " * 60_000, "is not JSON"),
        ("/*" * 120_000, "is not JSON"),
        ('"' + '\\"' * 100_000, "is not JSON"),
    ],
)
def test_a_broken_mcp_json_is_a_problem(places: Places, text: str, problem: str) -> None:
    places.mcp_json("{}").write_bytes(text.encode(errors="surrogatepass"))
    (found,) = places.only().problems
    assert problem in found.message
    assert str(places.repository) in found.message
    assert places.only().servers == ()
    places.answer(False)
    assert places.only().consent == "no"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "is not TOML: line 1"),
        ("mcp_servers = 3", "must be a table of servers"),
        ("[" + "a." * 100_000 + "a]", "has a line with more than 400 dots"),
        ("a = " + "1" * 5_000, "cannot be read"),
        ("a = " + "[" * 100_000, "nested too deeply"),
    ],
)
def test_a_broken_config_toml_is_a_problem(places: Places, text: str, problem: str) -> None:
    places.toml(text)
    (found,) = places.only().problems
    assert problem in found.message
    assert places.only().servers == ()


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_a_problem(places: Places) -> None:
    places.mcp_json({}).chmod(0)
    assert "cannot read" in places.only().problems[0].message
    with pytest.raises(ConfigurationError, match="cannot be read"):
        record_consent(places.home, places.only(), True)


def test_one_bad_server_leaves_the_others(places: Places) -> None:
    places.toml('[mcp_servers.good]\ncommand = "c"\n[mcp_servers.bad]\nargs = 3\n[ui]\ntheme = "x"\n')
    good, bad = places.only().servers
    assert (good.invalid, bad.invalid != "") == ("", True)
    assert "`ui` of" in places.only().problems[0].message
    assert places.only().problems[-1].line == 3


def test_a_project_decides_about_its_servers_only(places: Places) -> None:
    places.toml(
        'mcp_oauth_callback_url = "https://evil.example"\nmcp_oauth_credentials_store = "file"\n'
        '[sandbox]\nsandbox_policy = "read-only"\n[mcp_servers.a]\ncommand = "c"\n'
    )
    places.answer(True)
    mine = Configuration(callback_url="http://localhost:1/cb")
    found = with_projects(mine, places.files(), {})
    assert (found.callback_url, found.credentials_store, found.sandbox) == (mine.callback_url, "auto", {})
    assert found.servers[0].sandbox == {}


def test_only_what_was_agreed_to_counts_and_names_of_the_user_win(places: Places) -> None:
    places.mcp_json({"a": {"command": "theirs"}, "b": {"command": "${PROGRAM}", "cwd": "sub"}})
    mine = Configuration((ServerSettings("a", command="mine"),))
    assert with_projects(mine, places.files(), {}) == mine
    places.answer(True)
    a, b = with_projects(mine, places.files(), {"PROGRAM": "found"}).servers
    assert (a.command, b.command, b.cwd) == ("mine", "found", str(places.repository / "sub"))
    assert b.source == str(places.repository / ".mcp.json")
    [_, unset] = with_projects(mine, places.files(), {}).servers
    assert "PROGRAM is not set" in unset.invalid
    [_, shown] = with_projects(mine, places.files(), None).servers
    assert shown.command == "${PROGRAM}"
    places.answer(False)
    assert with_projects(mine, places.files(), {}) == mine


def test_the_nearer_file_wins(places: Places) -> None:
    places.mcp_json({"a": {"command": "far"}})
    places.mcp_json({"a": {"command": "near"}}, places.repository / "sub")
    for file in places.files(places.repository / "sub"):
        record_consent(places.home, file, True)
    found = with_projects(Configuration(), places.files(places.repository / "sub"), {})
    assert [server.command for server in found.servers] == ["near"]


def test_what_was_read_is_what_is_used(places: Places) -> None:
    path = places.mcp_json({"a": {"command": "good"}})
    places.answer(True)
    files = places.files()
    path.write_text(path.read_text().replace("good", "evil"))
    assert with_projects(Configuration(), files, {}).servers[0].command == "good"


def test_a_file_is_named_by_its_path(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    path = places.toml('[mcp_servers.a]\ncommand = "c"\n')
    monkeypatch.chdir(path.parent)
    assert read_project_file(Path("config.toml"), places.home).path == path
    with pytest.raises(ConfigurationError, match="not a project file"):
        read_project_file(Path("other.json"), places.home)
    with pytest.raises(ConfigurationError, match="there is no file"):
        read_project_file(places.repository / ".mcp.json", places.home)


def test_roots_of_a_project_count_from_the_project(places: Places) -> None:
    places.toml('[mcp_servers.a]\ncommand = "c"\nroots = [".", "sub", "/elsewhere"]')
    places.answer(True)
    (server,) = with_projects(Configuration(), places.files(), {}).servers
    project = places.repository
    assert [root.path for root in roots_of(server)] == [project, project / "sub", Path("/elsewhere")]
