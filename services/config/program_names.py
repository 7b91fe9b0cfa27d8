"""What a server that was given as a command line is called: after what is run, not what runs it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("program_name",)

_PACKAGES = {
    "npx": ("-c", "--call", "-w", "--workspace", "--cache", "--registry"),
    "bunx": (),
    "pnpx": (),
    "uvx": ("--with", "--python", "-p", "--index", "--index-url", "--with-editable", "--directory"),
}
"""What runs a package by its name, and its options that take a value of no interest."""
_NAMED_BY = ("-p", "--package", "--from", "--spec")
"""Options that name the package of the command that follows: that command is the name."""
_RUNNERS = {
    ("npm", "exec"): "npx",
    ("npm", "x"): "npx",
    ("pnpm", "dlx"): "npx",
    ("yarn", "dlx"): "npx",
    ("bun", "x"): "bunx",
    ("pipx", "run"): "uvx",
}
_SCRIPTS = re.compile(r"node|nodejs|bun|deno|tsx|ts-node|python[\d.]*|pythonw|py|ruby|perl|php")
_BEFORE_THE_SCRIPT = (
    *("run", "--require", "-r", "--import", "--loader", "--env-file"),
    *("-X", "-W", "--directory", "--project", "--with", "--python"),
)


def program_name(words: Sequence[str]) -> str:
    """A name for the server that `words` start: of the package, module or script, else the program."""
    program, rest = _base(words[0]), list(words[1:])
    if program == "uv" and rest[:1] == ["run"]:
        return _plain(_script(rest[1:]) or program)
    if program == "uv" and rest[:2] == ["tool", "run"]:
        program, rest = "uvx", rest[2:]
    elif rest and (program, rest[0]) in _RUNNERS:
        program, rest = _RUNNERS[program, rest[0]], rest[1:]
    if program in _PACKAGES:
        return _plain(_package(_first(rest, _PACKAGES[program])) or program)
    if _SCRIPTS.fullmatch(program):
        return _plain(_script(rest) or program)
    return _plain(program)


def _base(word: str) -> str:
    """`C:\\bin\\npx.cmd` and `/bin/npx` are `npx`."""
    name = re.split(r"[/\\]", word.rstrip("/\\"))[-1]
    return re.sub(r"\.(exe|cmd|bat|ps1)$", "", name, flags=re.IGNORECASE) or word


def _first(words: Sequence[str], with_value: Sequence[str]) -> str:
    """The first word that is no option and no option's value."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif not word.startswith("-"):
            return word
        else:
            skip = word in with_value or word in _NAMED_BY
    return ""


def _package(word: str) -> str:
    """`@scope/server-foo@1.2` is `server-foo`, `mcp-server-git[x]==1` is `mcp-server-git`."""
    if "://" in word or word.startswith("git+"):
        word = re.sub(r"(\.git)?([@#?].*)?$", "", word.partition("://")[2])
    last = word.rstrip("/").split("/")[-1]
    return re.split(r"(?<=.)@|[\[=<>~!;]", last)[0]


def _script(words: Sequence[str]) -> str:
    """`-m mod` is `mod`, `path/x.js` is `x`."""
    for at, word in enumerate(words):
        if word == "-m":
            return words[at + 1] if at + 1 < len(words) else ""
        if word in ("-c", "-e", "--eval", "-p", "--print"):
            return ""
        before = words[at - 1] if at else ""
        if (
            not word.startswith("-")
            and word not in _BEFORE_THE_SCRIPT
            and before not in _BEFORE_THE_SCRIPT[1:]
        ):
            return re.sub(r"(?<=.)\.\w{1,4}$", "", _base(word))
    return ""


def _plain(name: str) -> str:
    """`name` with what a server's name cannot hold taken out."""
    return re.sub(r"[^A-Za-z0-9_:@/.-]+", "-", name).strip("-") or "server"
