"""A measured figure beside what it is compared with, as one line of a table."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ("HEADING", "Figure", "line", "row")

WIDTHS = (44, 11, 11, 7, 9, 9)
HEADING = ("", "jackfield", "beside it", "ratio", "wished", "stall")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: seconds (or megabytes with `unit="MB"`), what stands beside them, the ratio wished for."""

    name: str
    ours: float
    beside: float | None = None
    """The same work by what the name says: the bare SDK, an empty app, a smaller size."""
    wished: str = ""
    """The bound of the product's page, such as `≤ 1.15`."""
    stall: float | None = None
    """The longest time the event loop did not answer, in seconds."""
    note: str = ""
    unit: str = "s"


def line(figure: Figure) -> str:
    """The figure as one line under the heading."""
    ratio = f"{figure.ours / figure.beside:.2f}" if figure.beside else ""
    cells = (
        figure.name,
        _amount(figure.ours, figure.unit),
        _amount(figure.beside, figure.unit),
        ratio,
        figure.wished,
        _amount(figure.stall, "s"),
    )
    return row(cells) + (f"  {figure.note}" if figure.note else "")


def row(cells: tuple[str, ...]) -> str:
    """Cells in columns: the first to the left, the others to the right."""
    first, *rest = zip(cells, WIDTHS, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f"{text:>{width}}" for text, width in rest)


def _amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit != "s":
        return f"{value:.1f} {unit}"
    if value < 0.001:
        return f"{value * 1e6:.0f} µs"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"
