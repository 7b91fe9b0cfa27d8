"""calls.toml as it is read and written, and the paths into results."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.errors import ConfigurationError, MissingVariable
from services.saved_calls.editing import can_update, keep_call, kept_at, write_seen
from services.saved_calls.file import calls_files, parse_calls, read_calls
from services.saved_calls.json_path import BadPath, find, same_json
from services.saved_calls.running import needed
from services.saved_calls.values import CallOutcome, CheckOutcome
from services.saved_calls.variables import NothingSaved, Variables

if TYPE_CHECKING:
    from pathlib import Path

VALUE = {
    "items": [{"n": "a", "p": 5}, {"n": "b", "p": 15, "x": {"n": "deep"}}],
    "a b": {"~/": 1},
    'q"': 2,
    "none": None,
}


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("", [VALUE]),
        ("/items/0/n", ["a"]),
        ("/a b/~0~1", [1]),
        ("/items/2", []),
        ("/items/-1", []),
        ("/items/x", []),
        ("$.items[*].n", ["a", "b"]),
        ("$..n", ["a", "b", "deep"]),
        ("$.items[-1].p", [15]),
        ("$['items'][0:1]['n','p']", ["a", 5]),
        ('$["q\\""]', [2]),
        ("$.items[?@.p < 10].n", ["a"]),
        ("$.items[?@.x || @.p == 5].n", ["a", "b"]),
        ("$.items[?!(@.p > 10) && @.n != 'b'].n", ["a"]),
        ("$.items[?@.p == $.items[0].p].n", ["a"]),
        ("$[?@ == null]", [None]),
        ("$.missing", []),
    ],
)
def test_a_path_leads_to_values(path: str, values: list[Any]) -> None:
    assert list(find(path, VALUE).values) == values


@pytest.mark.parametrize(
    "path",
    ["items", "$.", "$.items[", "$.items[?]", "$.a.length()", "$[?@..n == 1]", "$ x", "$['a", "$" * 3_000],
)
def test_a_path_that_is_none_says_why(path: str) -> None:
    with pytest.raises(BadPath) as caught:
        find(path, VALUE)
    assert "\n" not in str(caught.value)


def test_a_search_is_bounded() -> None:
    wide = [[[0] * 60] * 60] * 60
    with pytest.raises(BadPath, match="more than"):
        find("$..*..*", wide)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (2, 2.0, True),
        (1, True, False),
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        ([1, 2], [2, 1], False),
        (None, False, False),
        ("1", 1, False),
    ],
)
def test_json_values_are_compared_as_json(one: Any, other: Any, same: bool) -> None:
    assert same_json(one, other) is same


FILE = """\
# ours
[calls.good]  # stays
server = "demo"
tool = "add"
arguments = { a = 2, b = "${B}" }
save = { total = "/sum" }

[calls.good.check]
text = "old"  # the text
text_contain = "5"
equals = { "/sum" = 5, "$.x" = 1 }
links = 3

[calls.bad]
sever = "demo"
tool = 3
[calls.bad.check]
matches = { "sum" = "x", "/sum" = "(?=x)" }
equals = { "/when" = 2020-01-01 }

[calls.uses]
server = "demo"
tool = "echo"
arguments = { text = "${total}" }

