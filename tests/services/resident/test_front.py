"""The resident itself: when it ends, and when it finds that it is not what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")

IDLE = """
from services.resident.front import Resident
from services.resident.starting import AlreadyThere, bound, residents

with bound() as (listener, path):
    assert residents() == (__import__("os").getpid(),)
    try:
        with bound():
            raise SystemExit("two of them")
    except AlreadyThere:
        pass
    Resident(listener, path, lambda words: 0, idle=0.5, keeps_all=False, say=print).serve()
print("ended", path.exists(), residents())
"""


def test_it_ends_when_nobody_came_for_a_while(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    places = {"JACKFIELD_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    done = subprocess.run(
        [sys.executable, "-c", IDLE],
        cwd=ROOT,
        env=os.environ | places,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["ended False ()"], done.stderr
    assert list((tmp_path / "run" / "jackfield").glob("*.sock")) == []


def test_it_notices_other_code_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.resident import code

    monkeypatch.setattr(code, "_LOOK", 0.0)
    file, module = tmp_path / "made_up.py", ModuleType("services.made_up")
    file.write_text("", encoding="utf-8")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    ours = code.Code()
    assert not ours.has_changed()
    file.write_text("x = 1", encoding="utf-8")
    assert ours.has_changed()
    file.unlink()
    assert ours.has_changed()
