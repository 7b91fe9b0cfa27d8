"""Which way of drawing is chosen for what terminals answer."""

from __future__ import annotations

import pytest

from services.pictures.answers import Answers
from services.pictures.choosing import Images, Outside, choose

CELL = (8, 16)
XTERM = Answers("XTerm(379)", (63, 4))
KONSOLE = Answers("Konsole 22.12.3", (62, 1, 4), kitty=True)
OLD_KITTY, KITTY = Answers("kitty(0.26.5)", (62,), kitty=True), Answers("kitty(0.28.0)", (62,), kitty=True)
TMUX, TMUX_SIXEL = Answers("tmux 3.3a", (1, 2), kitty=True), Answers("tmux 3.4", (1, 2, 4))


@pytest.mark.parametrize(
    ("answers", "outside", "expected"),
    [
        (XTERM, Outside(), ("sixel", False, False)),
        (Answers("", (63, 4, 29)), Outside(), ("sixel", False, False)),  # mlterm
        (KONSOLE, Outside(), ("kitty", False, False)),
        (OLD_KITTY, Outside(), ("kitty", False, False)),
        (KITTY, Outside(), ("kitty", True, False)),
        (Answers("kitty(1.2.0)", (62,), kitty=True), Outside(), ("kitty", True, False)),
        (Answers("kitty(0.30.0)", (62,), kitty=False), Outside(), ("halfblock", False, False)),
        (Answers("XTerm(379)", (64, 44)), Outside(), ("halfblock", False, False)),
        (Answers(), Outside(), ("halfblock", False, False)),
        (TMUX, Outside("kitty(0.31.0)"), ("kitty", True, True)),
        (TMUX, Outside("kitty(0.26.5)"), ("halfblock", False, False)),
        (TMUX, Outside("Konsole 22.12.3"), ("halfblock", False, False)),
        (TMUX, Outside(), ("halfblock", False, False)),
        (TMUX_SIXEL, Outside("foot(1.13.1)", sixel=True), ("sixel", False, False)),
        (TMUX_SIXEL, Outside("xterm"), ("halfblock", False, False)),
        (Answers("tmux 3.3a", (1, 2)), Outside("kitty(0.31.0)"), ("halfblock", False, False)),
    ],
)
def test_what_answers_lead_to(answers: Answers, outside: Outside, expected: tuple[str, bool, bool]) -> None:
    # Variables of a terminal reach programs that run in quite another one.
    hints = {"KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty", "TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x,1,0"}
    for environment in ({}, hints):
        chosen = choose("auto", answers, environment, CELL, outside)
        assert (chosen.protocol, chosen.placeholders, chosen.tmux) == expected
        assert (chosen.cell, chosen.terminal) == (CELL, answers.version)
        assert chosen.why and "\n" not in chosen.why


def test_sixel_needs_the_size_of_a_cell_and_the_kitty_protocol_does_not() -> None:
    assert choose("auto", XTERM, {}, None).protocol == "halfblock"
    assert choose("auto", KONSOLE, {}, None).protocol == "kitty"


@pytest.mark.parametrize("images", ["kitty", "sixel", "halfblock", "off"])
@pytest.mark.parametrize("answers", [Answers(), XTERM, KONSOLE, TMUX])
def test_what_is_set_counts_more_than_answers_and_no_color(images: Images, answers: Answers) -> None:
    chosen = choose(images, answers, {"NO_COLOR": "1"}, CELL)
    assert chosen.protocol == images and images in chosen.why
    assert chosen.tmux == chosen.placeholders == (images == "kitty" and answers is TMUX)


def test_no_color_names_pictures_where_nothing_is_set() -> None:
    assert choose("auto", KITTY, {"NO_COLOR": "1"}, CELL).protocol == "off"
    assert choose("auto", KITTY, {"NO_COLOR": ""}, CELL).protocol == "kitty"
