"""What is kept below `results/`: bounded in number, bytes and age, and nothing of anybody else."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from services.model.answers import bounded
from services.model.kept_results import results_folder, tidy_results

if TYPE_CHECKING:
    from pathlib import Path

DEAD = 2**22 + 7  # above what Linux gives, so that no process has it


def kept(home: Path, day: int, *, size: int = 100, owner: int = DEAD) -> Path:
    """A folder of that day of January, of so many bytes."""
    folder = home / "results" / f"2026-01-{day:02}-120000-{owner}"
    folder.mkdir(parents=True)
    (folder / "big.txt").write_bytes(bytes(size // 2))
    (folder / "big-2.txt").write_bytes(bytes(size - size // 2))
    moment = time.time() - (31 - day) * 3600
    os.utime(folder, (moment, moment))
    return folder


def left(home: Path) -> list[str]:
    return sorted(path.name[8:10] for path in (home / "results").iterdir())


@pytest.mark.parametrize(
    ("bounds", "wanted"),
    [
        ({}, ["01", "02", "03", "04"]),
        ({"folders": 2}, ["03", "04"]),
        ({"folders": 0}, []),
        ({"size": 250}, ["03", "04"]),
        ({"size": 100}, ["04"]),
        ({"oldest": 28.5 * 3600}, ["03", "04"]),
        ({"folders": 3, "size": 250, "oldest": 27.5 * 3600}, ["04"]),
    ],
)
def test_the_oldest_go_first(tmp_path: Path, bounds: dict[str, Any], wanted: list[str]) -> None:
    for day in (3, 1, 4, 2):
        kept(tmp_path, day)
    assert len(tidy_results(tmp_path, **bounds)) == 4 - len(wanted)
    assert left(tmp_path) == wanted


def test_those_in_use_stay_and_count(tmp_path: Path) -> None:
    ours, others = kept(tmp_path, 1), kept(tmp_path, 2)
    mine = kept(tmp_path, 3, owner=os.getpid())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        theirs = kept(tmp_path, 4, owner=running.pid)
        assert tidy_results(tmp_path, [ours], folders=1) == (others,)
        running.communicate(b"\n")
    assert ours.exists() and mine.exists() and theirs.exists()
    assert tidy_results(tmp_path, [ours], folders=1) == (theirs,)


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    results = tmp_path / "results"
    elsewhere = tmp_path / "elsewhere"
    for path in (results / "notes", elsewhere):
        path.mkdir(parents=True)
        (path / "text.txt").write_text("mine")
    (results / f"2026-01-01-120000-{DEAD}").symlink_to(elsewhere)
    (results / f"2026-01-02-120000-{DEAD}").write_text("a file")
    assert tidy_results(tmp_path, folders=0, size=0, oldest=0) == ()
    assert (elsewhere / "text.txt").exists() and (results / "notes" / "text.txt").exists()


def test_a_link_within_a_folder_goes_and_not_where_it_points(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text("mine")
    (kept(tmp_path, 1) / "link.txt").symlink_to(target)
    assert len(tidy_results(tmp_path, folders=0)) == 1 and target.exists()


@pytest.mark.parametrize("there", [False, True])
def test_nothing_there_is_nothing_to_do(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "results").write_text("no folder")
    assert tidy_results(tmp_path) == ()


@pytest.mark.anyio
async def test_each_conversation_has_a_folder_that_nobody_else_reads(tmp_path: Path) -> None:
    folder = results_folder(tmp_path)
    assert not folder.exists() and re.fullmatch(r"[\d-]+", folder.name)
    _, (path,) = await bounded("x" * 1_000, folder, "big", 10)
    assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(folder.parent.stat().st_mode) == 0o700
    assert path.parent == folder
    assert results_folder(tmp_path) != folder, "another conversation of this second"
