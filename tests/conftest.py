"""What all tests share: a still terminal, pictures under snapshots/, the asyncio backend."""

from __future__ import annotations

import itertools
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_textual_snapshot
from hypothesis import HealthCheck, settings
from textual.widgets import Input, TextArea

from services.garbage import look_again
from tests.support.homes import watched
from tests.support.sheets import parse_once

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syrupy.assertion import SnapshotAssertion
    from syrupy.location import PyTestLocation
    from textual.app import App

# A machine that does other work as well is no fault of what is tested; a few dozen examples find what
# hundreds would, run after run.
settings.register_profile(
    "patient", deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"


class TopLevelSVG(pytest_textual_snapshot.SVGImageExtension):  # type: ignore[misc]
    """Stores one SVG per assertion under snapshots/<test module>/."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        return str(SNAPSHOTS / test_location.basename)


pytest_textual_snapshot.SVGImageExtension = TopLevelSVG
parse_once()


OWN = watched(os.environ)
_COUNT = itertools.count()


def pytest_configure() -> None:
    """Heed Ctrl+C, which shells have background jobs ignore: the processes that tests start inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Look for garbage as the program does: not through half a million objects of tests and libraries."""
    look_again()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the homes of tests lie; itself the home of what several tests share."""
    folder = tmp_path_factory.mktemp("homes")
    os.environ["JACKFIELD_HOME"] = str(folder)
    return folder


@pytest.fixture(autouse=True)
def own_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty home for each test that makes none, and never the person's own."""
    folder = homes / str(next(_COUNT))
    folder.mkdir()
    monkeypatch.setenv("JACKFIELD_HOME", str(folder))
    OWN.touched.clear()
    yield
    assert OWN.touched == [], "this belongs to the person who runs the tests"


@pytest.fixture(autouse=True)
def still_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No blinking cursors and the same colours whatever the environment says."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda _self: None)
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda _self: None)


@pytest.fixture
def screen_matches(snapshot: SnapshotAssertion) -> Callable[[App[Any]], bool]:
    """Compare the app's screen as it stands with its baseline: `assert screen_matches(app)`."""
    pictures = snapshot.use_extension(TopLevelSVG)
    return lambda app: bool(pictures == app.export_screenshot(title="", simplify=True))
