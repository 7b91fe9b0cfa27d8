"""Which way of drawing pictures is chosen, from what a terminal answered and what is set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.pictures.graphics import Graphics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.pictures.answers import Answers

__all__ = ("OUTSIDE_TMUX_UNKNOWN", "Images", "Outside", "choose")

Images = Literal["auto", "kitty", "sixel", "halfblock", "off"]
"""`[ui] images`."""

_KITTY_VERSION: Final = re.compile(r"kitty\((\d+)\.(\d+)")
_PLACEHOLDERS_SINCE: Final = (0, 28)


@dataclass(frozen=True, slots=True)
class Outside:
    """The terminal around tmux, as tmux knows it."""

    version: str = ""
    """What it answers to XTVERSION; empty where tmux does not say."""
    sixel: bool = False
    """Whether tmux sends it sixel."""


OUTSIDE_TMUX_UNKNOWN: Final = Outside()


def choose(
    images: Images,
    answers: Answers,
    environment: Mapping[str, str],
    cell: tuple[int, int] | None,
    outside: Outside = OUTSIDE_TMUX_UNKNOWN,
) -> Graphics:
    """How pictures are drawn.

    Answers decide. Variables such as `KITTY_WINDOW_ID` do not: they reach programs in tmux and
    terminals started from others. Of them only `NO_COLOR` counts, where nothing is set.
    """
    tmux = answers.tmux
    placeholders = _has_placeholders(outside.version if tmux else answers.version)
    protocol, why = _protocol(images, answers, environment, cell, outside)
    kitty = protocol == "kitty"
    return Graphics(
        protocol,
        # Through tmux there is no other way to keep a picture at its place.
        placeholders=kitty and (placeholders or tmux),
        tmux=kitty and tmux,
        cell=cell,
        terminal=answers.version,
        why=why,
    )


def _protocol(
    images: Images,
    answers: Answers,
    environment: Mapping[str, str],
    cell: tuple[int, int] | None,
    outside: Outside,
) -> tuple[Literal["kitty", "sixel", "halfblock", "off"], str]:
    if images != "auto":
        return images, f'images = "{images}" is set in [ui]'
    if environment.get("NO_COLOR"):
        return "off", "NO_COLOR is set"
    if answers.tmux:
        return _in_tmux(answers, outside)
    if answers.kitty:
        return "kitty", "the terminal answers to the kitty graphics protocol"
    if answers.sixel and cell is None:
        return "halfblock", "the terminal takes sixel, but does not tell the size of its cells"
    if answers.sixel:
        return "sixel", "the terminal says that it takes sixel (DA1)"
    if answers.attributes is None:
        return "halfblock", "the terminal did not answer"
    return "halfblock", "the terminal says of neither the kitty graphics protocol nor sixel that it takes it"


def _in_tmux(answers: Answers, outside: Outside) -> tuple[Literal["kitty", "sixel", "halfblock"], str]:
    around = outside.version or "the terminal around it"
    if answers.kitty and _has_placeholders(outside.version):
        return "kitty", f"tmux passes the kitty graphics protocol on to {around}"
    if answers.sixel and outside.sixel:
        return "sixel", f"tmux passes sixel on to {around}"
    if answers.kitty:
        return "halfblock", f"through tmux only kitty 0.28 and later keeps pictures in place, not {around}"
    return "halfblock", "tmux passes no graphics on"


def _has_placeholders(version: str) -> bool:
    found = _KITTY_VERSION.match(version)
    return found is not None and (int(found[1]), int(found[2])) >= _PLACEHOLDERS_SINCE
