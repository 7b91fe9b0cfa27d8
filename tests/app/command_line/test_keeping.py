"""When a command leaves a resident behind: where none is, whatever the one that is does."""

from __future__ import annotations

import os
import sys
import tempfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line.connect.keeping import begin_to_keep
from services.resident.client import Meeting
from services.resident.starting import bound
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sequence[str]]]:
    """What residents do first that would have been started."""
    begun: list[Sequence[str]] = []
    monkeypatch.setattr("services.resident.starting.spawn", begun.append)
    monkeypatch.setattr(Meeting, "sent_away", False)
    monkeypatch.delitem(sys.modules, "services.resident.errand", raising=False)
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as run:  # a socket's path is short
        monkeypatch.setenv("XDG_RUNTIME_DIR", run)
        yield begun


def a_command() -> None:
    servers = [quick("kept", keep_alive=True)]
    wish: Any = SimpleNamespace(servers=servers, behind=("--strict",), configured=True)
    begin_to_keep(wish, {"kept"})


def test_one_is_left_where_none_is(begun: list[Sequence[str]]) -> None:
    a_command()
    assert begun == [("--strict", "tools", "kept")]
    with bound() as (listener, _), listener:
        pass
    a_command()
    assert len(begun) == 2


def test_none_is_left_where_one_hangs_or_leaves(begun: list[Sequence[str]]) -> None:
    with bound() as (listener, path):
        a_command()
        for _ in range(70):  # until it takes nobody any more
            a_command()
        listener.close()
        path.unlink()
        a_command()
    assert begun == []


def test_one_is_left_in_the_place_of_one_that_was_told_to_leave(
    begun: list[Sequence[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Meeting, "sent_away", True)
    with bound() as (listener, _), listener:
        a_command()
    assert len(begun) == 1
