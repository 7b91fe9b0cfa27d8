"""Which way of drawing pictures is chosen, from what a terminal answered and what is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.pictures.graphics import Graphics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.pictures.answers import Answers
    from services.pictures.graphics import Protocol

__all__ = ("OUTSIDE_TMUX_UNKNOWN", "Images", "Outside", "choose")

Images = Literal["auto", "kitty", "sixel", "halfblock", "off"]
"""`[ui] images`."""


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
    protocol, why = _protocol(images, answers, environment, outside)
    if protocol in ("kitty", "sixel") and cell is None:
        protocol, why = "halfblock", f"{why}, but the terminal does not tell the size of its cells"
    elif protocol == "kitty" and answers.tmux:
        protocol, why = "halfblock", f"{why}, but through tmux pictures are drawn by sixel only"
    return Graphics(protocol, cell=cell, terminal=answers.version, why=why)


def _protocol(
    images: Images,
    answers: Answers,
    environment: Mapping[str, str],
    outside: Outside,
) -> tuple[Protocol, str]:
    if images != "auto":
        return images, f'images = "{images}" is set in [ui]'
    if environment.get("NO_COLOR"):
        return "off", "NO_COLOR is set"
    if answers.tmux:
        return _in_tmux(answers, outside)
    if answers.kitty:
        return "kitty", "the terminal answers to the kitty graphics protocol"
    if answers.sixel:
        return "sixel", "the terminal says that it takes sixel (DA1)"
    if answers.attributes is None:
        return "halfblock", "the terminal did not answer"
    return "halfblock", "the terminal says of neither the kitty graphics protocol nor sixel that it takes it"


def _in_tmux(answers: Answers, outside: Outside) -> tuple[Protocol, str]:
    if answers.sixel and outside.sixel:
        return "sixel", f"tmux passes sixel on to {outside.version or 'the terminal around it'}"
    if answers.kitty:
        return "halfblock", "through tmux pictures are drawn by sixel only, and it passes no sixel on"
    return "halfblock", "tmux passes no graphics on"
