"""Patterns of servers: the dialect, and that none of them can hang."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.schemas.patterns import Undecided, compile_pattern


def found(pattern: str, text: str) -> bool:
    compiled = compile_pattern(pattern)
    assert compiled is not None, pattern
    return compiled.found_in(text)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("^[a-z]{2,4}$", ["ab", "abcd"], ["a", "abcde", "AB", "ab\n"]),
        ("b", ["abc"], ["ac"]),
        ("", ["", "x"], []),
        (r"^\d{3}-\d{4}$", ["555-0199"], ["5550199", "٥٥٥-٠١٩٩"]),
        ("^(red|green|)$", ["red", "green", ""], ["redgreen"]),
        (r"\bcat\b", ["a cat sat"], ["concatenate"]),
        (r"^\Bx", [], ["x"]),
        (r"^[\w.+-]+@[\w-]+\.[\w.]+$", ["a.b+c@d-e.org"], ["a@b", "a b@c.d"]),
        (r"^[^,\s]+$", ["ab"], ["a,b", "a b"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2,}?$", ["aa", "aaaa"], ["a"]),
        ("^x{y}$", ["x{y}"], ["xy"]),
        ("^(?:a|b)+?c?$", ["abba", "abc"], ["", "c"]),
        (r"^(?<year>\d{4})(?P<month>\d\d)$", ["202601"], ["2026"]),
        (r"^\u00e9\x41\u{1F600}\t$", ["éA😀\t"], ["eA😀\t"]),
        (r"^\p{Lu}\p{L}*$", ["Élan"], ["élan", "A1"]),
        ("(?i)^[a-f]x$", ["AX", "fx"], ["gx"]),
        (r"\Aab\Z", ["ab"], ["xab", "ab\n"]),
        (".", ["x"], ["\n", ""]),
        (r"^[]$", [], ["", "x"]),
        (r"^[^]$", ["\n"], [""]),
        (r"^[a\-z]+$", ["a-z"], ["b"]),
        (r"^[-a]+[a-]$", ["-a-"], ["b-"]),
        ("^(a*)*$", ["", "aaa"], ["b"]),
        (r"^[\d.]+$", ["1.2"], ["a"]),
        (r"^\/\ud83d\ude00$", ["/😀"], ["/"]),
        (r"^[[&&~~]+$", ["[&~"], ["a"]),
        (r"^[\W\s]$", ["é", " "], ["a"]),
    ],
)
def test_the_dialect_of_json_schema(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not found(pattern, text)] == []
    assert [text for text in no if found(pattern, text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        "a**",
        "a++",
        "(",
        ")",
        "[a",
        "[z-a]",
        "a{3,2}",
        "\\",
        r"(a)\1",
        r"(?<=a)b",
        "^(?=.*[A-Z])(?=.*[0-9]).{8,}$",
        "^(?!admin$)",
        r"\ud83d",
        r"\p{Klingon}",
        r"\u{FFFFFFF}",
        r"\xZZ",
        "a{9000}",
        "((){4000}){4000}",
        "(?=a{2000}){4000}",
        "((a{100}){100}){100}",
        "(" * 1000 + ")" * 1000,
        "a" * 3000,
        7,
        None,
    ],
)
def test_what_is_invalid_or_not_supported_is_no_pattern(pattern: object) -> None:
    assert compile_pattern(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "[ab]*a[ab]{5000}c"],
)
def test_patterns_that_hang_others_answer_or_give_up(pattern: str) -> None:
    """Of those that backtrack none would answer before the time of any test is over."""
    compiled = compile_pattern(pattern)
    assert compiled is not None
    with contextlib.suppress(Undecided):
        assert compiled.found_in("a" * 5_000 + "!") is (pattern == "(.*a){20}")


_atoms = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "^", r"\b", "1", " "])
_patterns = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)


@given(_patterns, st.text("ab1 ", max_size=6))
def test_it_finds_what_python_finds(pattern: str, text: str) -> None:
    assert found(pattern, text) is bool(re.search(pattern, text, re.ASCII))


@given(st.text(st.sampled_from("ab()[]{}|*+?^$\\.,-123dwpux<>=!:P"), max_size=20), st.text("ab1", max_size=5))
def test_no_text_taken_for_a_pattern_raises(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    if compiled is not None:
        assert compiled.found_in(text) in (True, False)
