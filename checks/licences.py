"""The licences of the packages in a lock file, read offline from what is installed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import PackageMetadata

__all__ = ("Report", "Rules", "allowed", "check", "locked", "shipped", "stated")

NEVER = re.compile(r"^(A|L)?GPL-", re.IGNORECASE)
"""Licences that would ask something of whoever passes the program on."""

CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
"""Those that name one licence; "BSD License", for one, may be any of three."""

_APACHE = Path(__file__).parents[1] / "LICENSE"
_TERMS_END = "END OF TERMS AND CONDITIONS"


@dataclass(frozen=True, slots=True)
class Rules:
    """The table `[tool.jackfield.licences]` of pyproject.toml."""

    allow: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    """Packages for other platforms or Pythons: where they are not installed, nothing is said of them."""

    @classmethod
    def of(cls, table: Mapping[str, list[str]]) -> Rules:
        """The rules; raises ValueError when they allow what is never allowed."""
        never = sorted(name for name in table["allow"] if NEVER.match(name))
        if never:
            raise ValueError(f"{', '.join(never)} can not be allowed")
        names = frozenset(canonicalize_name(name) for name in table.get("elsewhere", ()))
        return cls(frozenset(table["allow"]), names)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: licence expressions by package, packages left out, and faults in plain lines."""

    licences: dict[str, str]
    not_checked: tuple[str, ...]
    faults: tuple[str, ...]


def locked(text: str) -> list[Requirement]:
    """The requirements of a lock file, without their hashes."""
    lines = (line.partition(" --hash=")[0].rstrip("\\ ") for line in text.splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith((" ", "#", "--"))]


def check(requirements: Iterable[Requirement], rules: Rules, path: list[str]) -> Report:
    """Hold the licence of each requirement, as installed on a path, against the rules."""
    installed = {canonicalize_name(found.name): found for found in Distribution.discover(path=path)}
    licences: dict[str, str] = {}
    not_checked: list[str] = []
    faults: list[str] = []
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        found = installed.get(name)
        if found is None and name in rules.elsewhere:
            not_checked.append(name)
        elif found is None:
            faults.append(f"{name} is not installed, and no package of `elsewhere`")
        elif not requirement.specifier.contains(found.version, prereleases=True):
            faults.append(f"{name} {found.version} is installed, {requirement.specifier} is locked")
        else:
            licences[name] = stated(found.metadata) or shipped(found)
            faults += _fault(name, licences[name], rules.allow)
    return Report(licences, tuple(not_checked), tuple(faults))


def _fault(name: str, licence: str, allow: frozenset[str]) -> list[str]:
    if not licence:
        return [f"{name} does not say its licence in a way that can be read"]
    return [] if allowed(licence, allow) else [f"{name} is under {licence}"]


def stated(metadata: PackageMetadata) -> str:
    """The licence of a package as an SPDX expression; empty when it names none for certain.

    Of several classifiers all count, as nothing says that one may choose.
    """
    for field in ("License-Expression", "License"):
        try:
            return canonicalize_license_expression(str(metadata.get_all(field, [""])[0]).strip())
        except InvalidLicenseExpression:
            continue
    classifiers = [str(text).rpartition(" :: ") for text in metadata.get_all("Classifier", [])]
    names = [CLASSIFIERS.get(name, "") for kind, _, name in classifiers if kind.startswith("License")]
    return " AND ".join(names) if all(names) else ""


def shipped(found: Distribution) -> str:
    """The licence of a package that states none but has the text of one: ours, if the terms are the same."""
    files = [file for file in found.files or () if ".dist-info/licenses/" in file.as_posix()]
    if len(files) != 1:
        return ""
    text = Path(str(found.locate_file(files[0]))).read_text(encoding="utf-8", errors="replace")
    return "Apache-2.0" if _terms(text) == _terms(_APACHE.read_text(encoding="utf-8")) else ""


def _terms(text: str) -> str:
    """What a licence says, without how its lines are broken and how it is applied."""
    return " ".join(text.split()).partition(_TERMS_END)[0]


def allowed(expression: str, allow: frozenset[str]) -> bool:
    """Whether an SPDX expression can be met with allowed licences alone.

    `MIT OR GPL-3.0-only` can, `MIT AND GPL-3.0-only` can not. A licence with an exception is one of its own:
    `Apache-2.0 WITH LLVM-exception` has to stand in the list just so.
    """
    text = re.sub(r"\s+WITH\s+", "\N{NO-BREAK SPACE}WITH\N{NO-BREAK SPACE}", expression)
    words = re.findall(r"[()]|[^() ]+", text)
    met = _either(words, allow)
    if words:
        raise ValueError(f"not a licence expression: {expression}")
    return met


def _either(words: list[str], allow: frozenset[str]) -> bool:
    met = _both(words, allow)
    while words and words[0] == "OR":
        del words[0]
        met = _both(words, allow) or met
    return met


def _both(words: list[str], allow: frozenset[str]) -> bool:
    met = _one(words, allow)
    while words and words[0] == "AND":
        del words[0]
        met = _one(words, allow) and met
    return met


def _one(words: list[str], allow: frozenset[str]) -> bool:
    if not words:
        raise ValueError("a licence expression ends too early")
    word = words.pop(0).replace("\N{NO-BREAK SPACE}", " ")
    if word != "(":
        return word in allow
    met = _either(words, allow)
    if not words or words.pop(0) != ")":
        raise ValueError("a licence expression has a bracket too many")
    return met
