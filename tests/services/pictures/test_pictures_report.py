"""What is said of a terminal, and what a person is told to change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.pictures.answers import Answers
from services.pictures.choosing import Images, Outside, choose
from services.pictures.report import Findings, advice, rows

XTERM = Answers("XTerm(379)", (63,))
SIXEL = Answers("foot(1.13.1)", (62, 4))
TMUX = Answers("tmux 3.3a", (1, 2))
TMUX_NOW = Answers("tmux 3.5a", (1, 2))
KITTY = Outside("kitty(0.41.1)", placeholders=True, passthrough=True)
NO_COLOR = {"NO_COLOR": "1"}


def found(
    answers: Answers,
    images: Images = "auto",
    environment: dict[str, str] | None = None,
    outside: Outside | None = None,
) -> Findings:
    environment, outside = environment or {}, outside or Outside()
    graphics = choose(images, answers, environment, (8, 16), outside)
    return Findings(graphics, answers, outside, environment, (120, 40), "truecolor")


def test_each_line_says_one_thing() -> None:
    told = dict(rows(found(SIXEL, environment={"TERM": "foot\x1b[2J", "KITTY_WINDOW_ID": "1"})))
    assert told == {
        "Terminal": "foot(1.13.1)",
        "Pictures": "pixels, by sixel: the terminal says that it takes sixel (DA1)",
        "Answers": "kitty graphics protocol: no; sixel: yes",
        "Size": "120 × 40 cells of 8 × 16 pixels",
        "Colours": "24 bits",
        "Environment": "TERM=foot",
    }


def test_tmux_is_told_with_the_terminal_around_it() -> None:
    told = dict(rows(found(TMUX, outside=Outside("kitty(0.31.0)"))))
    assert (told["Terminal"], told["Around tmux"]) == ("tmux 3.3a", "kitty(0.31.0)")
    told = dict(rows(found(TMUX_NOW, outside=replace(KITTY, passthrough=False))))
    assert told["Around tmux"] == "kitty(0.41.1); allow-passthrough is off"
    assert told["Answers"] == "kitty graphics protocol: not asked; sixel: no"
    assert told["Pictures"] == (
        "half blocks: tmux passes nothing on to kitty(0.41.1) (allow-passthrough is off)"
    )
    told = dict(rows(found(TMUX_NOW, outside=KITTY)))
    assert told["Pictures"] == (
        "pixels, by the kitty graphics protocol: tmux passes pictures on to kitty(0.41.1),"
        " which draws Unicode placeholders"
    )
    assert dict(rows(found(TMUX)))["Around tmux"] == "not known"


@pytest.mark.parametrize(
    ("findings", "says"),
    [
        (found(SIXEL), ""),
        (found(SIXEL, "sixel"), ""),
        (found(SIXEL, "halfblock"), 'images = "auto"'),
        (found(SIXEL, "off"), 'images = "auto"'),
        (found(SIXEL, environment=NO_COLOR), "NO_COLOR"),
        (found(XTERM), "xterm -ti vt340"),
        (found(Answers()), 'images = "sixel"'),
        (found(TMUX), "tmux 3.4"),
        (found(Answers("tmux 3.3a", (1, 2), kitty=True), outside=Outside("kitty(0.31.0)")), "tmux 3.4"),
        (found(Answers("tmux 3.4", (1, 2, 4)), outside=Outside("foot(1.13.1)", sixel=True)), ""),
        (found(TMUX_NOW, outside=KITTY), ""),
        (found(TMUX_NOW, outside=replace(KITTY, passthrough=False)), "set -g allow-passthrough on"),
        (found(TMUX_NOW, outside=Outside("XTerm(379)", passthrough=False)), "terminal-features"),
        (found(TMUX_NOW, outside=Outside("kitty(0.26.5)", passthrough=True)), "from 0.28 on"),
        (found(TMUX_NOW), 'images = "kitty"'),
    ],
)
def test_advice_is_given_where_something_can_be_changed(findings: Findings, says: str) -> None:
    told = advice(findings)
    assert says in " ".join(told) if says else told == []
