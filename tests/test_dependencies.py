"""`python -m checks.dependencies`: licences from metadata on a disk, findings as pip-audit words them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from checks.dependencies import LOCK, ROOT, run
from checks.licences import Rules, allowed, locked
from checks.vulnerabilities import Audit, read

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ALLOW = frozenset({"MIT", "BSD-3-Clause", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"})
TABLE = '[tool.jackfield.licences]\nallow = ["MIT", "BSD-3-Clause"]\nelsewhere = ["For.Windows"]\n'


class Installed:
    """A folder of installed packages, the lock file that names them, and the rules."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock, self.project = folder / "run.txt", folder / "pyproject.toml"
        self.lock.write_text("", encoding="utf-8")
        self.project.write_text(TABLE, encoding="utf-8")

    def add(self, name: str, *fields: str, version: str = "1.0", locked: str = "1.0") -> None:
        info = self.folder / f"{name}-{version}.dist-info"
        info.mkdir()
        text = "\n".join(("Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *fields, "", ""))
        (info / "METADATA").write_text(text, encoding="utf-8")
        self.need(f"{name}=={locked}")

    def need(self, requirement: str) -> None:
        with self.lock.open("a", encoding="utf-8") as file:
            file.write(f"{requirement} \\\n    --hash=sha256:{'0' * 64}\n")

    def check(self, found: Audit | None = None) -> tuple[int, list[str]]:
        """The exit status and the lines, the last of which is about vulnerabilities."""
        said: list[str] = []
        status = run(
            self.lock, self.project, [str(self.folder)], lambda _: found or Audit(known=1), said.append
        )
        return status, said


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    return Installed(tmp_path)


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        (["License-Expression: MIT"], "MIT"),
        (["License-Expression: mit or gpl-3.0-only"], "MIT OR GPL-3.0-only"),
        (["License: bsd-3-clause"], "BSD-3-Clause"),
        (["License: see LICENSE", "Classifier: License :: OSI Approved :: MIT License"], "MIT"),
        (["Classifier: License :: OSI Approved", "Classifier: Topic :: Software"], None),
        (["License: BSD", "Classifier: License :: OSI Approved :: BSD License"], None),
        (["License-Expression: GPL-3.0-only"], None),
        (["License-Expression: LGPL-2.1-or-later AND MIT"], None),
        (
            [
                "Classifier: License :: OSI Approved :: MIT License",
                "Classifier: License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)",
            ],
            None,
        ),
        ([], None),
    ],
)
def test_a_licence_is_read_from_whatever_names_it(
    installed: Installed, fields: list[str], licence: str | None
) -> None:
    installed.add("some-thing", *fields)
    status, (line, _) = installed.check()
    if licence:
        assert (status, line) == (0, f"Licences: 1 package checked, all allowed: {licence}.")
    else:
        assert status == 1
        assert line.startswith("Licences: some-thing ")


@pytest.mark.parametrize(("change", "files", "known"), [("", 1, True), ("not ", 1, False), ("", 2, False)])
def test_a_licence_that_is_only_shipped_is_known_by_its_terms(
    installed: Installed, change: str, files: int, known: bool
) -> None:
    installed.project.write_text(TABLE.replace("MIT", "Apache-2.0"), encoding="utf-8")
    installed.add("some-thing")
    info = installed.folder / "some-thing-1.0.dist-info"
    text = (ROOT / "LICENSE").read_text(encoding="utf-8").replace("hereby grants", f"{change}hereby grants")
    (info / "licenses").mkdir()
    for number in range(files):
        (info / "licenses" / f"LICENSE{number}").write_text(text.replace("\n", "\n\n"), encoding="utf-8")
    names = "\n".join(f"{info.name}/licenses/LICENSE{number},," for number in range(files))
    (info / "RECORD").write_text(names, encoding="utf-8")
    status, (line, _) = installed.check()
    assert (status == 0) is known and ("Apache-2.0" in line) is known, line


def test_what_is_not_installed_has_to_be_known_as_such(installed: Installed) -> None:
    installed.add("a", "License-Expression: MIT")
    installed.need("for-windows==3 ; sys_platform == 'win32'")
    status, lines = installed.check()
    assert (status, lines[0][lines[0].index(" Not") :]) == (0, " Not installed here: for-windows.")
    installed.need("lost==1")
    assert installed.check()[1][0] == "Licences: lost is not installed, and no package of `elsewhere`"


