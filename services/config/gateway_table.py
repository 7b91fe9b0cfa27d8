"""The `[gateway]` table: its keys, and the settings that are made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.config.common_kinds import STRINGS, TEXT
from services.config.kinds import Choice, Flag, Key, Named, Table, Whole
from services.settings import GatewayIssuer, GatewaySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("GATEWAY", "read_gateway")

_OAUTH = Table(
    "[gateway.oauth]",
    {
        "issuer": Key(TEXT, "The authorization server whose access tokens are taken.", needed=True),
        "audience": Key(TEXT, "What a token must be meant for: the URL of the gateway.", needed=True),
        "required_scopes": Key(STRINGS, "What a token must allow, all of them.", []),
    },
)

_GROUP = Table(
    "[gateway.groups.NAME]",
    {"servers": Key(STRINGS, "The servers that `/mcp/group/NAME` offers.", needed=True)},
)

GATEWAY = Table(
    "[gateway]",
    {
        "questions": Key(
            Choice("client", "here", "decline"), "Who answers what servers ask during a call.", "client"
        ),
        "search": Key(Flag(), "Offer three tools that find and call the others, in their place.", False),
        "pinned": Key(STRINGS, "Tools offered beside those three, as `SERVER__TOOL`.", []),
        "groups": Key(Named(_GROUP), "Groups of servers with addresses of their own.", {}),
        "allowed_origins": Key(STRINGS, "Web pages that may use it, as `https://HOST`.", []),
        "requests_per_minute": Key(Whole(1), "The most requests of one caller.", 6_000),
        "max_request_bytes": Key(Whole(1_024), "The largest request.", 4 << 20),
        "state": Key(
            TEXT,
            "Where several processes keep what they share, as `redis://HOST:PORT/N`: [scale.md](scale.md).",
        ),
        "oauth": Key(_OAUTH, "Take access tokens of an issuer, over HTTP."),
    },
)


def read_gateway(table: Mapping[str, Any]) -> GatewaySettings:
    """The `[gateway]` table, which was checked."""
    issuer = table.get("oauth")
    return GatewaySettings(
        questions=GATEWAY.get(table, "questions"),
        search=GATEWAY.get(table, "search"),
        pinned=tuple(table.get("pinned", ())),
        groups={name: tuple(group["servers"]) for name, group in table.get("groups", {}).items()},
        allowed_origins=tuple(table.get("allowed_origins", ())),
        requests_per_minute=GATEWAY.get(table, "requests_per_minute"),
        max_request_bytes=GATEWAY.get(table, "max_request_bytes"),
        oauth=GatewayIssuer(issuer["issuer"], issuer["audience"], tuple(issuer.get("required_scopes", ())))
        if issuer
        else None,
        state=table.get("state"),
    )
