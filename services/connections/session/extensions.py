"""The protocol extensions this client declares, folded into what the SDK's session takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.client.extension import ClientExtension

__all__ = ("declared",)


def declared(*extensions: ClientExtension) -> dict[str, Any]:
    """The session's options for these extensions; each belongs to one, by its identifier.

    One that claims results is declared only on revisions where results can be claimed.
    """
    claims = {one.identifier: tuple(one.claims()) for one in extensions}
    return {
        "extensions": {one.identifier: one.settings() for one in extensions} or None,
        "result_claims": {identifier: claimed for identifier, claimed in claims.items() if claimed},
        "notification_bindings": [binding for one in extensions for binding in one.notifications()],
    }
