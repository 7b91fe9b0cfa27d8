"""`jackfield skills`: what is printed where, and the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.connect_stage import Done, configuration, demo_over_http, quick, run_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Done]

SKILL = "assets/demo/skills/patching"


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of a demo server."""
    with demo_over_http() as url:
        yield url


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """The command in this process."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))

    def run(*words: str, **servers: str) -> Done:
        if servers:
            (tmp_path / "config.toml").write_text(configuration(**servers), encoding="utf-8")
        return run_here(words, capfdbinary)

    return run


def test_skills_are_listed_opened_and_their_files_read(run: Run, demo: str, tmp_path: Path) -> None:
    listed = run("skills", demo)
    assert (listed.status, listed.err) == (0, "")
    assert [line.split("\t")[:2] for line in listed.out.splitlines()] == [
        ["first-steps", "1 file, 463 B"],
        ["patching", "3 files, 755 B"],
    ]
    opened = run("skills", demo, "patching")
    assert opened.out == open_text("SKILL.md")
    assert run("skills", demo, "skill://patching/SKILL.md").out == opened.out
    assert run("skills", demo, "patching", "references/colours.md").out == open_text("references/colours.md")
    assert run("skills", demo, "patching", "/").out == "SKILL.md\nreferences/\ntemplates/\n"
    assert run("skills", demo, "patching", "templates/").out == "templates/label.txt\n"
    saved = run("skills", demo, "patching", "templates/label.txt", "--save", str(tmp_path / "out"))
    assert saved.status == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.read_text() == open_text("templates/label.txt")


def open_text(path: str) -> str:
    with open(f"{SKILL}/{path}", encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def test_as_json_a_skill_is_what_the_server_lists_of_it(run: Run, demo: str) -> None:
    (_, listed) = run("skills", demo, "--json").json["skills"]
    assert listed["server"] and listed["frontmatter"]["metadata"] == {
        "version": "1.2",
        "tags": ["sockets", "cables"],
    }
    opened = run("skills", demo, "patching", "--json").json
    assert opened["text"] == open_text("SKILL.md")
    assert [file["path"] for file in opened["resources"]] == [
        "SKILL.md",
        "references/colours.md",
        "templates/label.txt",
    ]
    (content,) = run("skills", demo, "patching", "templates/label.txt", "--json").json["contents"]
    assert content["text"] == open_text("templates/label.txt")


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("pathcing",), 1, "did you mean patching?"),
        (("patching", "references"), 1, "references of the skill patching"),
        (("skill://nobody/SKILL.md",), 1, "No skill is served at skill://nobody/SKILL.md"),
        (("patching", "SKILL.md", "more"), 2, "more is one word too many"),
        (("--save", "."), 2, "--save is for a skill that is named"),
    ],
)
def test_what_goes_wrong_is_said(run: Run, demo: str, words: tuple[str, ...], status: int, told: str) -> None:
    done = run("skills", demo, *words)
    assert (done.status, done.out) == (status, "")
    assert told in done.err


def test_a_server_without_skills(run: Run) -> None:
    done = run("skills", "quick", quick=quick())
    assert (done.status, done.out, done.err) == (0, "", "quick offers no skills.\n")
    done = run("skills", "quick", "patching")
    assert done.status == 1
    assert "quick offers no skills" in done.err
    assert run("skills", "--json").json == {"skills": []}
