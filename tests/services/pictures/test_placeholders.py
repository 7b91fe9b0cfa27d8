"""Pictures as text: the marks, the cells, and what a terminal makes of them."""

from __future__ import annotations

import re
import unicodedata
from itertools import islice
from random import Random

import pytest
from rich.cells import cell_len

from services.held_text import drawn, given, held
from services.pictures import kitty
from services.pictures.answers import through_tmux
from services.pictures.placeholders import MARKS, MOST_CELLS, PLACEHOLDER, cells, numbers
from services.text import escaped, log_lines, one_line, printable, visible
from tests.services.pictures.decoders import KittyTerminal, quadrants
from tests.services.results.images import encoded

COMPOSING = "0300 0301 0302 0303 0304 0306 0307 0308 0309 030A 030B 030C 030F 0311 0313 0314 0342 0653 0654"
"""Marks that the protocol leaves out, since they are fused with letters."""
PUBLISHED = {
    0: 0x305,
    1: 0x30D,
    2: 0x30E,
    3: 0x310,
    42: 0x59C,
    100: 0x7EB,
    200: 0x20D4,
    255: 0xA8E5,
    296: 0x1D244,
}
"""Some of rowcolumn-diacritics.txt, by their line."""


def test_the_marks_are_those_of_the_rule_in_its_order() -> None:
    left_out = {chr(int(code, 16)) for code in COMPOSING.split()}
    assert len(MARKS) == MOST_CELLS == 297
    assert list(MARKS) == sorted(set(MARKS) - left_out)
    for mark in MARKS:
        found = unicodedata.category(mark), unicodedata.combining(mark), unicodedata.bidirectional(mark)
        assert found == ("Mn", 230, "NSM") and not unicodedata.decomposition(mark)
    assert {number: ord(MARKS[number]) for number in PUBLISHED} == PUBLISHED
    old = unicodedata.ucd_3_2_0  # all of that are in the Unicode 6.0 of the rule
    by_rule = {chr(code) for code in range(0x20000) if old.combining(chr(code)) == 230}
    by_rule = {each for each in by_rule if old.category(each) == "Mn" and not old.decomposition(each)}
    assert by_rule - left_out <= set(MARKS)


def test_each_cell_says_its_row_its_column_and_the_number() -> None:
    number = 42 + (2 << 24)
    assert cells(number, 0, 0, 2) == (
        "\x1b[0;38;5;42m\U0010eeee\u0305\u0305\u030e\U0010eeee\u0305\u030d\u030e"
    )
    text = cells(number, 8, 296, 1)
    assert text == f"\x1b[0;38;5;42m{PLACEHOLDER}{MARKS[8]}{MARKS[296]}{MARKS[2]}"


def test_a_cell_of_a_picture_is_a_cell_of_text() -> None:
    text = "".join(cells(16 | 255 << 24, row, 0, 99).partition("m")[2] for row in range(3))
    assert cell_len(text) == 3 * 99
    assert unicodedata.normalize("NFC", text) == text


def test_numbers_need_no_more_than_a_palette_and_do_not_come_again_soon() -> None:
    every = 240 * 255
    found = list(islice(numbers(Random(1)), every + 1))
    assert len(set(found)) == every and found[0] == found[-1]
    assert {number & 0xFFFF00 for number in found} == {0}
    assert min(number & 255 for number in found) == 16 and min(number >> 24 for number in found) == 1
    assert next(numbers(Random(2))) != found[0]


def test_what_passes_tmux_is_a_picture_that_cells_show() -> None:
    terminal, number = KittyTerminal(), next(numbers(Random(3)))
    image = quadrants(400, 300)
    sent = kitty.transmit(number, encoded(image)) + kitty.place_as_text(number, 20, 10)
    for sequence in re.findall(r"\x1b_G[^\x1b]*\x1b\\", sent):
        wrapped = through_tmux(sequence)
        assert wrapped.startswith("\x1bPtmux;") and wrapped.endswith("\x1b\\")
        inner = wrapped[7:-2]
        assert "\x1b" not in inner.replace("\x1b\x1b", "")  # a single one would end it
        terminal.take(inner.replace("\x1b\x1b", "\x1b"))
    corners = [terminal.shown(number, row, column) for row in (0, 9) for column in (0, 19)]
    assert corners == [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    assert terminal.shown(number + 1, 0, 0) is None
    terminal.take(kitty.delete_seen())
    assert terminal.shown(number, 0, 0) is not None  # no place on the screen is its own
    terminal.missed = True
    terminal.take(kitty.delete(number))
    assert terminal.shown(number, 0, 0) is None and not terminal.images


def test_a_picture_that_was_cut_off_does_not_spoil_the_next() -> None:
    terminal = KittyTerminal()
    terminal.missed = True
    sequences = re.findall(r"\x1b_G[^\x1b]*\x1b\\", kitty.transmit(7, b"x" * 5_000))
    terminal.take(sequences[0])
    terminal.take(kitty.delete(7))
    terminal.take(kitty.transmit(7, encoded(quadrants(8, 8))))
    assert terminal.images[7].size == (8, 8)


@pytest.mark.parametrize(
    "said", [PLACEHOLDER, f"\x1b[38;5;42m{PLACEHOLDER}\u0305\u0305\u030e", f"a{PLACEHOLDER * 3}b"]
)
def test_text_of_servers_shows_no_picture(said: str) -> None:
    for text in (printable(said), one_line(said), visible(said), *log_lines(said), escaped(said)):
        assert PLACEHOLDER not in text


def test_what_a_person_gave_keeps_it_and_no_editor_draws_it() -> None:
    typed = f"a{PLACEHOLDER}\ueeee\u202e{PLACEHOLDER}b"
    assert given(held(typed)) == typed
    assert PLACEHOLDER not in drawn(held(typed)) and len(drawn(held(typed))) == len(held(typed))
