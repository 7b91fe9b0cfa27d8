"""The gateway over Streamable HTTP: which requests are let in, and which view they reach."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecuritySettings

from services.gateway.access import Refused, is_loopback
from services.gateway.limits import Limits, TooMuch
from services.gateway.sessions import Sessions
from services.recording.http_server import headers_of, refused, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from services.gateway.access import Access, Bearer
    from services.gateway.door import Door
    from services.gateway.serving import ViewServer
    from services.settings import GatewaySettings

__all__ = ("HttpDoor",)

_ROOT: Final = "/mcp"
_METADATA: Final = "/.well-known/oauth-protected-resource"


class HttpDoor:
    """An ASGI application: `/mcp`, `/mcp/SERVER`, `/mcp/group/NAME`."""

    def __init__(
        self,
        door: Door,
        access: Access,
        host: str,
        renewed: Callable[[GatewaySettings], Access] | None = None,
    ) -> None:
        """`renewed` says who is let in under other settings; without it that stays as it is."""
        self._door = door
        self._access = access
        self._renewed = renewed
        self._oauth = door.settings.oauth
        door.followers.append(self._live_by)
        self._under_way: set[asyncio.Task[Any]] = set()
        self._ended: set[asyncio.Task[Any]] = set()
        """Those under way that end because their callers may not be let in any more."""
        self._host = host
        self._local = is_loopback(host)
        self._limits = Limits(door.settings.requests_per_minute)
        self._managers: dict[ViewServer, Sessions] = {}
        self._opening = asyncio.Lock()
        self._over = asyncio.Event()
        self._holding: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """End all sessions."""
        self._door.gateway.news.close()
        self._over.set()
        if self._holding:
            await asyncio.wait(self._holding)

    async def _live_by(self, settings: GatewaySettings) -> None:
        """Let others in from now on; whoever was let in before begins anew. Raises ConfigurationError."""
        access = self._access
        if self._renewed is not None and settings.oauth != self._oauth:
            access = await asyncio.to_thread(self._renewed, settings)
        self._oauth = settings.oauth
        if access is not self._access:
            self._access = access
            await self._end_all()
        self._limits.per_minute = settings.requests_per_minute

    async def _end_all(self) -> None:
        """End what is under way, and all sessions."""
        self._ended |= self._under_way
        for task in tuple(self._under_way):
            task.cancel()
        async with self._opening:
            over, self._over = self._over, asyncio.Event()
            holding, self._holding = self._holding, set()
            self._managers.clear()
            over.set()
            if holding:
                await asyncio.wait(holding)

    async def app(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = headers_of(scope)
        if why := self._foreign(headers):
            await reply(send, 403, why)
            return
        path = str(scope["path"])
        if self._oauth is not None and path.startswith(_METADATA):
            await reply(send, 200, self._metadata(headers, path), kind="application/json")
            return
        try:
            bearer = await self._access.bearer(headers)
            caller = f"{bearer.issuer}|{bearer.name}|{(scope.get('client') or ('',))[0]}"
            self._limits.begin(caller)
        except Refused as error:
            await _refuse(send, error, self._challenge(headers, path, error))
            return
        except TooMuch as error:
            await _answer(send, 429, {"error": "too many requests"}, {"retry-after": str(error.seconds)})
            return
        try:
            await self._count(bearer, caller)
            await self._until_ended(path, bearer, scope, receive, send)
        except Refused as error:
            await _refuse(send, error, self._challenge(headers, path, error))
        except TooMuch as error:
            await _answer(send, 429, {"error": "too many requests"}, {"retry-after": str(error.seconds)})
        finally:
            self._limits.end(caller)

    async def _until_ended(
        self, path: str, bearer: Bearer, scope: dict[str, Any], receive: Any, send: Any
    ) -> None:
        """Serve a request while its caller is let in. Raises Refused where that ends before an answer."""
        answered = False

        async def noted(message: dict[str, Any]) -> None:
            nonlocal answered
            answered = True
            await send(message)

        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            await self._serve(path, bearer, scope, receive, noted)
        except asyncio.CancelledError:
            if task not in self._ended:
                raise
            task.uncancel()
            if not answered:
                raise Refused(401, "invalid_token", "others are let in now") from None
        finally:
            self._under_way.discard(task)
            self._ended.discard(task)

    async def _count(self, bearer: Bearer, caller: str) -> None:
        """Count a request together with other processes. Raises TooMuch.

        Whoever an issuer knows is the same at every address: between them and us there may be proxies.
        """
        if self._door.shared is not None:
            known = f"{bearer.issuer}|{bearer.name}" if bearer.issuer else caller
            await self._door.shared.count(known, self._door.settings.requests_per_minute)

    async def _serve(self, path: str, bearer: Bearer, scope: dict[str, Any], receive: Any, send: Any) -> None:
        inside = path == _ROOT or path.startswith(f"{_ROOT}/")
        server = self._door.server(unquote(path[len(_ROOT) :].strip("/"))) if inside else None
        if server is None:
            await reply(send, 404, f"there is nothing here; the gateway is at {_ROOT}")
            return
        token = AccessToken(
            token="", client_id=bearer.client or bearer.name, scopes=list(bearer.scopes), subject=bearer.name
        )
        ours = {
            **scope,
            # The caller's token ends here.
            "headers": [pair for pair in scope["headers"] if pair[0].lower() != b"authorization"],
            "user": AuthenticatedUser(token),
            "jackfield.who": bearer.name,
        }
        manager = await self._manager(server)
        await manager.handle_request(ours, receive, send)

    async def _manager(self, server: ViewServer) -> Sessions:
        async with self._opening:
            if server not in self._managers:
                self._managers[server] = manager = Sessions(
                    server,
                    # Both are looked at here, before anything else.
                    security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
                    max_request_body_size=self._door.settings.max_request_bytes,
                )
                ready = asyncio.Event()
                holding = asyncio.create_task(self._hold(manager, ready, self._over), name="gateway sessions")
                self._holding.add(holding)
                await ready.wait()
            limited: Any = self._managers[server].asgi_app
            limited.max_body_size = self._door.settings.max_request_bytes
            return self._managers[server]

    async def _hold(self, manager: Sessions, ready: asyncio.Event, over: asyncio.Event) -> None:
        """The SDK's tasks are left in the task that entered them."""
        async with manager.run():
            ready.set()
            await over.wait()

    def _foreign(self, headers: Mapping[str, str]) -> str:
        """Why a request is not answered that comes from a page in a browser; empty where it is."""
        came_from, host = headers.get("origin", ""), headers.get("host", "")
        if came_from and came_from not in self._door.settings.allowed_origins and not _is_at(came_from, host):
            return "the origin of this request is not this server's"
        if self._local:
            return refused({"host": host}, self._host)
        # Beyond this machine there is no name but the one that the client used to reach us.
        return "" if _is_address(host) else "the host of this request is no address"

    # OAuth (RFC 9728).

    def _metadata(self, headers: Mapping[str, str], path: str) -> str:
        rules = self._oauth
        assert rules is not None
        told: dict[str, Any] = {
            "resource": rules.audience,
            "authorization_servers": [rules.issuer],
            "bearer_methods_supported": ["header"],
        }
        return json.dumps(
            told | ({"scopes_supported": list(rules.required_scopes)} if rules.required_scopes else {})
        )

    def _challenge(self, headers: Mapping[str, str], path: str, error: Refused) -> str:
        parts = [f'error="{error.error}"'] if error.error else []
        if (rules := self._oauth) is not None:
            base = rules.audience if rules.audience.startswith(("http://", "https://")) else ""
            parts_of = urlsplit(base or f"http://{headers.get('host', self._host)}{path}")
            place = f"{parts_of.scheme}://{parts_of.netloc}{_METADATA}{parts_of.path.rstrip('/')}"
            parts.append(f'resource_metadata="{place}"')
            if rules.required_scopes:
                parts.append(f'scope="{" ".join(rules.required_scopes)}"')
        return f"Bearer {', '.join(parts)}".strip()


def _is_at(origin: str, host: str) -> bool:
    """Whether a page comes from the very address that it sends to; `null` and files come from none."""
    scheme, _, address = origin.lower().partition("://")
    return scheme in ("http", "https") and bool(address) and address == host.lower()


def _is_address(host: str) -> bool:
    """Whether a URL can be made with it; a request may come without any."""
    try:
        urlsplit(f"//{host}")
    except ValueError:
        return False
    return True


async def _refuse(send: Any, error: Refused, challenge: str) -> None:
    told = {"error": error.error or "unauthorized", "error_description": error.description}
    more = {"www-authenticate": challenge} if error.status in (401, 403) else {"retry-after": "5"}
    await _answer(send, error.status, told, more)


async def _answer(send: Any, status: int, told: Mapping[str, str], more: Mapping[str, str]) -> None:
    body = json.dumps(told).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **more}
    wire = [(key.encode(), value.encode("latin-1", "replace")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": wire})
    await send({"type": "http.response.body", "body": body})
