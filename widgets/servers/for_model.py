"""What a model makes of the tools of one server: which are off for it, and about what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from textual.binding import Binding

from services.amounts import rough
from services.catalog.entries import Tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from widgets.servers.entry_text import Entry

__all__ = ("ForModel", "Switch", "switch_bindings", "tokens_words")

Switch = Literal["off", "on"]


@dataclass(frozen=True, slots=True)
class ForModel:
    """The tools of one server as a model has them; there is none where no model is configured."""

    off: frozenset[str] = frozenset()
    """The tools that are switched off in this session, as on the wire."""
    tokens: Mapping[str, int] = field(default_factory=dict)
    """About what each tool costs in each request, by its name on the wire, as far as it is known."""
    total: int = 0
    """About what those that the model is offered cost together."""
    omitted: bool = False
    """Whether the configuration keeps the whole server from the model."""

    def is_off(self, entry: Entry) -> bool:
        """Whether it is a tool that is switched off."""
        return isinstance(entry, Tool) and entry.raw_name in self.off

    def switch(self, entry: Entry | None) -> Switch | None:
        """What can be done to an entry; None for what a model is never offered."""
        if not isinstance(entry, Tool) or entry.for_app_only or self.omitted:
            return None
        return "on" if self.is_off(entry) else "off"

    def words(self) -> str:
        """The cost of the server in a few words: `1.2k tokens for the model`."""
        if self.omitted:
            return "not offered to the model"
        off = f" · {len(self.off)} off" if self.off else ""
        return f"{tokens_words(self.total)} for the model{off}" if self.total or self.off else ""

    def words_for(self, entry: Entry) -> str:
        """The cost of one tool: `about 120 tokens in each request`."""
        if not isinstance(entry, Tool) or self.omitted:
            return ""
        if entry.for_app_only:
            return "not offered to the model"
        if self.is_off(entry):
            return "off for the model in this session"
        tokens = self.tokens.get(entry.raw_name)
        return "" if tokens is None else f"about {tokens_words(tokens)} in each request to the model"


def tokens_words(tokens: int) -> str:
    """`1 token`, `1.2k tokens`."""
    return f"{rough(tokens)} token{'s' * (tokens != 1)}"


def switch_bindings() -> tuple[Binding, Binding]:
    """The key that switches a tool off for the model, and on again; `check_action` chooses."""
    off = Binding("space", "switch('off')", "model off", id="server.switch_off", key_display="space")
    on = Binding("space", "switch('on')", "model on", id="server.switch_on", key_display="space")
    return off, on
