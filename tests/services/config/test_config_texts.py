"""The texts below the configuration: places in TOML, values as TOML, JSON and YAML of others, secrets."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services import yaml_text
from services.config.expand import expand, variables
from services.config.imports import json_text
from services.config.toml.text import places, scan
from services.config.toml.values import key_text, value_text
from services.errors import ConfigurationError, MissingVariable
from services.secrecy.secrets import looks_secret, masked_arguments, masked_url, secret_places


def test_every_key_of_a_toml_text_has_its_line() -> None:
    text = """\
a = 1
b.c = '''
[not.a.header]
''' # comment
"d.e" = { f = 1, g = { h = "}" } }

[ t . 'u v' ] # header
x = [ # comment with ]
  { y = 1 },
]
[[t.array]]
z = 2
"""
    assert places(scan(text)) == {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 2,
        ("d.e",): 5,
        ("d.e", "f"): 5,
        ("d.e", "g"): 5,
        ("d.e", "g", "h"): 5,
        ("t",): 7,
        ("t", "u v"): 7,
        ("t", "u v", "x"): 8,
        ("t", "u v", "x", "y"): 9,
        ("t", "array"): 11,
        ("t", "array", "z"): 12,
    }


def test_the_offsets_of_a_toml_text_are_those_of_its_values() -> None:
    text = "a=1\n b . 'c' = \"x # y\" # z\nd = [1, [2]]"
    found = {statement.path: statement for statement in scan(text)}
    assert {path: text[one.value_start : one.value_end] for path, one in found.items()} == {
        ("a",): "1",
        ("b", "c"): '"x # y"',
        ("d",): "[1, [2]]",
    }
    assert "".join(text[one.start : one.end] for one in found.values()) == text


toml_values = st.recursive(
    st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(toml_values, st.text(st.characters(codec="utf-8"), max_size=8))
def test_a_value_as_toml_reads_back_as_itself(value: Any, key: str) -> None:
    text = f"{key_text('a', key)} = {value_text(value)}\nb = 1\n"
    assert tomllib.loads(text) == {"a": {key: value}, "b": 1}
    assert [statement.path for statement in scan(text)] == [("a", key), ("b",)]


def test_references_are_expanded() -> None:
    assert expand("$${A} ${A} ${B:-b}", {"A": "${A}", "B": ""}) == "${A} ${A} b"
    assert variables("${A} $${B} ${C:-d} ${1}") == ("A", "C")
    with pytest.raises(MissingVariable, match="environment variable A is not set"):
        expand("${A}", {})


def test_json_with_comments_and_trailing_commas() -> None:
    text = '\ufeff{ // one "\n"a": "// no", /* two\n */ "b\\"": ["/* no */", 2, /* x */ ], // y\n}'
    assert json_text.parse(text, "f") == {"a": "// no", 'b"': ["/* no */", 2]}
    with pytest.raises(ConfigurationError, match="f is not JSON: line 3"):
        json_text.parse('{ /* \n */\n "a" }', "f")


def test_yaml_as_settings_files_are_written() -> None:
    text = """\
---  # settings
plain: some text # comment
number: [1, -2, 0x1F, 1.5, .inf]
words: [true, False, null, ~, yes]
quoted: 'it''s: #1'
double: "tab\\t\\u00e9 \\
  joined
  folded

  line"
empty:
"key: with colon": {a: 1, b: [x, "y, z"], c: }
block: |
  first
    second

  third
folded: >-
  one
  two

  three
   more
  last
long: one
  two
  three
list:
- a
- b: 1
  c:
    - d
- - e
  -
