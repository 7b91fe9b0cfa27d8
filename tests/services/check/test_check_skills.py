"""What the doctor says of a server's skills: their entries, and their files as they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.check import skills
from services.check.checkup import check_servers
from services.settings import ServerSettings
from tests.servers.skilled import Skilled, entry, manifest
from tests.servers.web import Web

if TYPE_CHECKING:
    from services.check.findings import Finding

ROOT = "skill://acme/refunds"
FILES = {"SKILL.md": manifest("refunds"), "notes.md": b"a note\n"}


async def findings(*listed: dict[str, Any], files: dict[str, bytes] | None = None) -> tuple[Finding, ...]:
    served = {f"{ROOT}/{path}": data for path, data in (FILES | (files or {})).items()}
    async with Web(before=Skilled(*listed, files=served)) as web:
        (found,) = await check_servers([ServerSettings("s", transport="http", url=web.url)])
        return found.findings


async def test_skills_that_are_as_they_are_listed_are_no_news() -> None:
    assert await findings(entry(ROOT, FILES)) == ()


@pytest.mark.parametrize(
    ("listed", "files", "code", "subject", "says"),
    [
        (
            entry(ROOT, FILES),
            {"notes.md": b"a not!\n"},
            "skill-file",
            "acme/refunds/notes.md",
            "its digest is",
        ),
        (entry(ROOT, FILES), {"notes.md": b""}, "skill-file", "acme/refunds/notes.md", "its size is 0 bytes"),
        (
            entry(ROOT, FILES, license="MIT"),
            {},
            "skill-file",
            "acme/refunds/SKILL.md",
            "frontmatter.license is listed, the file has none",
        ),
        (
            entry(ROOT, FILES) | {"resources": "dynamic"},
            {"SKILL.md": b"no"},
            "skill-file",
            "",
            "it has no fr",
        ),
        (
            entry(ROOT, FILES | {"gone.md": b"x"}),
            {},
            "skill-file",
            "acme/refunds/gone.md",
            "cannot be read: no such resource",
        ),
        (entry(ROOT, FILES, name="others"), {}, "invalid-skill", "acme/refunds", "its name is others"),
        (entry(ROOT, FILES) | {"uri": 7}, {}, "invalid-entry", "", "skills: entry 1 has no uri"),
    ],
)
async def test_what_is_wrong_with_a_skill_is_told(
    listed: dict[str, Any], files: dict[str, bytes], code: str, subject: str, says: str
) -> None:
    (found,) = await findings(listed, files=files)
    assert (found.severity, found.code) == ("error", code)
    assert found.subject.startswith(subject) and found.message.startswith(says)


async def test_what_was_not_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skills, "_MOST_FILES", 1)
    (found,) = await findings(entry(ROOT, FILES), files={"notes.md": b"another"})
    assert (found.severity, found.code) == ("warning", "skill-unread")
    assert found.message == "1 of 2 files of skills were not read"
