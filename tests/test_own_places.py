"""Tests look into no home but their own, and what watches over that notices."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from services.config.paths import home
from tests.conftest import OWN
from tests.support.homes import OwnPlaces
from tests.support.places import ROOT

LOOK = "import os; from services.config.paths import home; print(home())"


def test_each_test_has_an_empty_home(tmp_path: Path) -> None:
    assert home() == Path(os.environ["JACKFIELD_HOME"])
    assert list(home().iterdir()) == []
    done = subprocess.run([sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(home())
    assert tmp_path not in home().parents


def test_the_own_home_of_a_person_is_watched() -> None:
    default = home({name: value for name, value in os.environ.items() if name != "JACKFIELD_HOME"})
    with contextlib.suppress(FileNotFoundError):
        (default / "there-is-no-such-file").read_bytes()
    assert OWN.touched == [str(default / "there-is-no-such-file")]
    OWN.touched.clear()


def test_what_lies_beside_is_no_concern(tmp_path: Path) -> None:
    places = OwnPlaces(tmp_path / "home")
    for path in (tmp_path / "home", tmp_path / "home" / "a", tmp_path / "home-of-others", tmp_path):
        places.hear("open", (str(path), "r", 0))
    places.hear("open", (3, "r", 0))
    places.hear("import", (str(tmp_path / "home"),))
    assert places.touched == [str(tmp_path / "home"), str(tmp_path / "home" / "a")]
