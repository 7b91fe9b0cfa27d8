"""Processes as the operating system sees them."""

from __future__ import annotations

from pathlib import Path

__all__ = ("alive",)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False
