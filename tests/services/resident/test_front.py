"""The resident itself: when it ends, and when it finds that it is not what it was."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

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


FAULT = """
import sys
from services.resident.front import Resident
from services.resident.starting import bound

def work(words):
    sys.stdout.write("before")
    raise eval(words[1])

with bound() as (listener, path):
    print("there", flush=True)
    Resident(listener, path, work, idle=60.0, keeps_all=False, say=print).serve()
"""
ASK = "import sys; from services.resident.client import answered; sys.exit(answered(sys.argv[1:]))"


WRONG = [
    ("ZeroDivisionError('of ours')", 1, "ZeroDivisionError: of ours\n"),
    ("OSError('of ours')", 1, "OSError: of ours\n"),
    ("SystemExit('said')", 1, "said\n"),
    ("SystemExit(7)", 7, ""),
]


def test_what_goes_wrong_with_a_command_is_shown_once(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    environ = os.environ | {"JACKFIELD_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    options: dict[str, Any] = {"cwd": ROOT, "env": environ, "text": True}
    resident = [sys.executable, "-c", FAULT]
    with subprocess.Popen(resident, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        for raised, status, told in WRONG:
            asking = [sys.executable, "-c", ASK, "call", raised]
            done = subprocess.run(
                asking, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, **options
            )
            assert (done.returncode, done.stdout) == (status, "before")
            assert done.stderr.endswith(told)
            assert done.stderr.count("Traceback") == ("of ours" in told)
        process.terminate()
        _, err = process.communicate(timeout=60)
    assert not err


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
