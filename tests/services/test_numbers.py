"""Numbers on their way to a server: what was written stays what is meant, digit for digit."""

from __future__ import annotations

import copy
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.numbers import (
    ExactNumber,
    exact_json,
    read_number,
    restored,
    same_number,
    stand_ins,
    whole_number,
)

digits = st.text("0123456789", min_size=1, max_size=40)
literals = st.builds(
    lambda sign, whole, rest, power: f"{sign}{int(whole)}{'.' + rest if rest else ''}{power}",
    st.sampled_from(["", "-"]),
    digits,
    st.just("") | digits,
    st.just("") | st.integers(-60, 60).map(lambda power: f"e{power}"),
)


@given(literals)
def test_the_wire_has_the_number_that_was_written(literal: str) -> None:
    written = exact_json([read_number(literal)])
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == [Decimal(literal)]


@given(literals)
def test_whole_numbers_are_integers_however_they_are_written(literal: str) -> None:
    exact = Decimal(literal)
    if exact == exact.to_integral_value():
        assert Decimal(whole_number(literal)) == exact
        assert same_number(whole_number(literal), read_number(literal))
    else:
        with pytest.raises(ValueError, match="not a whole number"):
            whole_number(literal)


@pytest.mark.parametrize(
    ("literal", "value"),
    [("2.0", 2), ("7.960607143101464577e18", 7960607143101464577), ("9007199254740993", 2**53 + 1)],
)
def test_what_is_whole_is_no_float(literal: str, value: int) -> None:
    found = read_number(literal)
    assert (found, type(found)) == (value, int)


def test_thirty_digits_of_an_integer() -> None:
    assert whole_number("1e30") == 10**30


@pytest.mark.parametrize("literal", ["1e400", "-1e400", "1e999999999999999999999", "1e-99999999999999999999"])
def test_what_nobody_could_read_is_refused(literal: str) -> None:
    with pytest.raises(ValueError, match="too l"):
        read_number(literal)


def test_an_exact_number_survives_copies() -> None:
    number = read_number("0.1234567890123456789")
    assert isinstance(number, ExactNumber)
    assert copy.deepcopy({"n": number})["n"].literal == number.literal


@given(
    st.recursive(
        st.text() | literals.map(read_number),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_stand_ins_keep_everything_else(value: object) -> None:
    written = restored(json.dumps(stand_ins(value)).encode())
    assert json.loads(written) == json.loads(json.dumps(value))
