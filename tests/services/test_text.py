"""Untrusted text: what is dropped, what stays, what it costs."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import text as text_module
from services.text import escaped, joined, log_lines, one_line, printable, visible
from tests.support.work import growth

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "\x00\x07\x08\t\n\r\x1b\x9b\x9d\x90\x9c\u202e\u2028\u200b\ufeff\ud83d\ude00[]0;52mP^_X\\ab é漢"
        ),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ("plain\ntext", "plain\ntext"),
        ("a\tb", "a    b"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]52;c;aGVsbG8=\x07after", "after"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x9d0;title\x9cafter", "after"),
        ("\x1bPpayload\x1b\\after", "after"),
        ("an unfinished \x1b]0;title\nnext line", "an unfinished \nnext line"),
        ("\x1b]0;one\x1b]0;two\x07after", "after"),
        ("\x1b(Bcharset", "charset"),
        ("end\x1b", "end"),
        ("\x1b[12;", "12;"),
        ("abc\u202edef\u2066", "abcdef"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("half \ud83d pair", "half  pair"),
        ("tags\U000e0041", "tags"),
        ("क्\u200dष 👩\u200d💻", "क्\u200dष 👩\u200d💻"),
        ("[/x] [@click=app.quit]x[/]", "[/x] [@click=app.quit]x[/]"),
        ("", ""),
    ],
)
def test_what_is_shown(came: str, shown: str) -> None:
    assert printable(came) == shown


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_nothing_acts_and_once_is_enough(text: str) -> None:
    shown = printable(text)
    assert not [
        character for character in shown if unicodedata.category(character) == "Cc" and character != "\n"
    ]
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert printable(shown) == shown


@given(HOSTILE)
@settings(max_examples=300, deadline=None)
def test_text_worked_on_in_pieces_comes_out_the_same(text: str) -> None:
    whole = printable(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "_PIECE", 3)
        patch.setattr(text_module, "_JOIN", 5)
        assert printable(text) == whole


def test_clean_text_is_not_copied() -> None:
    text = "clean line\n" * 100_000
    assert printable(text) is text


def test_an_escape_across_the_border_of_two_pieces_is_taken_out_whole() -> None:
    for gap in range(1, 12):
        text = "x" * (text_module._PIECE - gap) + "\x1b]0;title\x07" + "y" * text_module._PIECE
        assert set(printable(text)) == {"x", "y"}, gap


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        "line of text\n",
        "\x1b[31mred\x1b[0m ",
        "\x1b",
        "\x1b]",
        "\x1b[",
        "\x1b[0;",
        "\x9d",
        "\r",
        "é\x1b[1",
        "\x1b]0;x",
    ],
)
def test_cost_is_linear(unit: str) -> None:
    few, many = (unit * (size // len(unit)) for size in (100_000, 800_000))
    assert growth(printable, few, many) < 4 * 8


def test_a_long_unfinished_escape_is_no_trap() -> None:
    for text in ("\x1b]0;" + "a" * 3_000_000, "\x1b[" + "0" * 3_000_000, "\x1b[" + " " * 3_000_000):
        assert "\x1b" not in printable(text)


def test_one_line_folds_and_cuts() -> None:
    assert one_line("a\n  b\tc\x1b[0m") == "a b c"
    assert one_line("x" * 600, 10) == "xxxxxxxxx…"
    assert one_line("x" * 10, 10) == "x" * 10
    assert len(one_line("\x1b[31m" * 10**6 + "x")) <= 500


@given(st.lists(st.text(max_size=20)))
@settings(max_examples=60, deadline=None)
def test_joined_is_join(pieces: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_module, "_JOIN", 7)
        assert joined(pieces) == "".join(pieces)
    assert joined(iter(pieces)) == "".join(pieces)


@given(HOSTILE)
@settings(max_examples=60, deadline=None)
def test_escaped_json_means_the_same_and_is_printable(text: str) -> None:
    shown = escaped(json.dumps(text, ensure_ascii=False))
    assert json.loads(shown) == json.loads(json.dumps(text))
    assert printable(shown) == shown


def test_a_log_keeps_its_indentation() -> None:
    text = 'Traceback (most recent call last):\n  File "x.py", line 1\n\tboom\x1b[31m\r\n\nError: y  '
    assert log_lines(text) == [
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "    boom",
        "Error: y",
    ]
    assert log_lines("x" * 30, 10) == ["x" * 9 + "…"]
    assert log_lines(" \n\x07") == []


@pytest.mark.parametrize(
    ("came", "shown"),
    [
        ("plain  text", "plain  text"),
        ("\x1b]0;title\x07", "␛]0;title␇"),
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("a\tb\nc\rd\x7f", "a    b␊c␍d␡"),
        ("\x9b31m\u202e", "·31m·"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_what_must_not_be_drawn_is_a_sign(came: str, shown: str) -> None:
    assert visible(came) == shown
    assert printable(shown) == shown
