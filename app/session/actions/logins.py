"""Logging in to servers and out of them, behind the session; each login has a cell that shows how it goes."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any, Final

from app.login_words import logged_out, looked_at, no_login, none_may_do, scopes_in, with_advice
from app.session.cell_source import Source
from app.session.running_cell import RunningCell
from services.errors import InvalidArguments, JackfieldError
from services.text import one_line, printable
from services.web.browser import should_open_browser
from widgets.history.cells import Cell, NotePart, Part, TextPart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.session.context import SessionContext
    from app.session.transcript import Transcript
    from services.events import Event
    from services.oauth.steps import Step

__all__ = ("ABOUT_ADDRESS", "LoginCell", "Logins")

_ANSWER: Final = re.compile(r"[?&](code|state)=")
"""In a callback URL, and in no scope."""


ABOUT_ADDRESS = (
    "After you have signed in, copy the whole address of the page the browser ends at, even if that page "
    "cannot be loaded, and paste it here. What you paste is not shown, and not kept."
)


class LoginCell(RunningCell):
    """A login under way: its address, and at the end what came of it."""

    def __init__(self, transcript: Transcript, server: str, scopes: tuple[str, ...] | None) -> None:
        self.server = server
        self._name = one_line(server, 80)
        words = " ".join(["/mcp login", server, *(scopes or ())])
        source = Source(server, words, transcript.reach.login(server, scopes or ()), f"{server}-login")
        cell = Cell("running", f"Log in to {self._name}", "finding out how", started=transcript.clock())
        super().__init__(transcript, cell, source)
        self._steps: list[Step] = []
        self._answer: asyncio.Future[str] | None = None

    @property
    def wants_answer(self) -> bool:
        """Whether an address may be pasted now."""
        return self._answer is not None and not self._answer.done()

    def show(self, url: str, *, browser: bool) -> None:
        """The address to sign in at is known; raises LoginFailed for one that cannot be opened."""
        address = looked_at(url)
        self.source.copied = url
        host = one_line(address.host, 120)
        first = (
            f"A browser opens at {host}; if none does, open this:"
            if browser
            else f"Open this address at {host} in any browser:"
        )
        keys = "Tab to this cell, then c copies the address · Esc cancels"
        parts: list[Part] = [TextPart(first), TextPart(printable(url), "dim")]
        parts += [NotePart(warning, "warning") for warning in address.warnings]
        stuck = f"If the last page does not load, /mcp login {self._name} takes its address."
        parts += [NotePart(stuck), NotePart(keys)]
        self._put(detail="waiting for the browser", parts=tuple(parts))

    def once_more(self) -> None:
        """The provider refused the scopes that it had proposed; it is asked again without any."""
        self.source.copied = ""
        self._put(detail="again, without the scopes that the provider refuses", parts=())

    async def paste(self) -> str:
        """Wait for an address that the person pastes, for as long as it is wanted."""
        self._answer = asyncio.get_running_loop().create_future()
        return await self._answer

    def take_answer(self, text: str) -> None:
        """The person pasted an address."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(text)

    def take_step(self, step: Step) -> None:
        """Something happened that a server's author may want to see (`j`)."""
        self._steps.append(step)
        steps = [{"what": step.what, "detail": step.detail, "ok": step.ok} for step in self._steps]
        self.source.raw = {"server": self._name, "steps": steps}

    def logged_in(self) -> None:
        """It is done."""
        self.source.copied = ""
        self._put(name=f"Logged in to {self._name}", detail="")
        kept = next((step.detail for step in reversed(self._steps) if step.what == "stored"), "")
        notes = ("The server connects now.", f"Kept {kept}" if kept else "")
        self._end("done", tuple(NotePart(note) for note in notes if note))

    def fail(self, error: JackfieldError) -> None:
        self.source.copied = ""
        self._put(detail="")
        super().fail(error)

    def cancelled(self) -> None:
        self.source.copied = ""
        self._put(detail="")
        self._end("cancelled", (NotePart(f"/mcp login {self._name} starts another one."),))


class Logins:
    """What a person logs in to and out of, from slash commands and from the keys of a server."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._under_way: dict[str, LoginCell] = {}

    def log_in(self, given: Mapping[str, str]) -> None:
        """`/mcp login NAME [scopes]`; once more during a login it takes the address the browser ended at."""
        server = given["server"]
        if _ANSWER.search(given.get("scopes", "")):
            raise InvalidArguments(
                "That is an address of a login, not scopes.",
                hint=f"/mcp login {one_line(server, 80)} alone, during a login, takes it without showing it.",
            )
        if (cell := self._under_way.get(server)) is not None:
            self._ask_address(cell)
            return
        manager, scopes = self._context.connected(), scopes_in(given.get("scopes") or None)
        trouble = no_login(manager.settings(server))
        if trouble is not None:
            raise trouble
        cell = self._under_way[server] = LoginCell(self._context.transcript, server, scopes)
        cell.worker = self._context.run(self._log_in(cell, scopes), "logins")

    async def _log_in(self, cell: LoginCell, scopes: tuple[str, ...] | None) -> None:
        """Log in; scopes that only the provider itself proposed and then refuses are left out."""
        manager, server = self._context.connected(), cell.server
        try:
            try:
                await self._once(cell, scopes)
            except JackfieldError as error:
                if not none_may_do(error):
                    raise
                cell.once_more()
                await self._once(cell, ())
        except JackfieldError as error:
            name = one_line(server, 80)
            otherwise = f"/mcp login {name} tries again; /trace {name} shows each step."
            cell.fail(with_advice(error, manager.settings(server), otherwise))
        except asyncio.CancelledError:
            cell.cancelled()
            raise
        else:
            cell.logged_in()
        finally:
            self._under_way.pop(server, None)

    async def _once(self, cell: LoginCell, scopes: tuple[str, ...] | None) -> None:
        browser = should_open_browser(os.environ)
        await self._context.connected().login(
            cell.server,
            scopes=scopes,
            show=lambda url: cell.show(url, browser=browser),
            paste=cell.paste,
            open_browser=browser,
        )

    def log_out(self, given: Mapping[str, str]) -> None:
        """`/mcp logout NAME`."""
        server = given["server"]
        settings = self._context.connected().settings(server)
        if settings.transport == "stdio" and (trouble := no_login(settings)) is not None:
            raise trouble
        self._context.run(self._log_out(server), "logins")

    async def _log_out(self, server: str) -> None:
        transcript, name = self._context.transcript, one_line(server, 80)
        self._context.news.login_is_known_to_be_needed(server)
        try:
            ended: Any = await self._context.connected().logout(server)
        except JackfieldError as error:
            transcript.failure(error, name)
            return
        if ended.forgotten:
            transcript.notice(f"Logged out of {name}: {logged_out(ended.revoked)}.", ended.problem)
        else:
            transcript.notice(f"{name} was not logged in.", ended.problem)

    def take(self, event: Event) -> None:
        """A step of a login, for its cell."""
        from services.events import LoginStep

        if isinstance(event, LoginStep) and (cell := self._under_way.get(event.server)) is not None:
            cell.take_step(event.step)

    def _ask_address(self, cell: LoginCell) -> None:
        from app.session.screens.paste import PasteScreen

        if not cell.wants_answer:
            name = one_line(cell.server, 80)
            self._context.transcript.notice(f"A login to {name} is already in progress.")
            return

        def take(text: str | None) -> None:
            if text:
                cell.take_answer(text)

        title = f"Log in to {one_line(cell.server, 80)}"
        self._context.open(PasteScreen(title, ABOUT_ADDRESS, "the address, or its code alone"), take)
