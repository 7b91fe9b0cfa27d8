"""Draws a red box, waits for a line, draws a blue one: what the rig itself is tried with."""

from __future__ import annotations

import sys

__all__ = ("BLUE", "RED")

RED, BLUE = (255, 0, 0), (0, 0, 255)


def _box(row: int, colour: tuple[int, int, int]) -> None:
    red, green, blue = colour
    sys.stdout.write(f"\x1b[{row};5H\x1b[48;2;{red};{green};{blue}m      \x1b[0m")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.stdout.write("\x1b[2J")
    _box(3, RED)
    sys.stdin.readline()
    _box(5, BLUE)
    sys.stdin.readline()