[call.other]
"""


def test_what_is_wrong_is_told_with_its_line_and_costs_one_call(tmp_path: Path) -> None:
    file = parse_calls(FILE, tmp_path / "calls.toml")
    told = [(problem.line, problem.severity, problem.key, problem.hint) for problem in file.problems]
    assert told == [
        (10, "warning", "check.text_contain", "Did you mean `text_contains`?"),
        (14, "error", "", ""),
        (15, "warning", "sever", "Did you mean `server`?"),
        (16, "error", "tool", "Write it in quotes."),
        (18, "error", "check.matches.sum", ""),
        (18, "error", "check.matches./sum", "Look-around and back references are not known."),
        (19, "error", "check.equals./when", "Write dates and times in quotes."),
        (26, "warning", "call", "Did you mean [calls.NAME]?"),
    ]
    good, bad, uses = file.calls
    assert (good.invalid, uses.invalid) == ("", "")
    assert bad.invalid == "tool must be a string, not a number in `calls.bad` (line 16)"
    assert [check.shown for check in good.checks] == [
        "is_error",
        "text",
        "equals /sum",
        "equals $.x",
        "links",
    ]


def test_a_file_that_is_no_toml_says_which_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"calls\.toml is not TOML: line 2"):
        parse_calls("[calls.a]\nserver = demo\n", tmp_path / "calls.toml")


def test_a_call_that_is_named_brings_those_it_needs(tmp_path: Path) -> None:
    calls = parse_calls(FILE, tmp_path / "calls.toml").calls
    assert [call.name for call in needed(calls, {"uses"})] == ["good", "uses"]
    assert [call.name for call in needed(calls, {"good"})] == ["good"]


def test_variables_keep_the_type_of_what_was_saved() -> None:
    variables = Variables({"USER": "ann", "API_TOKEN": "tok-123456"})
    variables.save("total", 5)
    assert variables.fill({"a": "${total}", "b": ["n=${total}", "${USER:-x}", "$${USER}", "${NONE:-d}"]}) == {
        "a": 5,
        "b": ["n=5", "ann", "${USER}", "d"],
    }
    assert variables.fill("${API_TOKEN}") == "tok-123456"
    assert variables.redactor.text("it said tok-123456") == "it said *****"
    variables.miss("gone", "first")
    with pytest.raises(NothingSaved, match="first saved none"):
        variables.fill("${gone}")
    with pytest.raises(MissingVariable, match="UNSET is not set"):
        variables.fill("${UNSET}")


def test_what_was_seen_is_written_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "calls.toml"
    path.write_text(FILE.replace("[call.other]\n", ""), "utf-8")
    good = read_calls(path).calls[0]
    seen: dict[str, Any] = {"text": "a ${x}\nand s3cret-token", "/sum": 7, "$.x": {"k": None}, "links": ["u"]}
    outcomes = [CheckOutcome(one, False, seen=seen.get(one.path or one.kind)) for one in good.checks]
    marked = tuple(replace(one, updated=can_update(one)) for one in outcomes)
    assert write_seen([CallOutcome(path, good, "failed", marked)], {"TOKEN": "s3cret-token"}) == 4
    text = path.read_text("utf-8")
    assert 'text = "a $${x}\\nand ${TOKEN}"  # the text\n' in text
    assert text.startswith('# ours\n[calls.good]  # stays\nserver = "demo"\n')
    expected = {check.shown: check.expected for check in read_calls(path).calls[0].checks}
    assert (expected["equals /sum"], expected["equals $.x"], expected["links"]) == (7, {"k": None}, ["u"])


def test_a_call_is_kept_as_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-not-in-the-file")
    path = tmp_path / "new" / "calls.toml"
    given = {
        "deep": {"list": [{"a": 1}]},
        "text": 'q"\n',
        "key": "ghp-not-in-the-file",
        "cost": "${not a variable}",
    }
    keep_call(path, "my call", "srv", "do it", given)
    keep_call(path, "null", "srv", "do it", {"a": None}, is_error=True)
    assert "ghp-not" not in path.read_text("utf-8")
    first, second = read_calls(path).calls
    assert Variables({"GITHUB_TOKEN": "ghp-not-in-the-file"}).fill(dict(first.arguments)) == given
    assert (second.arguments, second.checks[0].expected) == ({"a": None}, True)
    with pytest.raises(ConfigurationError, match="already"):
        keep_call(path, "null", "srv", "t", {})


def test_the_project_s_file_comes_before_the_home_s(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    for folder in (home, project / ".git", project / ".jackfield", project / "deep"):
        folder.mkdir(parents=True)
    assert kept_at(project / "deep", home) == home / "calls.toml"
    ours, homes = project / ".jackfield" / "calls.toml", home / "calls.toml"
    for path in (ours, homes):
        path.touch()
    assert calls_files(project / "deep", home) == (ours.resolve(), homes)
    assert kept_at(project / "deep", home) == ours.resolve()
