"""What can be found, as values, and where it comes from: the interface of whoever has something to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

__all__ = ("Item", "Provider")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be found; its texts are printable."""

    kind: str
    """One word or two for people: `tool`, `resource`, `template`, `prompt`, `saved call`."""
    server: str
    """The configured name of the server it belongs to; empty for none."""
    name: str
    """What it is called: this ranks first."""
    value: object
    """What it stands for, such as the `Tool`; whoever opens it knows the type."""
    title: str = ""
    description: str = ""
    arguments: tuple[str, ...] = ()
    """The names of its arguments."""
    address: str = ""
    """A URI or URI template, where that is not the name."""
    badges: tuple[str, ...] = ()
    """What is worth knowing before it is opened, a word or two each."""


class Provider(Protocol):
    """Offers things to find, in parts that change as a whole: the tools of one server, one file."""

    def parts(self) -> Mapping[Hashable, object]:
        """What there is now, by a key of each part; quick, on the event loop.

        A part is read again when its content is another object than before, so contents are immutable
        values that are replaced whole. The order is the order of equally good results.
        """

    def items(self, key: Hashable, content: object) -> Iterable[Item]:
        """What can be found in one part. Runs in a thread when there is much to read."""
