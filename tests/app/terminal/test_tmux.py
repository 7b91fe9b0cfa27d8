"""What tmux tells of the terminals around it, and how that is kept up with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from app.terminal import graphics as graphics_module
from app.terminal.graphics import GraphicsFinder
from app.terminal.tmux import read_outside, terminal_outside
from services.pictures.answers import Answers
from services.pictures.choosing import OUTSIDE_TMUX_UNKNOWN, Outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.pictures.graphics import Graphics

KITTY = "/dev/pts/1 11\t@3\t0\tkitty(0.41.1)\tRGB,sixel,title\n"
XTERM = "/dev/pts/2 12\t@3\t0\tXTerm(379)\tRGB,sixel\n"
ELSEWHERE = "/dev/pts/4 14\t@9\t0\tXTerm(379)\tRGB,sixel\n"
CONTROL = "/dev/pts/5 15\t@3\t1\t\t\n"
NAMELESS = "/dev/pts/6 16\t@3\t0\t\tsixel\n"


@pytest.mark.parametrize(
    ("told", "version", "sixel", "placeholders", "passthrough", "watching"),
    [
        ("@3\t0\t1\t0\ton\n" + KITTY + ELSEWHERE, "kitty(0.41.1)", False, True, True, {"/dev/pts/1 11"}),
        ("@3\t0\t0\t0\tall\n" + KITTY + CONTROL, "kitty(0.41.1)", False, True, True, {"/dev/pts/1 11"}),
        ("@3\t0\t1\t0\toff\n" + XTERM, "XTerm(379)", True, False, False, {"/dev/pts/2 12"}),
        (
            "@3\t0\t1\t0\ton\n" + KITTY + XTERM,
            "kitty(0.41.1) and XTerm(379)",
            *(False, False, True, {"/dev/pts/1 11", "/dev/pts/2 12"}),
        ),
        ("@3\t0\t1\t0\ton\n" + NAMELESS, "", True, False, True, {"/dev/pts/6 16"}),
        ("@3\t0\t1\t1\ton\n" + KITTY, "", False, False, True, set()),  # in copy mode
        ("@3\t1\t0\t0\ton\n" + KITTY, "", False, False, True, set()),  # another pane is zoomed
        ("@3\t1\t1\t0\ton\n" + KITTY, "kitty(0.41.1)", False, True, True, {"/dev/pts/1 11"}),
        ("@7\t0\t1\t0\ton\n" + KITTY, "", False, False, True, set()),
        ("@3\t0\t1\t0\t\n", "", False, False, None, set()),
    ],
)
def test_those_count_that_show_the_pane(
    told: str, version: str, sixel: bool, placeholders: bool, passthrough: bool | None, watching: set[str]
) -> None:
    assert read_outside(told) == Outside(version, sixel, placeholders, passthrough, frozenset(watching))


def test_nothing_is_asked_of_a_tmux_that_this_does_not_run_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.setattr("subprocess.run", None)
    assert terminal_outside(1.0) == OUTSIDE_TMUX_UNKNOWN


class Tmux:
    """A driver of a terminal that is tmux."""

    fileno = -1

    def __init__(self, version: str = "tmux 3.5a") -> None:
        self.asked: list[str] = []
        self._version = version

    def ask(self, query: str, answered: Callable[[Answers], object]) -> None:
        self.asked.append(query)
        answered(Answers(self._version, (1, 2), kitty=True if len(self.asked) > 1 else None))


@pytest.fixture
def tells(monkeypatch: pytest.MonkeyPatch) -> list[Outside]:
    """What tmux tells, one after the other, the last of it for good."""
    told: list[Outside] = []

    def outside(_: float) -> Outside:
        return told.pop(0) if len(told) > 1 else told[0]

    monkeypatch.setattr(graphics_module, "terminal_outside", outside)
    monkeypatch.setattr(graphics_module, "cell_size", lambda _: (8, 16))
    monkeypatch.setattr(graphics_module, "_AGAIN", 0.01)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return told


def _kitty(*watching: str, **values: Any) -> Outside:
    return Outside(
        "kitty(0.41.1)", placeholders=True, passthrough=True, watching=frozenset(watching), **values
    )


def _protocols(chosen: list[Graphics]) -> list[str]:
    return [each.protocol for each in chosen]


async def test_it_is_chosen_anew_when_others_look(tells: list[Outside]) -> None:
    chosen: list[Graphics] = []
    finder, driver = GraphicsFinder(chosen.append), Tmux()
    tells += [_kitty("a")]
    await finder.find(driver)
    assert (chosen[-1].protocol, chosen[-1].through_tmux) == ("kitty", True)
    assert len(driver.asked) == 1  # tmux knows, so the answer cannot end in another pane

    tells[:] = [Outside("kitty(0.41.1) and XTerm(379)", passthrough=True, watching=frozenset("ab"))]
    assert await finder.look() == frozenset("ab")
    assert _protocols(chosen)[-1] == "halfblock" and "XTerm(379)" in chosen[-1].why

    tells[:] = [_kitty("a")]
    assert await finder.look() == frozenset("a")
    assert _protocols(chosen)[-1] == "kitty"


@pytest.mark.parametrize("watching", [None, frozenset[str]()])
async def test_where_nobody_looks_it_stays_as_it_was(tells: list[Outside], watching: Any) -> None:
    chosen: list[Graphics] = []
    finder = GraphicsFinder(chosen.append)
    tells += [_kitty("a")]
    await finder.find(Tmux())
    tells[:] = [Outside(watching=watching)]
    assert await finder.look() == watching
    assert _protocols(chosen)[-1] == "kitty"


async def test_a_tmux_that_does_not_know_yet_is_asked_again(tells: list[Outside]) -> None:
    chosen: list[Graphics] = []
    finder, unknown = GraphicsFinder(chosen.append), Outside(passthrough=True, watching=frozenset("a"))
    tells += [unknown] * 400 + [_kitty("a")]
    async with asyncio.timeout(20):
        await finder.find(Tmux(), patience=20)
    assert _protocols(chosen)[0] == "halfblock"
    assert _protocols(chosen)[-1] == "kitty"


async def test_where_tmux_tells_nothing_the_terminal_around_it_is_asked(tells: list[Outside]) -> None:
    chosen: list[Graphics] = []
    finder, driver = GraphicsFinder(chosen.append), Tmux()
    tells += [OUTSIDE_TMUX_UNKNOWN]
    await finder.find(driver)
    assert len(driver.asked) == 2 and _protocols(chosen)[-1] == "halfblock"
    finder.take_images("kitty")
    assert _protocols(chosen)[-1] == "kitty"
    assert await finder.look() is None
