"""The person's part of a login: sent to the provider, and awaited at the redirect URI or by a paste."""

from __future__ import annotations

import asyncio
import inspect
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from services.oauth.attempt import Attempt, NotOurs, Outcome
from services.oauth.redirect import other_callback
from services.web.browser import open_browser

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.errors import LoginFailed
    from services.oauth.callback import CallbackListener
    from services.oauth.http import OAuthHttp

__all__ = ("Journey",)

PATIENCE: Final = 3.0
"""Seconds without an answer after which the provider is asked what it tells the browser."""


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

    async def answer(
        self,
        url: str,
        listener: CallbackListener,
        attempt: Attempt,
        seconds: float,
        refusal: Callable[[], Awaitable[LoginFailed | None]],
    ) -> str:
        """The code that the provider gives. Raises LoginFailed when it gives none in time.

        `refusal` is asked after a while without an answer: what the provider tells the browser alone.
        """
        try:
            async with asyncio.timeout(seconds):
                outcome = await self._sent(url, listener, attempt, refusal)
        except TimeoutError:
            hint = "The page in the browser may say why; it must end at the redirect URI."
            hint = f"{hint} {other_callback(attempt.redirect_uri)}".rstrip()
            raise self.http.failure(
                "callback", f"no answer within {seconds:g} s", hint=hint, reason="timeout"
            ) from None
        if outcome.failure:
            raise self.http.failure("callback", outcome.failure, hint=outcome.hint, error=outcome.error)
        self.http.secrets.learn(outcome.code)
        self.http.step("callback", "a code came, with what it must come with", True)
        return outcome.code

    async def _sent(
        self,
        url: str,
        listener: CallbackListener,
        attempt: Attempt,
        refusal: Callable[[], Awaitable[LoginFailed | None]],
    ) -> Outcome:
        told = self.show(url)
        if inspect.isawaitable(told):
            await told
        # Side by side: some browsers are "open" only when they are closed again.
        opening = asyncio.create_task(self._opened(url)) if self.open_browser else None
        heard = asyncio.create_task(listener.answer())
        pasted = asyncio.create_task(self._pasted(attempt)) if self.paste is not None else None
        refused = asyncio.create_task(_later(refusal))
        try:
            return await _first(heard, pasted, refused)
        finally:
            tasks = [task for task in (opening, heard, pasted, refused) if task is not None]
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


async def _later(refusal: Callable[[], Awaitable[LoginFailed | None]]) -> None:
    """Raise what the provider refuses; return where it refuses nothing."""
    await asyncio.sleep(PATIENCE)
    if (failure := await refusal()) is not None:
        raise failure


async def _first(
    heard: asyncio.Task[Outcome], pasted: asyncio.Task[Outcome | None] | None, refused: asyncio.Task[None]
) -> Outcome:
    """The listener's answer, the pasted one or the refusal, whichever comes first."""
    waiting: set[asyncio.Task[Any]] = {heard, refused} | ({pasted} if pasted is not None else set())
    while not heard.done() and waiting:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if heard in done:
            break
        if pasted is not None and pasted in done and (outcome := pasted.result()) is not None:
            return outcome
        if refused in done:
            refused.result()
    return await heard
