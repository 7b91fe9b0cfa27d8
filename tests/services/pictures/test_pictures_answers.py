"""Answers of terminals: however they are cut, whatever comes between, nothing of them is typed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pictures.answers import HOLD, QUERY, TMUX_QUERY, AnswerReader, Answers, through_tmux
from services.text import one_line, printable, visible

# As they came from the terminals themselves.
KITTY = "\x1bP>|kitty(0.26.5)\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;c"
KONSOLE = "\x1bP>|Konsole 22.12.3\x1b\\\x1b_Gi=31;OK\x1b\\\x1b[?62;1;4c"
XTERM = "\x1bP>|XTerm(379)\x1b\\\x1b[?63;1;2;4;6;9;15;16;22;28c"
MLTERM = "\x1b[?63;1;2;3;4;7;29c"
TMUX = "\x1bP>|tmux 3.3a\x1b\\\x1b[?1;2c\x1b_Gi=31;OK\x1b\\"
REFUSED = "\x1b_Gi=31;EINVAL:bad\x1b\\\x1b[?62c"

SEEN = {
    KITTY: Answers("kitty(0.26.5)", (62,), kitty=True),
    KONSOLE: Answers("Konsole 22.12.3", (62, 1, 4), kitty=True),
    XTERM: Answers("XTerm(379)", (63, 1, 2, 4, 6, 9, 15, 16, 22, 28)),
    MLTERM: Answers("", (63, 1, 2, 3, 4, 7, 29)),
    TMUX: Answers("tmux 3.3a", (1, 2), kitty=True),
    REFUSED: Answers("", (62,), kitty=False),
}

KEYS = (
    *("a", "ж", "\x1b[A", "\x1bOP", "\x1bb", "\x1b[97;5u"),
    *("\x1b[<35;10;5M", "\x1b[?2026;2$y", "\x1b[?1u", "\x1b[I"),
)
"""What else a terminal sends: letters, arrows, the mouse, kitty's keys, reports of modes, focus, Alt."""


class Clock:
    """A clock that stands still until it is told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def asked(clock: Clock | None = None) -> AnswerReader:
    reader = AnswerReader(clock or Clock())
    reader.asked()
    return reader


@pytest.mark.parametrize("sent", SEEN)
def test_answers_cut_at_every_character_are_read_and_nothing_of_them_passes(sent: str) -> None:
    for cut in range(len(sent) + 1):
        reader = asked()
        assert reader.read(f"x{sent[:cut]}") + reader.read(f"{sent[cut:]}y") == "xy", cut
        assert reader.answers == SEEN[sent], cut
    reader = asked()
    assert "".join(map(reader.read, sent)) == "" and reader.answers == SEEN[sent]


@given(st.lists(st.sampled_from([*KEYS, *SEEN]), max_size=6), st.data())
def test_keys_between_answers_pass_in_their_order(parts: list[str], data: st.DataObject) -> None:
    sent = "".join(parts)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=4)))
    reader = asked()
    bounds = [0, *cuts, len(sent)]
    passed = "".join(reader.read(sent[start:end]) for start, end in pairwise(bounds))
    assert passed == "".join(part for part in parts if part in KEYS)


def test_what_looks_like_the_beginning_of_an_answer_is_a_key_after_a_second() -> None:
    for begun in ("\x1b", "\x1b[", "\x1b_", "\x1bP", "\x1b[?6", "\x1b_Gi=31", "\x1bP>|kit"):
        clock = Clock()
        reader = asked(clock)
        assert (reader.read(f"a{begun}"), reader.overdue()) == ("a", "")
        clock.now += HOLD / 2
        assert reader.overdue() == ""
        clock.now += HOLD / 2
        assert (reader.overdue(), reader.overdue()) == (begun, "")
        assert reader.read("b") == "b"


def test_pieces_that_trickle_in_are_held_no_longer_than_one() -> None:
    clock = Clock()
    reader = asked(clock)
    for number in range(10):
        clock.now += HOLD / 10
        assert reader.read("\x1b[?" if number == 0 else "1") == ""
    clock.now += HOLD / 5
    assert reader.overdue() == "\x1b[?111111111"


def test_escape_is_held_only_while_an_answer_is_due() -> None:
    clock = Clock()
    assert AnswerReader(clock).read("\x1b") == "\x1b"
    reader = asked(clock)
    clock.now += HOLD
    assert reader.read("\x1b") == "\x1b"


def test_what_was_not_asked_for_counts_as_little_as_what_comes_too_late_or_again() -> None:
    clock = Clock()
    reader = AnswerReader(clock)
    assert (reader.read(KITTY), reader.answers) == ("", Answers())
    reader.asked()
    reader.read(KITTY)
    assert (reader.read(KONSOLE + REFUSED), reader.answers) == ("", SEEN[KITTY])
    late = asked(clock)
    clock.now += 60
    assert (late.read(KITTY), late.answers) == ("", Answers())


def test_answers_to_other_pictures_count_for_nothing() -> None:
    reader = asked()
    assert reader.read("\x1b_Gi=7;OK\x1b\\\x1b_Gi=310;OK\x1b\\\x1b_G;OK\x1b\\") == ""
    assert reader.answers == Answers()


@pytest.mark.parametrize("sent", SEEN)
def test_what_is_pasted_is_text_however_it_is_cut(sent: str) -> None:
    pasted = f"\x1b[200~{sent}\x1b[201~"
    for cut in range(len(pasted) + 1):
        reader = asked()
        passed = reader.read(pasted[:cut]) + reader.read(pasted[cut:])
        assert (passed, reader.answers) == (pasted, Answers()), cut
        assert (reader.read(sent), reader.answers) == ("", SEEN[sent])


@pytest.mark.parametrize("endless", ["\x1b[?", "\x1b_G", "\x1bP>|"])
def test_an_answer_without_an_end_is_not_waited_for(endless: str) -> None:
    reader = asked()
    sent = endless + "1" * 400
    assert "".join(map(reader.read, sent)) == sent


def test_a_name_that_cannot_be_drawn_is_made_printable() -> None:
    reader = asked()
    reader.read("\x1bP>|a\x9b2J\u202eb\nc\x1b\\")
    assert printable(reader.answers.version) == reader.answers.version
    assert "\n" not in reader.answers.version


def test_through_tmux_every_escape_is_doubled() -> None:
    assert through_tmux("\x1b_Ga\x1b\\") == "\x1bPtmux;\x1b\x1b_Ga\x1b\x1b\\\x1b\\"
    assert TMUX_QUERY.startswith("\x1bPtmux;\x1b\x1b_G") and QUERY.endswith("\x1b[c")


@given(st.text(st.sampled_from("\x1b\x9b\x90\x9f\x9c\x9d[]_P^X?>;|GiOKc4\\0~\x07\n\x00\u202e a")))
def test_text_of_servers_never_starts_a_sequence(text: str) -> None:
    """What a server says cannot make the terminal answer, nor be taken for an answer."""
    for forged in (text, KITTY + text, QUERY + text, TMUX_QUERY + text):
        for drawn in (printable(forged), one_line(forged), visible(forged)):
            assert not set(drawn) & set(map(chr, (*range(0x0A), *range(0x0B, 0x20), *range(0x7F, 0xA0))))
