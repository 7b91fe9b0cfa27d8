"""The Python SDK's own protected server: `python protected_server.py PORT ISSUER` serves at /mcp.

It asks the authorization server about tokens (RFC 7662), and shows whom a token belongs to.
"""

from __future__ import annotations

import sys

import httpx2
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from pydantic import AnyHttpUrl

RESOURCE_SERVER = {"client_id": "resource-server", "client_secret": "resource-server-secret"}


class Introspection:
    """What the SDK calls a token verifier."""

    def __init__(self, issuer: str) -> None:
        self.endpoint = f"{issuer}/token/introspection"

    async def verify_token(self, token: str) -> AccessToken | None:
        async with httpx2.AsyncClient(trust_env=False) as client:
            known = (await client.post(self.endpoint, data={"token": token, **RESOURCE_SERVER})).json()
        if not known["active"]:
            return None
        return AccessToken(
            token=token,
            client_id=known["client_id"],
            scopes=known["scope"].split(),
            expires_at=known["exp"],
            resource=known["aud"],
            subject=known["sub"],
        )


def main(port: int, issuer: str) -> None:
    settings = AuthSettings(
        issuer_url=AnyHttpUrl(issuer),
        resource_server_url=AnyHttpUrl(f"http://127.0.0.1:{port}/mcp"),
        required_scopes=["tools:read"],
        validate_token_resource=True,
    )
    server = MCPServer("protected", token_verifier=Introspection(issuer), auth=settings)

    @server.tool()
    def whoami() -> str:
        """Whom the token belongs to."""
        token = get_access_token()
        return f"{token.subject} with {' '.join(token.scopes)}" if token else "nobody"

    server.run("streamable-http", host="127.0.0.1", port=port)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
