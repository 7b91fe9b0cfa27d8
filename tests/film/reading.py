"""Reads a film as a browser does: what is seen at a moment, by its own style rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from tests.film.shapes import CELL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

__all__ = ("SVG", "ReadFilm", "Seen")

SVG: Final = "{http://www.w3.org/2000/svg}"
_RULE: Final = re.compile(r"\.(t\d+)\{animation:\1 ([\d.]+)s step-end infinite\}@keyframes \1\{(.*?\})\}")
_STEP: Final = re.compile(r"([\d.]+)%\{visibility:(visible|hidden)\}")
_BOX: Final = re.compile(r"M\d+ \d+h\d+v\d+")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen at one moment."""

    scene: str
    text: str
    """The text of every row, top down; blocks are no text."""
    boxes: int
    colours: int
    """How many rectangles there are, and of how many colours."""


class ReadFilm:
    """A film that was drawn; raises where it is not well-formed."""

    def __init__(self, svg: str) -> None:
        self._steps: dict[str, list[tuple[float, str]]] = {}
        self.root = ElementTree.fromstring(svg)
        self.style = self.root.findtext(f"{SVG}style") or ""
        self._rows = {row.get("id", ""): row for row in self.root.iterfind(f"{SVG}defs/{SVG}g")}
        self._groups = [one for one in self.root.iter(f"{SVG}g") if "t" in one.get("class", "").split()]
        rules = _RULE.findall(self.style)
        (length,) = {seconds for _, seconds, _ in rules}
        self.seconds = float(length)
        for name, _, steps in rules:
            self._steps[name] = [(float(at), look) for at, look in _STEP.findall(steps)]

    @property
    def scenes(self) -> list[str]:
        """Their names, in the order they are seen."""
        cuts = sorted({at for steps in self._steps.values() for at, _ in steps} | {0.0, 100.0})
        names = [self.at((start + end) / 2).scene for start, end in pairwise(cuts)]
        return list(dict.fromkeys(names))

    def last_of(self, scene: str) -> Seen:
        """The end of a scene."""
        (group,) = (one for one in self._groups if one.find(f"{SVG}g[@id='{scene}']") is not None)
        steps = self._steps[self._name(group)]
        ends = [at for at, look in steps if look == "hidden" and at > 0]
        return self.at(ends[0] - 0.01 if ends else 99.99)

    def at(self, percent: float) -> Seen:
        """What is seen after so much of the film."""
        return self._seen(one for one in self._groups if self._is_visible(self._name(one), percent))

    def still(self) -> Seen:
        """What is seen where nothing moves."""
        return self._seen(one for one in self._groups if "still" in one.get("class", "").split())

    def _name(self, group: Element) -> str:
        (name,) = (one for one in group.get("class", "").split() if one in self._steps)
        return name

    def _is_visible(self, name: str, percent: float) -> bool:
        looks = [look for at, look in self._steps[name] if at <= percent]
        return looks[-1:] == ["visible"]

    def _seen(self, groups: Iterator[Element]) -> Seen:
        uses, scenes = [], []
        for group in groups:
            uses += group.findall(f"{SVG}use")
            scenes += [one.get("id", "") for one in group.findall(f"{SVG}g")]
        uses.sort(key=lambda use: int(use.get("y", "0")))
        assert len({use.get("y") for use in uses}) == len(uses), "two rows at one place"
        (scene,) = scenes
        rows = [self._rows[use.get("href", "")[1:]] for use in uses]
        boxes = [path for row in rows for path in row.findall(f"{SVG}path")]
        return Seen(
            scene,
            "\n".join(map(_text, rows)),
            sum(len(_BOX.findall(path.get("d", ""))) for path in boxes),
            len({path.get("fill") for path in boxes}),
        )


def _text(row: Element) -> str:
    line = ""
    for text in sorted(row.iterfind(f"{SVG}text"), key=lambda text: int(text.get("x", "0"))):
        line = line.ljust(int(text.get("x", "0")) // CELL[0]) + (text.text or "")
    return line
