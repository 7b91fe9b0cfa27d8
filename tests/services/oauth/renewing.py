"""A process that does nothing but send requests whose tokens end at once: `renewing.py HOME URL TIMES`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

import httpx2

import services.oauth.renewal as renewal
from services.credentials.store import CredentialStore
from services.oauth.credentials import KeptCredentials
from services.oauth.http import OAuthHttp
from services.oauth.provider import authorization_for
from services.settings import ServerSettings

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def main(home: str, url: str, times: int) -> None:
    """Send the requests and print how many were answered."""
    vars(renewal)["ending"] = lambda *_: True  # a life of 0 would say no end
    settings = ServerSettings("guarded", transport="http", url=url)
    kept = KeptCredentials(CredentialStore(Path(home), "file"))
    auth = authorization_for(settings, kept, lambda: OAuthHttp(url, environ={}))
    answered = 0
    async with httpx2.AsyncClient(auth=auth, trust_env=False) as client:
        for _ in range(times):
            answered += (await client.post(url, json=PING)).status_code == 200
        await auth.close()
    print(answered)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
