"""Inputs: whose answer is whose, and what a server is without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from services.config.file import load
from services.config.inputs import Answers, Missing, account, input_variable, needed
from services.config.source import home_source

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
mcp_oauth_credentials_store = "file"
[mcp_servers.figma]
command = "sh"
args = ["--key=${input:figma-key}", "$${input:other}"]
env = { KEY = "${input:figma-key}", MODE = "${MODE:-dev}" }
[mcp_servers.docs]
url = "https://${input:the host}/mcp"
[mcp_servers.plain]
command = "sh"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_an_input_answered_by_a_variable_touches_no_store(file: Path) -> None:
    answers = Answers(file.parent, {"INPUT_FIGMA_KEY": "k${MODE}", "INPUT_THE_HOST": "a.example"})
    figma, docs, _ = load(file, environ={}, inputs=answers.of(str(file))).servers
    assert figma.args == ("--key=k${MODE}", "${input:other}")
    assert figma.env == {"KEY": "k${MODE}", "MODE": "dev"}
    assert docs.url == "https://a.example/mcp"
    assert input_variable("a.b--c") == "INPUT_A_B_C"


def test_inputs_stay_as_written_for_showing_them(file: Path) -> None:
    for expand in (True, False):
        figma, docs, plain = load(file, environ={}, expand=expand).servers
        assert needed(figma) == (("figma-key", "other") if expand else ("figma-key",))
        assert (needed(docs), needed(plain)) == (("the host",), ())
        assert not figma.invalid
        assert not docs.invalid


def test_an_answer_is_for_one_file(tmp_path: Path) -> None:
    one, other = account("key", f"{tmp_path}/a.json"), account("key", f"{tmp_path}/b.json")
    assert one != other
    assert one.startswith("input|key|")
    assert len(one.rpartition("|")[2]) == 16
    assert account("key", f"{tmp_path}/x/../a.json") == one


def test_answers_are_kept_found_and_forgotten(file: Path) -> None:
    answers = Answers(file.parent, {})
    assert answers.get("figma-key", str(file)) is None
    answers.put("figma-key", str(file), "geheim99")
    again = Answers(file.parent, {})
    assert again.get("figma-key", str(file)) == "geheim99"
    assert again.get("figma-key", str(file.with_name("other.toml"))) is None
    assert "geheim99" not in file.read_text()
    assert again.forget("figma-key", str(file))
    assert not again.forget("figma-key", str(file))
    assert Answers(file.parent, {}).get("figma-key", str(file)) is None


def test_a_server_without_an_answer_is_invalid_and_says_what_to_do(file: Path) -> None:
    answers = Answers(file.parent, {})
    figma, docs, plain = load(file, environ={}, inputs=answers.of(str(file))).servers
    assert figma.invalid == (
        "input figma-key has no answer, needed by args[0], in `mcp_servers.figma` (line 4)"
    )
    assert figma.hint == "Answer it once: jackfield mcp input set figma-key"
    assert docs.hint == "Answer it once: jackfield mcp input set 'the host'"
    assert not plain.invalid
    assert [one.server for one in answers.missing()] == ["figma", "docs"]
    assert answers.missing() == []
    figma, docs, _ = load(file, environ={}, inputs=answers.of(str(file), "docs")).servers
    assert (figma.invalid, bool(docs.invalid)) == ("", True)
    assert answers.missing() == [Missing("docs", "the host", str(file))]


def test_another_files_input_is_answered_with_its_name(tmp_path: Path) -> None:
    command = Answers(tmp_path).command("my key", f"{tmp_path}/m y/mcp.json")
    assert command == f"jackfield --config '{tmp_path}/m y/mcp.json' mcp input set 'my key'"


def test_the_session_finds_the_answers(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(file.parent))
    monkeypatch.chdir(file.parent)
    Answers(file.parent, {}).put("figma-key", str(file), "geheim99")
    servers = {server.name: server for server in home_source().loaded().configuration.servers}
    assert servers["figma"].args[0] == "--key=geheim99"
    assert "has no answer" in servers["docs"].invalid


def test_the_session_has_the_servers_agreed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.config.projects.consent import record_consent
    from services.config.projects.files import project_files

    (tmp_path / "home").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".mcp.json").write_text(json.dumps({"mcpServers": {"a": {"command": "sh"}}}))
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert home_source().loaded().configuration.servers == ()
    [file] = project_files(tmp_path, tmp_path / "home")
    record_consent(tmp_path / "home", file, True)
    assert [server.name for server in home_source().loaded().configuration.servers] == ["a"]


def test_what_there_is_to_say_about_the_store_is_a_problem_of_the_session(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JACKFIELD_HOME", str(file.parent))
    monkeypatch.chdir(file.parent)
    broken = file.with_name(".credentials.json")
    broken.write_text('{"geheim99"')
    problems = home_source().loaded().configuration.problems
    assert [problem.message for problem in problems if problem.server == ""] == [
        f"{broken} cannot be read (it is not JSON): nothing in it is used"
    ]
