"""What a login says and asks at a terminal: its address, the answer that is pasted, its steps."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

from app.command_line.terminal.hidden_line import HiddenLine
from app.command_line.terminal.line import WaitingLine
from app.command_line.terminal.output import paint, warning
from app.login_words import looked_at
from services.text import one_line, printable
from services.web.browser import should_open_browser

if TYPE_CHECKING:
    from services.oauth.logins import Logins
    from services.oauth.steps import Step
    from services.settings import ServerSettings

__all__ = ("LoginDesk",)

_SIGNS: Final = {True: ("✓", "green"), False: ("✗", "red"), None: ("·", "dim")}


class LoginDesk:
    """One person at one terminal; everything goes to standard error, through one waiting line."""

    def __init__(self, server: ServerSettings, *, browser: bool | None = None, verbose: bool = False) -> None:
        self._name = server.shown_name
        self._browser = should_open_browser(os.environ) if browser is None else browser
        self.verbose = verbose
        self.line = WaitingLine()
        self.kept = ""
        """Where the credentials went, and what they are good for."""
        self._typed = HiddenLine()

    async def log_in(self, logins: Logins, server: ServerSettings, scopes: tuple[str, ...] | None) -> None:
        """Log in once; raises what is wrong as a JackfieldError."""
        self.line.show(f"finding out how to log in to {self._name}")
        try:
            await logins.log_in(
                server,
                scopes=scopes,
                show=self._show,
                paste=None if self._browser else self._paste,
                open_browser=self._browser,
                on_step=self._step,
            )
        finally:
            self.line.hold(False)
            self.line.hide()

    async def end(self) -> None:
        """Draw no more."""
        await self.line.end()

    def _show(self, url: str) -> None:
        name, parts = self._name, looked_at(url)
        host = one_line(parts.host, 120)
        if self._browser:
            self.line.say(f"Logging in to {name} at {host}. If no browser opens, open this address:")
        else:
            self.line.say(f"To log in to {name} at {host}, open this address in any browser:")
        self.line.say(f"\n{printable(url)}\n")
        for each in parts.warnings:
            self.line.say(warning(each))
        self.line.show("waiting for the browser")

    async def _paste(self) -> str:
        """The address that the browser ended at, shown to nobody; empty when nothing more can be typed."""
        self.line.say("Then copy the address of the page you end at, even if that page cannot be loaded.")
        self.line.hold(True)
        try:
            answer: str | None = ""
            while answer == "":
                try:
                    answer = await self._typed.read("Paste it here, or its code alone (hidden): ")
                finally:
                    sys.stderr.write("\n")
                    sys.stderr.flush()
            return answer or ""
        finally:
            self.line.hold(False)

    def _step(self, step: Step) -> None:
        if step.what == "stored":
            self.kept = one_line(step.detail, 500)
        if not self.verbose:
            return
        sign, style = _SIGNS[step.ok]
        text = f"{paint(sign, style, sys.stderr)} {one_line(step.what, 60):<22} {one_line(step.detail, 500)}"
        self.line.say(text.rstrip())
