"""What the first paint is compared with: a Textual app with nothing but a line to type in."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input


class Empty(App[None]):
    """One input."""

    def compose(self) -> ComposeResult:
        yield Input(placeholder="say something")


if __name__ == "__main__":
    Empty().run()
