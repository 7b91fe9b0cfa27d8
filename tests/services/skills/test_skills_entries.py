"""What an entry says of a skill, and when a skill is not to be loaded whatever its files hold."""

from __future__ import annotations

from typing import Any

import pytest

from services.errors import NotOffered
from services.skills.entries import MAX_FILES, MAX_SIZE
from services.skills.naming import labels, named
from services.skills.reading import read_skill
from tests.servers.skilled import entry, manifest

ROOT = "skill://acme/refunds"
FILES = {"SKILL.md": manifest("refunds"), "notes/a b.md": b"a", "x.bin": b"\xff\x00"}


def test_an_entry_is_read_with_its_manifest_first() -> None:
    given = entry(ROOT, dict(reversed(FILES.items())))
    skill = read_skill("s", given)
    assert skill is not None and skill.problem == ""
    assert (skill.name, skill.path, skill.description) == ("refunds", "acme/refunds", "What it is for.")
    assert [file.path for file in skill.files] == ["SKILL.md", "x.bin", "notes/a b.md"]
    assert skill.size == sum(map(len, FILES.values()))
    for known in ("notes/a b.md", "./notes/a b.md", f"{ROOT}/notes/a b.md"):
        assert skill.file(known) is skill.files[-1]
    assert skill.file("notes") is None and skill.file("") is skill.files[0]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"resources": "dynamic"}, ""),
        ({"resources": [{**entry(ROOT, FILES)["resources"][0], "size": None}]}, ""),
        ({"resources": None}, "does not say what its files are"),
        ({"resources": "other"}, "does not say what its files are"),
        ({"resources": []}, "SKILL.md is not among its files"),
        ({"resources": [{}]}, "no URI"),
        ({"resources": entry(ROOT, FILES)["resources"] * 2}, "listed twice"),
        ({"resources": entry("skill://acme/other", FILES)["resources"]}, "is no file of it"),
        ({"resources": entry(ROOT, {**FILES, "../up": b""})["resources"]}, "is no file of it"),
        ({"resources": entry(ROOT, {**FILES, "a/%2e%2E/b": b""})["resources"]}, "is no file of it"),
        ({"resources": entry(ROOT, {**FILES, "a//b": b""})["resources"]}, "is no file of it"),
        (
            {"resources": [{"uri": f"{ROOT}/SKILL.md", "digest": "sha256:AB", "size": 1}]},
            "the digest of SKILL.md",
        ),
        ({"resources": [{**entry(ROOT, FILES)["resources"][0], "size": -1}]}, "the size of SKILL.md"),
        ({"resources": [{**entry(ROOT, FILES)["resources"][0], "size": True}]}, "the size of SKILL.md"),
        ({"resources": [{**entry(ROOT, FILES)["resources"][0], "size": MAX_SIZE + 1}]}, "more than 16 MiB"),
        ({"resources": [{}] * (MAX_FILES + 1)}, f"more than {MAX_FILES}"),
        ({"uri": "skill://acme/refunds"}, "does not end in /SKILL.md"),
        ({"uri": "skill://acme/returns/SKILL.md"}, "its name is refunds, its URI says returns"),
        ({"frontmatter": {"name": "refunds"}}, "no description"),
        ({"frontmatter": []}, "no name"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(change: dict[str, Any], problem: str) -> None:
    skill = read_skill("s", entry(ROOT, FILES) | change)
    assert skill is not None
    assert problem in skill.problem and bool(skill.problem) is bool(problem)


def test_skills_of_one_name_are_told_apart() -> None:
    roots = ("skill://acme/refunds", "skill://shop/refunds", "repo://shop/refunds", "skill://git")
    skills = [read_skill("s", entry(root, FILES)) for root in roots]
    known = [skill for skill in skills if skill is not None]
    assert labels(known) == (
        "acme/refunds",
        "skill://shop/refunds/SKILL.md",
        "repo://shop/refunds/SKILL.md",
        "git",
    )
    assert named(known, "git", "s") is known[3]
    assert named(known, "acme/refunds", "s") is known[0]
    assert named(known, "repo://shop/refunds/SKILL.md", "s") is known[2]
    with pytest.raises(NotOffered, match="3 skills named refunds"):
        named(known, "refunds", "s")
    with pytest.raises(NotOffered, match="no skill gti") as said:
        named(known, "gti", "s")
    assert said.value.hint == "did you mean git?"
