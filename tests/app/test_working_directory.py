"""A checkout that somebody only looks at gives us no modules."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("services", "click", "mcp", "tomlkit", "asyncio", "json", "shlex", "webbrowser")


def trap(folder: Path) -> Path:
    """Modules that leave a mark when they run; the mark."""
    mark = folder / "ran"
    folder.mkdir(exist_ok=True)
    for name in NAMES:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write({name!r})\n")
    return mark


def run(folder: Path, *start: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The program's list of servers, in that working directory."""
    (folder / "home").mkdir()
    return subprocess.run(
        [sys.executable, *start, "mcp", "list"],
        cwd=folder,
        env={"PATH": os.defpath, "HOME": str(folder), "JACKFIELD_HOME": str(folder / "home"), **environ},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize("pythonpath", [str(ROOT), f"{ROOT}{os.pathsep}", f"{ROOT}{os.pathsep}lib"])
def test_nothing_of_the_working_directory_is_imported(tmp_path: Path, pythonpath: str) -> None:
    marks = [trap(tmp_path), trap(tmp_path / "lib")]
    # As the console script, whose own folder comes first: the working directory is from PYTHONPATH alone.
    start = f"import sys; sys.path[:] = {str(ROOT)!r}, *sys.path; from app.__main__ import main; main()"
    done = run(tmp_path, "-c", f"import sys; sys.argv[0] = 'jackfield'; {start}", PYTHONPATH=pythonpath)
    assert done.returncode == 0, done.stderr
    assert not any(mark.exists() for mark in marks)


def test_the_program_as_a_module_takes_nothing_from_there(tmp_path: Path) -> None:
    mark = trap(tmp_path)
    done = run(tmp_path, "-m", "app", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr
    assert not mark.exists()


def test_our_own_checkout_works_as_a_module(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--version"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("jackfield")
