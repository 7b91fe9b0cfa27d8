"""The person in front of a browser, played by a client that keeps cookies and sends forms.

`python -m tests.peers.person URL` is such a browser as a program.
"""

from __future__ import annotations

import asyncio
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

import httpx2

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ("Form", "Person")


class Form(HTMLParser):
    """The one form of a page: where it goes, and what stands in its fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given["action"]
        elif tag == "input":
            self.fields[given["name"]] = given.get("value", "")


class Person:
    """Opens the authorization URL, signs in, consents, and sees the last page: that of our callback."""

    def __init__(self, *, consents: bool = True) -> None:
        self.consents = consents
        self.pages: list[str] = []
        """The titles of the pages that were seen, and the whole last one."""
        self.status = 0
        self.page = ""
        self._browser = httpx2.AsyncClient(follow_redirects=True, timeout=20, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._browser.aclose()

    async def log_in(self, url: str) -> None:
        """Go through every form until a page has none."""
        answer = await self._browser.get(url)
        while (form := Form(answer.text)).action:
            asked_to_consent = "Consent" in answer.text
            self.pages.append("consent" if asked_to_consent else "sign in")
            said = "no" if asked_to_consent and not self.consents else "yes"
            there = urljoin(str(answer.url), form.action)
            answer = await self._browser.post(there, data={**form.fields, "answer": said})
        self.status, self.page = answer.status_code, answer.text


async def main(url: str) -> None:
    """Log in at a URL."""
    async with Person() as person:
        await person.log_in(url)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
