"""The person's part of a login: sent to the provider, and awaited at the redirect URI or by a paste."""

from __future__ import annotations

import asyncio
import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.oauth.attempt import Attempt, NotOurs, Outcome
from services.web.browser import open_browser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.oauth.callback import CallbackListener
    from services.oauth.http import OAuthHttp

__all__ = ("Journey",)


@dataclass(frozen=True, slots=True)
class Journey:
    """How a person gets to the provider and back."""

    http: OAuthHttp
    show: Callable[[str], Awaitable[None] | None]
    """Gets the authorization URL, whether or not a browser is opened."""
    paste: Callable[[], Awaitable[str]] | None = None
    """Brings the callback URL or a bare code; an empty text leaves it to the listener."""
    open_browser: bool = True
    environ: Mapping[str, str] | None = None

    async def answer(self, url: str, listener: CallbackListener, attempt: Attempt, seconds: float) -> str:
        """The code that the provider gives. Raises LoginFailed when it gives none in time."""
        try:
            async with asyncio.timeout(seconds):
                outcome = await self._sent(url, listener, attempt)
        except TimeoutError:
            hint = "The page in the browser may say why; it must end at the redirect URI."
            raise self.http.failure(
                "callback", f"no answer within {seconds:g} s", hint=hint, reason="timeout"
            ) from None
        if outcome.failure:
            raise self.http.failure("callback", outcome.failure, hint=outcome.hint, error=outcome.error)
        self.http.secrets.learn(outcome.code)
        self.http.step("callback", "a code came, with what it must come with", True)
        return outcome.code

    async def _sent(self, url: str, listener: CallbackListener, attempt: Attempt) -> Outcome:
        told = self.show(url)
        if inspect.isawaitable(told):
            await told
        # Side by side: some browsers are "open" only when they are closed again.
        opening = asyncio.create_task(self._opened(url)) if self.open_browser else None
        heard = asyncio.create_task(listener.answer())
        pasted = asyncio.create_task(self._pasted(attempt)) if self.paste is not None else None
        try:
            return await _first(heard, pasted)
        finally:
            tasks = [task for task in (opening, heard, pasted) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _opened(self, url: str) -> None:
        if not await open_browser(url, self.environ if self.environ is not None else os.environ):
            self.http.step("authorization", "no browser could be opened: copy the URL by hand", False)

    async def _pasted(self, attempt: Attempt) -> Outcome | None:
        assert self.paste is not None
        text = await self.paste()
        if not text.strip():
            return None
        try:
            return attempt.read_pasted(text)
        except NotOurs as reason:
            raise self.http.failure(
                "callback",
                f"what was pasted is of no use: {reason}",
                hint="Log in again, and paste the whole address of the page the browser ends at.",
            ) from None


async def _first(heard: asyncio.Task[Outcome], pasted: asyncio.Task[Outcome | None] | None) -> Outcome:
    """The listener's answer or the pasted one, whichever comes first."""
    if pasted is not None:
        await asyncio.wait({heard, pasted}, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done() and (outcome := pasted.result()) is not None:
            return outcome
    return await heard
