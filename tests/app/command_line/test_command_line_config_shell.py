"""The command line in a shell: journeys, two at once, completion, pipes, and what it imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from app.command_line.shell_completion import COMPLETE_VARIABLE, server_names
from services.config.paths import config_file
from services.config.paths import home as home_directory
from tests.app.command_line.servers_stage import PROGRAM, Done, in_shell
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE = """\
# Kept.
[ui]
theme = "nord"   # kept too

[mcp_servers.first]  # kept as well
command = "sh"
unknown = [1,
  2]
"""


def test_a_servers_life(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(FILE, encoding="utf-8")

    def jackfield(*words: str) -> Done:
        done = in_shell("mcp", *words, home=tmp_path)
        assert done.status == 0, done.err
        return done

    jackfield("add", "time", "--env", "TOKEN=geheim", "--", "sh", "-c", "exit")
    names = [line.split()[0] for line in jackfield("list").out.splitlines()]
    assert names == ["Name", "first", "time"]
    assert jackfield("get", "time", "--json").json["transport"]["args"] == ["-c", "exit"]
    jackfield("disable", "time")
    assert jackfield("list", "--json").json[1]["enabled"] is False
    jackfield("enable", "time")
    assert jackfield("list", "--json").json[1]["enabled"] is True
    jackfield("remove", "time")
    assert file.read_text(encoding="utf-8").rstrip("\n") == FILE.rstrip("\n")


def test_two_adds_at_once_do_not_lose_one(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    names = [f"s{number}" for number in range(6)]
    with ThreadPoolExecutor(len(names)) as pool:
        ended = list(pool.map(lambda name: in_shell("mcp", "add", name, "--", "sh", home=tmp_path), names))
    assert [done.status for done in ended] == [0] * len(names)
    listed = in_shell("mcp", "list", "--json", home=tmp_path).json
    assert {server["name"] for server in listed} == {"first", *names}
    assert (tmp_path / "config.toml").read_text(encoding="utf-8").startswith(FILE)


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of POSIX")
def test_the_file_is_for_the_user_alone(tmp_path: Path) -> None:
    in_shell("mcp", "add", "a", "--", "sh", home=tmp_path)
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600


HEAVY = {
    "PIL",
    "httpx2",
    "jsonschema",
    "keyring",
    "mcp",
    "mcp_types",
    "pydantic",
    "rich",
    "textual",
    "tomlkit",
}


@pytest.mark.parametrize(
    "words",
    [
        ["--version"],
        ["--help"],
        ["mcp", "list"],
        ["mcp", "list", "--json"],
        ["mcp", "get", "first"],
        ["mcp", "add", "new", "--", "sh"],
        ["mcp", "remove", "first"],
        ["mcp", "disable", "first"],
        ["completion", "fish"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_imported(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    imported = what_is_imported(tmp_path, *words)
    assert "app.command_line.main" in imported
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


def test_the_version_imports_little_more_than_click(tmp_path: Path) -> None:
    imported = what_is_imported(tmp_path, "--version")
    ours = {name for name in imported if name.startswith(("app.", "services."))}
    assert ours == {
        "app.__main__",
        "app.command_line",
        "app.command_line.lazy",
        "app.command_line.main",
        "app.command_line.terminal",
        "app.command_line.terminal.documents",
        "services.garbage",
        "services.hardening",
        "services.version",
    }


def test_a_completion_imports_no_configuration(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    words = {COMPLETE_VARIABLE: "bash_complete", "COMP_WORDS": "jackfield mcp get ", "COMP_CWORD": "3"}
    imported = what_is_imported(tmp_path, environ=words)
    assert not {name for name in imported if name.startswith("services.config")}
    assert not imported & {"pathlib", "tomllib", "platformdirs"}


def what_is_imported(home: Path, *words: str, environ: Mapping[str, str] | None = None) -> set[str]:
    """The modules that are there when the program ends."""
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: sys.stderr.write('\\n' + json.dumps(sorted(sys.modules))))\n"
        "from app.__main__ import main\nmain()"
    )
    done = in_shell(*words, home=home, program=(sys.executable, "-c", code), environ=environ)
    assert done.status == 0, done.err
    return set(json.loads(done.err.splitlines()[-1]))


# pipes and streams


def test_the_answer_alone_is_on_standard_output(tmp_path: Path) -> None:
    done = in_shell("mcp", "list", "--json", home=tmp_path)
    assert (done.out, done.err) == ("[]\n", "")
    done = in_shell("mcp", "get", "nope", home=tmp_path)
    assert (done.status, done.out) == (2, "")
    assert "Traceback" not in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe of POSIX")
def test_a_reader_that_leaves_early_hears_no_complaint(tmp_path: Path) -> None:
    servers = "".join(f'[mcp_servers.s{number}]\ncommand = "{"x" * 200}"\n' for number in range(600))
    (tmp_path / "config.toml").write_text(servers, encoding="utf-8")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*PROGRAM, "mcp", "list"],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"JACKFIELD_HOME": str(tmp_path)},
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_terminal_without_the_characters_gets_others(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[mcp_servers.a]\ncommand = "größe–1"\n', encoding="utf-8")
    done = in_shell("mcp", "get", "a", home=tmp_path, environ={"PYTHONIOENCODING": "ascii"})
    assert done.status == 0
    assert r"gr\xf6\xdfe\u20131" in done.out


# completion


def complete(home: Path, line: str) -> list[str]:
    words = {COMPLETE_VARIABLE: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(line.count(" "))}
    done = in_shell(home=home, environ=words)
    assert (done.status, done.err) == (0, "")
    return [line.partition(",")[2] for line in done.out.splitlines()]


def test_completion_knows_commands_options_and_servers(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[mcp_servers.time]\ncommand = "x"\n[ mcp_servers."docs" ]\nurl = "http://a"\n'
        "[mcp_servers.time.env]\nA = '1'\n",
        encoding="utf-8",
    )
    assert complete(tmp_path, "jackfield mcp get ") == ["time", "docs"]
    assert complete(tmp_path, "jackfield mcp remove d") == ["docs"]
    assert complete(tmp_path, "jackfield mcp re") == ["remove"]
    assert "import" in complete(tmp_path, "jackfield mcp ")
    assert complete(tmp_path, "jackfield mcp add x --ur") == ["--url"]
    assert "call" in complete(tmp_path, "jackfield ")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("mcp_servers.a.command = 'x'\n", ["a"]),
        ("mcp_servers = { a = {}, b = {} }\n", ["a", "b"]),
        ("[mcp_servers]\na = {}\n", ["a"]),
        ("[mcp_servers.'a b']\n", ["a b"]),
        ("\ufeff[mcp_servers.a]\n", ["a"]),
        ("mcp_servers = not toml", []),
        ("mcp_servers = 3", []),
        ('[mcp_servers."a\\u001Bb"]\n', []),
    ],
)
def test_names_come_from_whatever_the_file_looks_like(tmp_path: Path, text: str, names: list[str]) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    assert server_names(str(file)) == names
    assert server_names(str(tmp_path / "nowhere")) == []


def test_completion_looks_where_the_configuration_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from app.command_line import shell_completion

    for environ in ({"JACKFIELD_HOME": str(tmp_path)}, {"XDG_CONFIG_HOME": str(tmp_path)}, {}):
        with monkeypatch.context() as patch:
            for name in ("JACKFIELD_HOME", "XDG_CONFIG_HOME"):
                patch.delenv(name, raising=False)
            for name, value in environ.items():
                patch.setenv(name, value)
            assert shell_completion._config_file() == str(config_file(home_directory()))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell(tmp_path: Path, shell: str) -> None:
    done = in_shell("completion", shell, home=tmp_path)
    assert done.status == 0, done.err
    assert COMPLETE_VARIABLE in done.out
    assert f"Completion of jackfield in {shell}." in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="needs bash")
def test_bash_completes_with_the_script(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(FILE, encoding="utf-8")
    script = in_shell("completion", "bash", home=tmp_path).out
    program = tmp_path / "jackfield"
    program.write_text(f'#!/bin/sh\ncd {ROOT} && exec {" ".join(PROGRAM)} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    ask = f"{script}\nCOMP_LINE='jackfield mcp get fi' COMP_POINT=20\n"
    done = in_shell(
        "-c",
        f'{ask}_jackfield_completion {program}; echo "${{COMPREPLY[@]}}"',
        home=tmp_path,
        program=("bash",),
    )
    assert (done.out, done.err) == ("first\n", "")
