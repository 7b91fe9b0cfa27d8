from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.arguments.templates import Filled, fill


@pytest.mark.parametrize(
    ("template", "typed", "expected"),
    [
        ("a://{x}", "", Filled("a://")),
        ("a://{x}", "a:", Filled("a://")),
        ("a://{x}", "b", None),
        ("a://{x}", "a://", Filled("a://", "x", "", complete=True)),
        ("a://{x}/{y}", "a://1", Filled("a://", "x", "1", "/")),
        ("a://{x}/{y}", "a://1/2", Filled("a://1/", "y", "2", complete=True, others={"x": "1"})),
        ("a://{x}/end", "a://1/e", Filled("a://1/end")),
        ("a://{+path}", "a://b/c", Filled("a://", "path", "b/c", complete=True, reserved=True)),
        ("a://{x}{?q}", "a://1", Filled("a://", "x", "1", complete=True)),
        ("a://fixed", "a://fixed", Filled("a://fixed")),
        ("a://fixed", "a://fixed/more", None),
        ("{unclosed", "{un", Filled("{unclosed")),
    ],
)
def test_where_a_typed_uri_stands_in_a_template(template: str, typed: str, expected: Filled | None) -> None:
    assert fill(template, typed) == expected


def test_values_are_percent_encoded_unless_the_template_says_otherwise() -> None:
    simple = fill("a://{x}/b", "a://1")
    reserved = fill("a://{+x}", "a://1")
    assert simple and simple.with_value("c/d é") == "a://c%2Fd%20%C3%A9/b"
    assert reserved and reserved.with_value("c/d é") == "a://c/d%20%C3%A9"


@given(st.text(alphabet="ab/{}+?*,:1"), st.text(alphabet="ab/{}1"))
def test_any_template_can_be_asked(template: str, typed: str) -> None:
    filled = fill(template, typed)
    assert filled is None or filled.prefix.startswith(typed) or typed.startswith(filled.prefix)
