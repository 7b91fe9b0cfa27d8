"""A text for the model as it was typed, and what it mentions: `@server`, `@server:uri`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.arguments.mentions import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ("Mentioned", "read_mentions")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """A text for the model with what it puts beside itself."""

    text: str
    """As it goes to the model: as typed, for a mention says what the rest of the sentence is about."""
    servers: tuple[str, ...] = ()
    """The servers it puts on for this turn, by their names in the configuration, in the order of the text."""
    resources: tuple[tuple[str, str], ...] = ()
    """What is to be attached: server and URI, each once."""

    @property
    def only(self) -> tuple[str, ...] | None:
        """For `Conversation.ask`: None, which stands for all servers, where the text puts none on."""
        return self.servers or None


def read_mentions(text: str, servers: Iterable[str]) -> Mentioned:
    """Read the mentions of these servers; whatever else has an at sign is text. Never raises."""
    found = list(mentions(text, servers))
    return Mentioned(
        text,
        tuple(dict.fromkeys(each.server for each in found if each.uri is None)),
        tuple(dict.fromkeys((each.server, each.uri) for each in found if each.uri is not None)),
    )
