"""Which way of drawing pictures is chosen, from what a terminal answered and what is set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from services.pictures.graphics import Graphics

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.pictures.answers import Answers
    from services.pictures.graphics import Protocol

__all__ = (
    "OUTSIDE_TMUX_UNKNOWN",
    "Images",
    "Outside",
    "choose",
    "draws_placeholders",
    "is_old_tmux",
    "takes_no_sixel",
)

Images = Literal["auto", "kitty", "sixel", "halfblock", "off"]
"""`[ui] images`."""


_KITTY: Final = re.compile(r"kitty\((\d+)\.(\d+)")
_KITTY_DRAWS: Final = (0, 28)
"""The first kitty that draws pictures for placeholders."""
_TMUX: Final = re.compile(r"tmux (?:next-)?(\d+)\.(\d+)")
_TMUX_PASSES: Final = (3, 4)
"""The first tmux that pixels are sent through: sixels go through none before it."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The terminals around tmux that show this pane, as tmux knows them."""

    version: str = ""
    """What they answer to XTVERSION; empty where tmux does not say."""
    sixel: bool = False
    """Whether tmux sends all of them sixel."""
    placeholders: bool = False
    """Whether all of them are known to draw pictures for Unicode placeholders."""
    passthrough: bool | None = None
    """Whether tmux hands sequences on to them (`allow-passthrough`); None where it does not say."""
    watching: frozenset[str] | None = None
    """Which clients of tmux show this pane now; None where it does not say."""


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
    elif protocol == "kitty" and answers.tmux and (not_so := _no_placeholders(answers, outside)):
        protocol, why = "halfblock", f"{why}, but {not_so}"
    return Graphics(protocol, cell=cell, terminal=answers.version, through_tmux=answers.tmux, why=why)


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
    not_so = _no_placeholders(answers, outside)
    if not not_so and outside.placeholders:
        return "kitty", f"tmux passes pictures on to {outside.version}, which draws Unicode placeholders"
    if answers.sixel and outside.sixel:
        return "sixel", f"tmux passes sixel on to {outside.version or 'the terminal around it'}"
    return "halfblock", not_so or f"{_around(outside)} is not known to draw Unicode placeholders"


def _no_placeholders(answers: Answers, outside: Outside) -> str:
    """Why pictures cannot be sent through tmux as text; empty where that may be tried."""
    if is_old_tmux(answers):
        return "pixels pass through tmux from 3.4 on"
    if outside.version and not outside.placeholders:
        kitty = "; kitty does from 0.28 on" if _KITTY.match(outside.version) else ""
        return f"{_around(outside)} does not draw Unicode placeholders{kitty}, and tmux sends it no sixel"
    if not _passes(answers, outside):
        return f"tmux passes nothing on to {_around(outside)} (allow-passthrough is off)"
    return ""


def is_old_tmux(answers: Answers) -> bool:
    """Whether it is a tmux through which no pixels pass."""
    tmux = _TMUX.match(answers.version)
    return tmux is not None and tuple(map(int, tmux.groups())) < _TMUX_PASSES


def _passes(answers: Answers, outside: Outside) -> bool:
    """Whether tmux hands on what is sent through it; where it does not say, that was asked."""
    return bool(answers.kitty if outside.passthrough is None else outside.passthrough)


def draws_placeholders(version: str) -> bool:
    """Whether a terminal that calls itself this draws pictures for placeholders.

    By name: others answer to the kitty protocol as well and draw the characters themselves.
    """
    kitty = _KITTY.match(version)
    if kitty is not None:
        return tuple(map(int, kitty.groups())) >= _KITTY_DRAWS
    return version.lower().startswith("ghostty")


def takes_no_sixel(version: str) -> bool:
    """Whether a terminal that calls itself this takes no sixel, though a pattern for TERM may say so."""
    return version.lower().startswith(("kitty(", "ghostty"))


def _around(outside: Outside) -> str:
    return outside.version or "the terminal around it"
