"""Which way of drawing is chosen for what terminals answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.pictures.answers import Answers
from services.pictures.choosing import Images, Outside, choose, draws_placeholders

CELL = (8, 16)
XTERM = Answers("XTerm(379)", (63, 4))
KONSOLE = Answers("Konsole 22.12.3", (62, 1, 4), kitty=True)
OLD_KITTY, KITTY = Answers("kitty(0.26.5)", (62,), kitty=True), Answers("kitty(0.28.0)", (62,), kitty=True)
KITTY_OUTSIDE = Outside("kitty(0.31.0)", placeholders=True, passthrough=True)
TMUX, TMUX_SIXEL = Answers("tmux 3.3a", (1, 2), kitty=True), Answers("tmux 3.4", (1, 2, 4))


@pytest.mark.parametrize(
    ("answers", "outside", "expected"),
    [
        (XTERM, Outside(), "sixel"),
        (Answers("", (63, 4, 29)), Outside(), "sixel"),  # mlterm
        (KONSOLE, Outside(), "kitty"),
        (OLD_KITTY, Outside(), "kitty"),
        (KITTY, Outside(), "kitty"),
        (Answers("kitty(1.2.0)", (62,), kitty=True), Outside(), "kitty"),
        (Answers("kitty(0.30.0)", (62,), kitty=False), Outside(), "halfblock"),
        (Answers("XTerm(379)", (64, 44)), Outside(), "halfblock"),
        (Answers(), Outside(), "halfblock"),
        (TMUX, KITTY_OUTSIDE, "halfblock"),
        (TMUX_SIXEL, KITTY_OUTSIDE, "kitty"),
        (Answers("tmux 3.5a", (1, 2)), KITTY_OUTSIDE, "kitty"),
        (Answers("tmux next-3.7", (1, 2)), KITTY_OUTSIDE, "kitty"),
        (Answers("tmux openbsd-7.8", (1, 2)), KITTY_OUTSIDE, "kitty"),
        (TMUX_SIXEL, replace(KITTY_OUTSIDE, passthrough=False), "halfblock"),
        (TMUX_SIXEL, replace(KITTY_OUTSIDE, passthrough=False, sixel=True), "sixel"),
        (TMUX_SIXEL, replace(KITTY_OUTSIDE, passthrough=None), "halfblock"),
        (replace(TMUX_SIXEL, kitty=True), replace(KITTY_OUTSIDE, passthrough=None), "kitty"),
        (replace(TMUX_SIXEL, kitty=True), Outside(), "halfblock"),
        (TMUX_SIXEL, Outside("kitty(0.27.1)", passthrough=True), "halfblock"),
        (TMUX, Outside("kitty(0.26.5)"), "halfblock"),
        (TMUX, Outside("Konsole 22.12.3"), "halfblock"),
        (TMUX, Outside(), "halfblock"),
        (TMUX_SIXEL, Outside("foot(1.13.1)", sixel=True), "sixel"),
        (TMUX_SIXEL, Outside("xterm"), "halfblock"),
        (Answers("tmux 3.3a", (1, 2)), Outside("kitty(0.31.0)"), "halfblock"),
    ],
)
def test_what_answers_lead_to(answers: Answers, outside: Outside, expected: str) -> None:
    # Variables of a terminal reach programs that run in quite another one.
    hints = {"KITTY_WINDOW_ID": "1", "TERM": "xterm-kitty", "TERM_PROGRAM": "WezTerm", "TMUX": "/tmp/x,1,0"}
    for environment in ({}, hints):
        chosen = choose("auto", answers, environment, CELL, outside)
        assert chosen.protocol == expected
        assert (chosen.cell, chosen.terminal) == (CELL, answers.version)
        assert chosen.why and "\n" not in chosen.why


@pytest.mark.parametrize("images", ["auto", "kitty", "sixel"])
@pytest.mark.parametrize("answers", [XTERM, KONSOLE])
def test_pixels_need_the_size_of_a_cell(images: Images, answers: Answers) -> None:
    chosen = choose(images, answers, {}, None)
    assert chosen.protocol == "halfblock" and "size of its cells" in chosen.why


@pytest.mark.parametrize("images", ["kitty", "sixel", "halfblock", "off"])
@pytest.mark.parametrize("answers", [Answers(), XTERM, KONSOLE])
def test_what_is_set_counts_more_than_answers_and_no_color(images: Images, answers: Answers) -> None:
    chosen = choose(images, answers, {"NO_COLOR": "1"}, CELL)
    assert chosen.protocol == images and images in chosen.why


@pytest.mark.parametrize(
    ("answers", "outside", "says"),
    [
        (TMUX, KITTY_OUTSIDE, "from 3.4 on"),
        (TMUX_SIXEL, Outside("kitty(0.26.5)", passthrough=True), "kitty does from 0.28 on"),
        (TMUX_SIXEL, Outside("WezTerm 20240203", passthrough=True), "WezTerm 20240203 does not draw"),
        (TMUX_SIXEL, replace(KITTY_OUTSIDE, passthrough=False), "allow-passthrough is off"),
        (TMUX_SIXEL, Outside(), "allow-passthrough is off"),
        (replace(TMUX_SIXEL, kitty=True), Outside(), ""),
    ],
)
def test_what_is_not_drawn_through_tmux_is_not_said_to_be(
    answers: Answers, outside: Outside, says: str
) -> None:
    chosen = choose("kitty", answers, {}, CELL, outside)
    assert says in chosen.why and chosen.through_tmux
    assert chosen.protocol == ("halfblock" if says else "kitty")


@pytest.mark.parametrize(
    ("version", "draws"),
    [
        ("kitty(0.28.0)", True),
        ("kitty(0.41.1)", True),
        ("kitty(1.0.0)", True),
        ("kitty(0.27.9)", False),
        ("kitty(0.3.0)", False),
        ("ghostty 1.2.0", True),
        ("WezTerm 20240203", False),
        ("Konsole 22.12.3", False),
        ("tmux 3.5a", False),
        ("", False),
    ],
)
def test_who_draws_pictures_for_placeholders_is_known_by_name(version: str, draws: bool) -> None:
    assert draws_placeholders(version) == draws


def test_no_color_names_pictures_where_nothing_is_set() -> None:
    assert choose("auto", KITTY, {"NO_COLOR": "1"}, CELL).protocol == "off"
    assert choose("auto", KITTY, {"NO_COLOR": ""}, CELL).protocol == "kitty"
