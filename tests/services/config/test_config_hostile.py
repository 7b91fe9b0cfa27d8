"""Files of strangers: deep, long and unclosed texts cost no more than their size, and nothing is hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from services.config.expand import expand, inputs_in, variables
from services.config.imports.files import read
from services.config.imports.references import References
from services.config.projects.files import project_files
from services.config.projects.shown import shown_servers
from services.errors import JackfieldError
from services.yaml_text import YamlError, parse
from tests.support.work import growth

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PIECES = [
    "${A:-",
    "${A",
    "${input:",
    "${env:",
    "{env:",
    "$${",
    "${A:-${B:-x",
    "${input:a\n",
    "$A",
    "${workspaceFolder",
]


def linear(work: Callable[[str], object], piece: str, end: str) -> None:
    few, many = (piece * (size // len(piece)) + end for size in (1 << 15, 1 << 18))
    assert growth(work, few, many, repeats=3) < 4 * 8


@pytest.mark.parametrize("end", ["", "}", "\n}", "}\n"])
@pytest.mark.parametrize("piece", PIECES)
def test_references_cost_no_more_than_the_text(piece: str, end: str) -> None:
    linear(
        lambda text: expand(text, {"A": "a", "B": "b", "AA": "x", "workspaceFolder": "w"}),
        piece.replace("$A", "$ A"),
        end,
    )
    linear(variables, piece, end)
    linear(inputs_in, piece, end)
    for style in ("editor", "dollar", "braced", "literal"):
        linear(References(style, None), piece, end)


def test_what_is_not_closed_stays_as_it_is() -> None:
    assert expand("a ${A} ${B:-b} ${A:-", {"A": "1"}) == "a 1 b ${A:-"
    assert expand("$${A $${B", {}) == "${A ${B"
    assert References("literal", None)("${A} ${B:-x} ${C:-") == "$${A} $${B:-x} ${C:-"


@pytest.mark.parametrize("levels", [5, 399, 5_000])
def test_deep_tables_are_shown_or_refused(tmp_path: Path, levels: int) -> None:
    folder = tmp_path / "project"
    (folder / ".jackfield").mkdir(parents=True)
    key = ".".join(["a"] * levels)
    (folder / ".jackfield" / "config.toml").write_text(
        f'[mcp_servers.x]\ncommand = "run"\n{key} = "deepest"\n'
    )
    for file in project_files(folder, tmp_path / "home"):
        shown = "\n".join(line for server in shown_servers(file) for line in server.lines)
        assert "deepest" in shown or file.problems


@pytest.mark.parametrize("text", ["[" * 100_000, '{"mcpServers": ' * 50_000, "[" * 50_000 + "]" * 50_000])
def test_deep_json_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".mcp.json"
    path.write_text(text)
    with pytest.raises(JackfieldError):
        read(path)


def test_nothing_that_runs_is_hidden_from_whoever_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    args = ["-y", "--secret", "cowsay", "--token", "ghp_0123456789abcdef", "--api-key=abcdefgh"]
    (folder / ".mcp.json").write_text(json.dumps({"mcpServers": {"x": {"command": "npx", "args": args}}}))
    [file] = project_files(folder, tmp_path / "home")
    [server] = shown_servers(file)
    assert server.lines[0] == "runs: npx -y --secret cowsay --token '*****' '--api-key=*****'"


@pytest.mark.parametrize(
    "text",
    [
        "foo" + " " * 60 + "bar",
        "a: " + "[" * 5_000,
        "a: " + "9" * 100_000,
        "- " * 5_000 + "x",
        "a: 2001-12-14t21:59:43.10-05:00",
        "a: !!binary aGk=",
        "a: \x00",
        "k: v\n" * 3,
    ],
)
def test_odd_yaml_is_a_value_or_an_error_with_a_line(text: str) -> None:
    try:
        parse(text)
    except YamlError as error:
        assert error.line >= 1
