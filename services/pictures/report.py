"""What is known of the terminal, in words: for `/terminal` and `jackfield doctor` alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from services.pictures.choosing import choose, is_old_tmux, takes_no_sixel
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.pictures.answers import Answers
    from services.pictures.choosing import Outside
    from services.pictures.graphics import Graphics, Protocol

__all__ = ("Findings", "advice", "rows")

_PROTOCOLS: Final[Mapping[Protocol, str]] = {
    "kitty": "pixels, by the kitty graphics protocol",
    "sixel": "pixels, by sixel",
    "halfblock": "half blocks",
    "off": "named, not drawn",
}
_COLOURS: Final = {"truecolor": "24 bits", "256": "256", "standard": "16", "windows": "16", "none": "none"}
_VARIABLES: Final = ("TERM", "COLORTERM", "TERM_PROGRAM", "TMUX", "SSH_TTY", "NO_COLOR")


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is known of the terminal."""

    graphics: Graphics
    answers: Answers
    outside: Outside
    environment: Mapping[str, str]
    size: tuple[int, int] | None
    """Columns and rows; None where no terminal could be asked."""
    colours: str
    """How many, as Rich names it: `truecolor`, `256`, `standard`, `none`."""


def rows(found: Findings) -> list[tuple[str, str]]:
    """What was found, line by line: what it is about, and what is so."""
    lines = [
        ("Terminal", found.answers.version or "does not tell its name"),
        ("Pictures", f"{_PROTOCOLS[found.graphics.protocol]}: {found.graphics.why}"),
        ("Answers", _answers(found.answers)),
        ("Size", _size(found)),
        ("Colours", _COLOURS.get(found.colours, found.colours)),
    ]
    if found.answers.tmux:
        lines.insert(1, ("Around tmux", _around_tmux(found.outside)))
    variables = [
        f"{name}={one_line(found.environment[name], 60)}" for name in _VARIABLES if name in found.environment
    ]
    return [*lines, ("Environment", ", ".join(variables) or "says nothing of the terminal")]


def advice(found: Findings) -> list[str]:
    """What a person could change so that pictures are drawn better; empty where nothing could."""
    answers, graphics, environment = found.answers, found.graphics, found.environment
    automatic = choose("auto", answers, environment, graphics.cell, found.outside)
    told = []
    if automatic.protocol != graphics.protocol and automatic.protocol in ("kitty", "sixel"):
        told.append(f'images = "auto" in [ui] would draw {_PROTOCOLS[automatic.protocol]}.')
    elif graphics.protocol == "off" and environment.get("NO_COLOR"):
        told.append("Without NO_COLOR, or with images set in [ui], pictures are drawn.")
    elif automatic.protocol == "halfblock" and found.size is not None:
        told += _towards_pixels(answers, found.outside)
    if found.colours in ("256", "standard") and not environment.get("NO_COLOR"):
        told.append("Where the terminal has 24 bits of colour, COLORTERM=truecolor says so.")
    return told


def _towards_pixels(answers: Answers, outside: Outside) -> list[str]:
    if answers.tmux:
        return [_through_tmux(answers, outside)]
    if answers.version.startswith("XTerm("):
        return ["xterm draws sixel when it is started as `xterm -ti vt340`."]
    if answers.attributes is None:
        return ['images = "sixel" or "kitty" in [ui] is for terminals that take it and do not say so.']
    return []


def _through_tmux(answers: Answers, outside: Outside) -> str:
    if is_old_tmux(answers):
        return (
            "tmux 3.4 and later passes pixels on: to kitty 0.28 and Ghostty with"
            " `set -g allow-passthrough on`, to terminals that take sixel where it was built with that."
        )
    if outside.passthrough is False and (outside.placeholders or not outside.version):
        return "`set -g allow-passthrough on` in tmux.conf lets pictures through to kitty 0.28 and Ghostty."
    if takes_no_sixel(outside.version) and not outside.placeholders:
        return (
            "kitty from 0.28 on and Ghostty draw pictures through tmux, with `set -g allow-passthrough on`."
        )
    if not outside.version:
        return 'images = "kitty" in [ui] is for kitty 0.28 and Ghostty where tmux does not tell of them.'
    return (
        "tmux sends sixel to terminals that take it, where it was built with sixel and `terminal-features`"
        " names it."
    )


def _around_tmux(outside: Outside) -> str:
    passes = {True: "; allow-passthrough is on", False: "; allow-passthrough is off", None: ""}
    return f"{outside.version or 'not known'}{passes[outside.passthrough]}"


def _answers(answers: Answers) -> str:
    if answers.attributes is None and not answers.version and answers.kitty is None:
        return "none"
    kitty = {True: "yes", False: "refused", None: "not asked" if answers.tmux else "no"}[answers.kitty]
    return f"kitty graphics protocol: {kitty}; sixel: {'yes' if answers.sixel else 'no'}"


def _size(found: Findings) -> str:
    if found.size is None:
        return "not known"
    columns, lines = found.size
    cell = found.graphics.cell
    of = f" of {cell[0]} × {cell[1]} pixels" if cell else "; their size in pixels is not told"
    return f"{columns} × {lines} cells{of}"
