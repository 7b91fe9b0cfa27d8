"""Who answers what servers ask: the client whose call it is about, the person here, or nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp.shared.exceptions import MCPError

from services.gateway.downstream import ANSWERABLE, Downstream
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.gateway.downstream import Able, Asker
    from services.settings import GatewayQuestions as Wish

__all__ = ("Answering", "shown_as_ours")

_WHY: Final[Mapping[Wish, str]] = {
    "decline": "questions are declined here",
    "here": "nobody is here to answer",
    "client": "the client does not say that it answers such questions",
}
_MOST_PAGES: Final = 1_000
_REFUSED: Final = -1
"""The specification's code for a request that the person does not want."""


class Answering:
    """What is done with questions; `wish` may be another one later.

    `somebody_here` says whether the manager's inbox has a person, `said` has words for the client of a call.
    """

    def __init__(
        self,
        wish: Wish,
        somebody_here: Callable[[], bool],
        warn: Callable[[str], None],
        said: Callable[[Asker, str], None],
    ) -> None:
        self.wish = wish
        self._somebody_here = somebody_here
        self._warn = warn
        self._said = said
        self._pages: dict[str, Asker] = {}
        """The calls whose clients were sent to a page, by the page's id."""

    def by(self, client: Able) -> Wish:
        """Who answers questions about a call of this client."""
        if self.wish == "client" and client.can_any:
            return "client"
        return "here" if self._here else "decline"

    async def answer(
        self, asker: Asker, client: Able, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What a server is answered; None where it is asked here. Raises MCPError."""
        if self.by(client) == "client" and client.can(method, params):
            if number := params.get("elicitationId"):
                self._pages[str(number)] = asker
                while len(self._pages) > _MOST_PAGES:
                    del self._pages[next(iter(self._pages))]
            return await asker.answer(method, params)
        return None if self._here else self.decline(asker, server, method, params)

    def decline(
        self, asker: Asker | None, server: str, method: str, params: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The answer where nobody gives one, and words about it; raises MCPError where there is none."""
        why = _WHY[self.wish] if asker is not None else "it is not clear whose call it belongs to"
        what = f' "{one_line(str(params["message"]), 200)}"' if params.get("message") else ""
        said = f"{one_line(server, 80)} asks{what} ({method}); declined: {why}"
        self._warn(said)
        if asker is not None:
            self._said(asker, said)
        if method == "elicitation/create":
            return {"action": "decline"}
        if method == "roots/list":
            return {"roots": []}
        raise MCPError(_REFUSED, said)

    def visitor(self, elicitation: str) -> Downstream | None:
        """The client that was sent to a page, asked once; None where it cannot be told of it."""
        asker = self._pages.pop(elicitation, None)
        return asker if isinstance(asker, Downstream) else None

    @property
    def _here(self) -> bool:
        return self._somebody_here() and self.wish != "decline"


def shown_as_ours(client: Able, how: Wish) -> dict[str, Any]:
    """The capabilities of a client as a server is to see them, where its rounds are run here."""
    told = dict(client.caller.capabilities)
    if how != "client":
        told = {key: value for key, value in told.items() if key not in ANSWERABLE.values()}
        told |= _OURS if how == "here" else {}
    return told


_OURS: Final[dict[str, Any]] = {"elicitation": {"form": {}, "url": {}}}
"""What a server is told that is answered here."""
