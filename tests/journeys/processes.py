"""Which processes hang below another one, read from /proc."""

from __future__ import annotations

from pathlib import Path

__all__ = ("descendants",)


def descendants(ancestor: int) -> dict[int, str]:
    """Every living process below `ancestor`: its id and command line. Zombies do not count."""
    parents, lines = {}, {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            # The command name in parentheses may hold anything, so fields are counted from its end.
            state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents[int(entry.name)] = int(parent)
        if state not in "ZX":
            lines[int(entry.name)] = line
    return {pid: line for pid, line in lines.items() if _below(pid, ancestor, parents)}


def _below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        pid = parents[pid]
        if pid == ancestor:
            return True
    return False
