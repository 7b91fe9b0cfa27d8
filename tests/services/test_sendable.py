"""Arguments that are JSON as they stand go out without models: only those, and unchanged."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.numbers import ExactNumber, stand_ins
from services.sendable import DEEPEST, plain_copy, unsendable

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary(max_size=2)
    | st.just(ExactNumber("0.1000000000000000000001")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters()) | st.integers(), inner)
        | st.tuples(inner, inner)
    ),
)


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@given(st.dictionaries(st.text(st.characters()), ANYTHING))
def test_what_is_plain_can_be_sent_and_needs_no_stand_in(content: dict[str, Any]) -> None:
    copy = plain_copy(content)
    if copy is not None:
        assert unsendable(content) is None
        assert stand_ins(content) is content
        assert json.dumps(copy, allow_nan=False) == json.dumps(content)
    elif unsendable(content) is None:  # what is refused here is read by models: it is none of JSON's own
        assert stand_ins(content) is not content or json.loads(json.dumps(content, default=str)) != content


@pytest.mark.parametrize("value", ["é", "\U0001f600", 10**400, -0.0, {"a": [None, True, {"ü": []}]}])
def test_it_is_a_copy_of_what_json_has(value: Any) -> None:
    copy = plain_copy({"value": value})
    assert copy == {"value": value}
    assert copy is not None
    assert not isinstance(value, dict) or copy["value"] is not value


OTHERS: dict[str, Any] = {
    "half a pair": "\ud800",
    "a name": {"\udfff": 1},
    "not a number": float("nan"),
    "infinity": float("inf"),
    "too many digits": 10**5_000,
    "bytes": b"a",
    "a tuple": (1,),
    "a set": {1},
    "a number as a name": {1: 2},
    "deep": nested(DEEPEST),
}


@pytest.mark.parametrize("value", OTHERS.values(), ids=OTHERS)
def test_anything_else_is_left_to_models(value: Any) -> None:
    assert plain_copy({"value": value}) is None