def test_another_version_than_the_locked_one_says_nothing(installed: Installed) -> None:
    installed.add("a", "License-Expression: MIT", version="2.0", locked="1.0")
    assert installed.check() == (
        1,
        ["Licences: a 2.0 is installed, ==1.0 is locked", "Vulnerabilities: 1 package checked, none known."],
    )


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "agpl-3.0", "LGPL-2.1-or-later"])
def test_some_licences_can_not_be_allowed(installed: Installed, licence: str) -> None:
    with pytest.raises(ValueError, match=licence):
        Rules.of({"allow": ["MIT", licence]})
    installed.project.write_text(TABLE.replace("MIT", licence), encoding="utf-8")
    assert installed.check()[0] == 1


@pytest.mark.parametrize("text", ["", "[tool.jackfield.licences]\n", "not toml"])
def test_rules_that_are_not_there_are_a_fault(installed: Installed, text: str) -> None:
    installed.project.write_text(text, encoding="utf-8")
    status, (line,) = installed.check()
    assert (status, line[:9]) == (1, "Licences:")


@pytest.mark.parametrize(
    ("expression", "yes"),
    [
        ("MIT", True),
        ("GPL-2.0-only OR MIT", True),
        ("GPL-2.0-only AND MIT", False),
        ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", True),
        ("MIT AND GPL-2.0-only OR BSD-3-Clause", True),
        ("(MIT OR BSD-3-Clause) AND GPL-2.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("MIT WITH LLVM-exception", False),
    ],
)
def test_expressions_bind_as_spdx_says(expression: str, yes: bool) -> None:
    assert allowed(expression, ALLOW) is yes


@pytest.mark.parametrize("expression", ["", "MIT MIT", "MIT AND", "(MIT", "MIT)"])
def test_no_expression_is_half_understood(expression: str) -> None:
    with pytest.raises(ValueError, match="expression"):
        allowed(expression, ALLOW)


def test_the_lock_of_the_project_is_read_whole() -> None:
    text = LOCK.read_text(encoding="utf-8")
    names = {requirement.name for requirement in locked(text)}
    assert len(names) == sum("==" in line and not line.startswith(" ") for line in text.splitlines())
    assert names >= {"mcp", "textual"}


# vulnerabilities


def answer(*packages: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


FINE = {"name": "fine", "version": "1.0", "vulns": []}
LOST = {"name": "lost", "skip_reason": "Dependency not found on PyPI"}
FAULT = {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1", "2.0"], "description": ""}


def test_a_known_vulnerability_fails(installed: Installed) -> None:
    installed.add("a", "License-Expression: MIT")
    found = read(answer(FINE, LOST, {"name": "bad", "version": "1.0", "vulns": [FAULT]}), "Found 1 known …")
    assert (found.known, found.unknown) == (2, ("lost",))
    assert installed.check(found) == (
        1,
        [
            "Licences: 1 package checked, all allowed: MIT.",
            "Vulnerability: bad 1.0: PYSEC-1, CVE-2026-1, mended in 1.1, 2.0",
        ],
    )


@pytest.mark.parametrize(
    ("out", "err", "line"),
    [
        ("", "Traceback\nProxyError: no way\n", "Vulnerabilities were not checked: ProxyError: no way"),
        ("", "", "Vulnerabilities were not checked: pip-audit said nothing"),
        (
            answer(LOST),
            "",
            "Vulnerabilities were not checked: the service that was reached knows none of the packages",
        ),
        (answer(FINE), "", "Vulnerabilities: 1 package checked, none known."),
        (
            answer(FINE, LOST),
            "",
            "Vulnerabilities: 1 package checked, none known. The service does not know: lost.",
        ),
    ],
)
def test_a_service_that_is_away_fails_nothing(installed: Installed, out: str, err: str, line: str) -> None:
    installed.add("a", "License-Expression: MIT")
    status, lines = installed.check(read(out, err))
    assert (status, lines[-1]) == (0, line)
