"""A URL to be looked at before it is opened: its host by itself, then the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from services.web.shown_urls import take_apart

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ("UrlView",)

_LONGEST = 8_000
"""Characters drawn; longer addresses cannot be opened anyway."""


class UrlView(Vertical):
    """Shows where a URL leads, and what to know about it."""

    DEFAULT_CSS = """
    UrlView {
        height: auto;
        & > .url--whole { height: auto; color: $text-muted; }
        & > .url--warnings { height: auto; color: $text-warning; display: none; }
        & > .-said { display: block; }
        & > .url--host { height: auto; }
    }
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self.parts = take_apart(url)
        self.url = url
        known = (self.parts.refusal, *self.parts.warnings)
        self._said = [text[:1].upper() + text[1:] for text in known if text]
        self._warnings = Static(Content("\n".join(self._said)), classes="url--warnings", markup=False)
        self._warnings.set_class(bool(self._said), "-said")

    def say(self, text: str) -> None:
        """One more line to know about it; said once."""
        if text in self._said:
            return
        self._said.append(text)
        self._warnings.update(Content("\n".join(self._said)))
        self._warnings.add_class("-said")

    def compose(self) -> ComposeResult:
        before, host, after = (_cut(part) for part in (self.parts.before, self.parts.host, self.parts.after))
        whole = Content.assemble(before, (host, "bold $text-accent"), after)
        if host:
            yield Static(Content.assemble("leads to ", (host, "bold")), classes="url--host", markup=False)
        yield Static(whole, classes="url--whole", markup=False)
        yield self._warnings


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
