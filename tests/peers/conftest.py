"""Peers are wanted where they are installed, and demanded where JACKFIELD_REQUIRE_PEERS says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from services.settings import ServerSettings
from tests.peers import servers
from tests.peers.install import ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True, scope="session")
def peers_installed() -> None:
    """Skip, or fail where nothing may be skipped, when `make peers` has not run."""
    missing = "" if ready() else "the peers are not installed: run `make peers`"
    if not missing and shutil.which("git") is None:
        missing = "no git to make a repository with"
    if missing and os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def everything_url(peers_installed: None) -> Iterator[str]:
    """One `server-everything` over HTTP for all tests of a process; each test has its own session."""
    with servers.everything_http() as url:
        yield url


@pytest.fixture(params=["stdio", "http"])
def everything(request: pytest.FixtureRequest) -> ServerSettings:
    """`server-everything`, over stdio and over Streamable HTTP."""
    if request.param == "http":
        url = request.getfixturevalue("everything_url")
        return ServerSettings("everything", transport="http", url=url)
    command, args = servers.everything_stdio()
    return ServerSettings("everything", command=command, args=args)


@pytest.fixture
def clock() -> ServerSettings:
    """`mcp-server-time`."""
    command, args = servers.time_stdio()
    return ServerSettings("time", command=command, args=args)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with one commit and one file that is not in it."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "README").write_text("A repository.\n", encoding="utf-8")
    (folder / "later").write_text("Not yet.\n", encoding="utf-8")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com")
    for words in (("init", "-q"), ("add", "README"), (*who, "commit", "-q", "-m", "the first commit")):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.fixture
def git(repository: Path) -> ServerSettings:
    """`mcp-server-git` on that repository."""
    command, args = servers.git_stdio(repository)
    return ServerSettings("git", command=command, args=args)
