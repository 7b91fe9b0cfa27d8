"""`jackfield test` and `jackfield bench`, on real servers."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from tests.app.command_line.connect_stage import PYTHON, ROOT, run_here
from tests.servers.warm import demo_command

if TYPE_CHECKING:
    from pathlib import Path

CALLS = """\
# mine
[calls.add]
server = "srv"
tool = "add"
arguments = { a = 2, b = 3 }
save = { total = "/sum" }
[calls.add.check]
text = "2 + 3 = 6" # seen once
equals = { "/sum" = 5 }
schema_valid = true

[calls.more]
server = "srv"
tool = "echo"
arguments = { text = "${total} <${MY_TOKEN}>" }
check = { text_contains = "${MY_TOKEN}!", text_matches = "^5" }

[calls.picture]
server = "srv"
tool = "image_scenario"
arguments = { scenario = "image_only" }
check = { image = { format = "png" }, links = false, tokens_fewer_than = 100, faster_than = 60 }

[calls.fails]
server = "srv"
tool = "fail"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("JACKFIELD_HOME", str(place))
    monkeypatch.setenv("MY_TOKEN", "tok-98765")
    monkeypatch.chdir(tmp_path)
    return place


@pytest.fixture
def srv(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    program, args = demo_command()
    return f"srv={shlex.join([program, *args])}"


def test_calls_are_run_and_judged(
    home: Path, srv: str, capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    file = tmp_path / "smoke.toml"
    file.write_text(CALLS, "utf-8")
    done = run_here(["test", str(file), "--server", srv, "--junit", "report.xml"], capfdbinary)
    assert done.status == 1
    lines = done.out.splitlines()
    assert "      - 2 + 3 = 6" in lines
    assert "      + 2 + 3 = 5" in lines
    assert '    ✗ text_contains: the text does not hold "*****!": "5 <*****>"' in lines
    assert lines[-1].startswith("1 passed, 3 failed in ")
    assert "tok-98765" not in done.out + (tmp_path / "report.xml").read_text("utf-8")
    suite = ElementTree.parse(tmp_path / "report.xml").getroot().find("testsuite")
    assert suite is not None
    assert [(case.get("name"), [part.tag for part in case]) for case in suite] == [
        ("add", ["failure"]),
        ("more", ["failure"]),
        ("picture", []),
        ("fails", ["failure"]),
    ]

    assert run_here(["test", str(file), "add", "--server", srv, "--update"], capfdbinary).status == 0
    assert 'text = "2 + 3 = 5" # seen once' in file.read_text("utf-8")
    done = run_here(["test", str(file), "more", "--server", srv, "--json"], capfdbinary)
    assert [(call["name"], call["status"]) for call in done.json["calls"]] == [
        ("add", "passed"),
        ("more", "failed"),
    ]


def test_the_example_of_the_documentation_passes(
    home: Path, srv: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    example = ROOT / "docs" / "examples" / "demo.calls.toml"
    done = run_here(["test", str(example), "--server", f"demo={srv.partition('=')[2]}"], capfdbinary)
    assert (done.status, done.err) == (0, ""), done.out


@pytest.mark.parametrize(
    ("file", "words", "status", "told"),
    [
        ("[calls.a]\nserver = demo\n", [], 2, "line 2"),
        ('[calls.a]\nserver = "srv"\n', [], 2, "tool is missing"),
        ('[calls.a]\nserver = "srv"\ntool = "t"\n', ["b"], 2, "Known: a."),
        ('[calls.a]\nserver = "srv"\ntool = "t"\n', [], 2, "No MCP server named 'srv'"),
        ('[calls.a]\nserver = "srv"\ntool = "t"\n', ["--server", "srv=/not/there"], 4, "not found"),
        ('[calls.a]\nserver = "srv"\ntool = "t"\narguments = { t = "${UNSET_X}" }\n', [], 2, "srv"),
    ],
)
def test_what_is_wrong_before_a_call_decides_the_status(
    home: Path,
    file: str,
    words: list[str],
    status: int,
    told: str,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> None:
    project = tmp_path / ".jackfield"
    project.mkdir()
    (project / "calls.toml").write_text(file, "utf-8")
    done = run_here(["test", *words], capfdbinary)
    assert (done.status, told in done.out + done.err) == (status, True), done.out + done.err


def test_a_tool_is_measured(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    program = ["--", PYTHON, str(ROOT / "tests" / "servers" / "quick.py")]
    bounds = ["--calls", "20", "--concurrency", "1,5", "--json"]
    done = run_here(["bench", "echo", "text=hi", *bounds, *program], capfdbinary)
    assert done.status == 0, done.err
    assert [(one["concurrency"], one["calls"], one["errors"]) for one in done.json["rounds"]] == [
        (1, 20, {}),
        (5, 20, {}),
    ]
    assert all(one["latency_ms"]["p50"] <= one["latency_ms"]["max"] for one in done.json["rounds"])
    bounds = ["--calls", "6", "--concurrency", "2", "--duration", "30"]
    done = run_here(["bench", "rpc_error", *bounds, *program], capfdbinary)
    assert done.status == 1
    assert "no line" in done.err  # the first call fails, and none is measured