- 'f'
multi: [
  a,  # comment
  b
]
"""
    assert yaml_text.parse(text) == {
        "plain": "some text",
        "number": [1, -2, 31, 1.5, float("inf")],
        "words": [True, False, None, None, "yes"],
        "quoted": "it's: #1",
        "double": "tab\té joined folded\nline",
        "empty": None,
        "key: with colon": {"a": 1, "b": ["x", "y, z"], "c": None},
        "block": "first\n  second\n\nthird\n",
        "folded": "one two\nthree\n more\nlast",
        "long": "one two three",
        "list": ["a", {"b": 1, "c": ["d"]}, ["e", None], "f"],
        "multi": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x 1", 1),
        ("a: 1\nb: *x", 2),
        ("a: !!python/object 1", 1),
        ("%YAML 1.2\n---\na: 1", 1),
        ("? a\n: b", 1),
        ("a: 1\n---\nb: 2", 2),
        ("a: 1\na: 2", 2),
        ("a: 1\n\tb: 2", 2),
        ("a: [1, 2", 1),
        ("a: 'x", 1),
        ("a: b: c", 1),
        ("a: 1\n   b: 2", 2),
        ("- a\nb: 1", 2),
    ],
)
def test_yaml_that_is_not_read_names_the_line(text: str, line: int) -> None:
    with pytest.raises(yaml_text.YamlError) as caught:
        yaml_text.parse(text)
    assert caught.value.line == line


yaml_texts = st.text(
    alphabet=st.sampled_from("ab c:#-'\"\n{}[],&*!|>%@é\\\t?~"), max_size=30
) | st.sampled_from(
    ["yes", "null", "0x1", "", "~", "@a/b", "a: b", "- x", "x" * 200 + " y", "word " * 40, "true"]
)
yaml_keys = st.text(alphabet=st.sampled_from("ab c:#-'\"{}[],&*!|>%@é?~1"), min_size=1, max_size=20)
yaml_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | yaml_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(yaml_keys, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(yaml_keys, yaml_values, max_size=4), st.sampled_from([None, False, True]))
def test_what_another_program_writes_as_yaml_reads_back(value: dict[str, Any], flow: bool | None) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    assert yaml_text.parse(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=True)) == value


@given(st.text(alphabet=st.sampled_from("ab:- \n#'\"[]{},|>&*!?\\\t"), max_size=40))
def test_any_text_is_yaml_or_an_error_with_a_line(text: str) -> None:
    try:
        yaml_text.parse(text)
    except yaml_text.YamlError as error:
        assert 1 <= error.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("GITHUB_TOKEN", "abcdef", True),
        ("API_KEY", "abcdef", True),
        ("DB_PASSWORD", "hunter22", True),
        ("Authorization", "Bearer abcdef", True),
        ("ANYTHING", "ghp_abcdefghij", True),
        ("GITHUB_TOKEN", "${GITHUB_TOKEN}", False),
        ("TOKEN_FILE", "/run/token", False),
        ("MAX_TOKENS", "4096", False),
        ("PATH", "/bin", False),
        ("KEYBOARD", "german", False),
    ],
)
def test_what_looks_like_a_secret(name: str, value: str, secret: bool) -> None:
    assert looks_secret(name, value) is secret


def test_secrets_are_masked_where_they_stand() -> None:
    arguments = [
        "--api-key",
        "abcdef",
        "--token=abcdef",
        "KEY=abcdef",
        "--env=KEY=abcdef",
        "--at=https://a:b@h/p",
        "--name",
        "x",
        "--",
        "postgres://a:b@h/d",
    ]
    assert masked_arguments(arguments) == (
        *("--api-key", "*****", "--token=*****", "KEY=*****", "--env=KEY=*****", "--at=https://a:*****@h/p"),
        *("--name", "x", "--", "postgres://a:*****@h/d"),
    )
    assert masked_url("https://h/p?api_key=abcdef&x=1#f") == "https://h/p?api_key=*****&x=1#f"
    assert masked_url("https://h/p?x=%20y") == "https://h/p?x=%20y"
    table = {"url": "https://h?token=abcdef", "oauth": {"client_id": "a", "client_secret": "b"}}
    assert secret_places(table) == ("url", "oauth.client_secret")
