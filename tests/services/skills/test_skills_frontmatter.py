"""Frontmatter as a file has it, beside what was listed of it."""

from __future__ import annotations

from typing import Any

import pytest

from services.skills.frontmatter import NoFrontmatter, body_of, discrepancy, frontmatter_of


def _read(fields: str) -> dict[str, Any]:
    return frontmatter_of(f"---\n{fields}\n---\nbody")


@pytest.mark.parametrize(
    ("fields", "listed"),
    [
        ("name: a\ndescription: 'b: c'", {"name": "a", "description": "b: c"}),
        ("description: >\n  one\n  two", {"description": "one two\n"}),
        ("metadata:\n  version: 1.0\n  tags: [a, b]", {"metadata": {"version": 1, "tags": ["a", "b"]}}),
        ("on: yes", {"on": True}),
        ("on: yes", {"on": "yes"}),
        ("mode: 0755", {"mode": 493}),
        ("mode: 0755", {"mode": 755}),
        ("many: 1_000", {"many": 1000}),
        ("day: 2026-01-02", {"day": "2026-01-02"}),
        ("day: 2026-01-02", {"day": "2026-01-02T00:00:00.000Z"}),
        ("day: 2026-01-02", {"day": "2026-01-02T00:00:00+00:00"}),
        ("nothing:", {"nothing": None}),
        ("text: 'yes'", {"text": "yes"}),
        ("é: ü\nlist:\n- 1\n- two", {"é": "ü", "list": [1, "two"]}),
    ],
)
def test_the_same_frontmatter_is_the_same(fields: str, listed: dict[str, Any]) -> None:
    assert discrepancy(_read(fields), listed) == ""


@pytest.mark.parametrize(
    ("fields", "listed", "said"),
    [
        ("name: a", {"name": "b"}, 'frontmatter.name is "a", listed is "b"'),
        ("name: a\nallowed-tools: Bash", {"name": "a"}, "frontmatter.allowed-tools is not listed"),
        ("name: a", {"name": "a", "license": "MIT"}, "frontmatter.license is listed, the file has none"),
        ("m:\n  a: [1, 2]", {"m": {"a": [1, 3]}}, "frontmatter.m.a[1] is 2, listed is 3"),
        ("m: [1, 2]", {"m": [1]}, "frontmatter.m is a list, listed is a list"),
        ("m: {a: 1}", {"m": "a"}, "frontmatter.m is a mapping"),
        ("v: '1'", {"v": 1}, 'frontmatter.v is "1", listed is 1'),
        ("v: 'yes'", {"v": True}, 'frontmatter.v is "yes", listed is true'),
        ("v: 1", {"v": True}, "frontmatter.v is 1, listed is true"),
        ("v: 1", {"v": "1"}, 'frontmatter.v is 1, listed is "1"'),
        ("v: 'null'", {"v": None}, 'frontmatter.v is "null", listed is null'),
        ("day: 2026-01-02", {"day": "2026-01-03"}, "frontmatter.day"),
        ("v: a", {"v": "a\u202e"}, "frontmatter.v"),
    ],
)
def test_the_first_difference_is_named(fields: str, listed: dict[str, Any], said: str) -> None:
    assert said in discrepancy(_read(fields), listed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name: a\n", "no frontmatter"),
        ("---\nname: a\n", "no frontmatter"),
        ("\n---\nname: a\n---\n", "no frontmatter"),
        ("---\n- a\n---\n", "no mapping"),
        ("---\n---\n", "no mapping"),
        ("---\na: &x 1\nb: *x\n---\n", "line 1: & is a part of YAML"),
        ("---\nname: a\nname: b\n---\n", "line 2: name stands there twice"),
        ("---\na: [\n---\n", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, why: str) -> None:
    with pytest.raises(NoFrontmatter, match=why.replace("*", r"\*")):
        frontmatter_of(text)


@pytest.mark.parametrize("text", ["---\nname: a\n---\n\n# Body\n", "---\r\nname: a\r\n---\r\n# Body\n"])
def test_the_body_stands_below_it(text: str) -> None:
    assert body_of(text) == "# Body\n"
    assert discrepancy(frontmatter_of(text), {"name": "a"}) == ""
