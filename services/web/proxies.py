"""What the environment says about HTTP: proxies, and whose certificates are trusted.

The system's own proxy settings are never asked: on macOS that library may crash a process that
has threads, and a proxy nobody named in the environment would be a surprise.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2

from services.error_translation import is_tls, system_reason
from services.errors import ConnectionFailed
from services.text import one_line
from services.web.no_proxy import EVERYTHING, PROXY, direct_patterns
from services.web.socks import SCHEMES, Handshake, can_speak

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

__all__ = ("ProxyFault", "client_options", "proxies", "trust")

_HINT: Final = "See HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; NO_PROXY names hosts to reach without."


class ProxyFault(httpx2.ProxyError):
    """A proxy that cannot be used or refuses; `failure` says which and why."""

    def __init__(self, failure: ConnectionFailed, request: httpx2.Request) -> None:
        super().__init__(failure.message, request=request)
        self.failure = failure


class _Unusable(httpx2.AsyncBaseTransport):
    """Stands where a proxy is needed that cannot be used: who needs none is not kept from going on."""

    def __init__(self, failure: ConnectionFailed) -> None:
        self._failure = failure

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        raise ProxyFault(self._failure, request)


class _Through(httpx2.AsyncHTTPTransport):
    """The way through a proxy; what stands in it is told as the proxy's."""

    def __init__(self, proxy: str, verify: ssl.SSLContext, limits: httpx2.Limits) -> None:
        super().__init__(verify=verify, proxy=proxy, limits=limits)
        self._shown = one_line(urlsplit(proxy).netloc.rpartition("@")[2], 120)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        try:
            response = await super().handle_async_request(request)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            if is_tls(error):
                raise  # it came through, to a server that is not trusted
            raise self._unreached(error, request) from error
        except httpx2.ProxyError as error:
            raise self._fault(f"refused {one_line(request.url.host, 100)}", str(error), request) from error
        if request.url.scheme == "http":  # within TLS nobody but the server answers
            response.extensions[PROXY] = self._shown
        return response

    def _unreached(self, error: Exception, request: httpx2.Request) -> ProxyFault:
        return self._fault("cannot be reached", system_reason(error) or str(error), request)

    def _fault(self, what: str, why: str, request: httpx2.Request) -> ProxyFault:
        said = one_line(why, 200)
        text = f"the proxy {self._shown} {what}" + (f": {said}" if said else "")
        return ProxyFault(ConnectionFailed(text, hint=_HINT, reason="network"), request)


class _ThroughSocks(_Through):
    """The way through a SOCKS proxy, which passes on bytes: no answer is ever its own."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        def fault(what: str) -> ProxyFault:
            return self._fault(what, "", request)

        handshake = Handshake(one_line(request.url.netloc.decode("ascii", "replace"), 100), fault)
        request.extensions = {**request.extensions, "trace": handshake.note}
        try:
            return await handshake.watched(httpx2.AsyncHTTPTransport.handle_async_request(self, request))
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            if handshake.is_through:
                raise
            raise self._unreached(error, request) from error


def client_options(environ: Mapping[str, str], limits: httpx2.Limits | None = None) -> dict[str, Any]:
    """What every `httpx2.AsyncClient` of ours is made with. Reads files: not on the event loop."""
    verify = trust(environ)
    limits = limits or httpx2.Limits()

    def way(proxy: str | ConnectionFailed | None) -> httpx2.AsyncBaseTransport | None:
        if isinstance(proxy, ConnectionFailed):
            return _Unusable(proxy)
        if not proxy:
            return None
        kind = _ThroughSocks if urlsplit(proxy).scheme in SCHEMES else _Through
        return kind(proxy, verify, limits)

    mounts = {pattern: way(proxy) for pattern, proxy in _ways(environ).items()}
    return {"verify": verify, "trust_env": False, "mounts": mounts, "limits": limits}


def trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    """`SSL_CERT_FILE`, or `SSL_CERT_DIR`, or the system's own store. Reads files: not on the event loop."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := environ.get(variable, ""):
            try:
                return _trusting(variable, path, Path(path).stat().st_mtime_ns)
            except OSError as error:  # ssl.SSLError, for a file without certificates, is one
                what = f"{variable} names {one_line(path, 200)}, which cannot be used"
                why = one_line(error.strerror or "no certificates in it")
                raise ConnectionFailed(f"{what}: {why}", reason="variable") from error
    return _trusting("", "", 0)


@lru_cache(maxsize=8)
def _trusting(variable: str, path: str, _changed: int) -> ssl.SSLContext:
    import ssl

    if variable == "SSL_CERT_FILE":
        return ssl.create_default_context(cafile=path)
    if variable == "SSL_CERT_DIR":
        return ssl.create_default_context(capath=path)
    return httpx2.create_ssl_context(trust_env=False)


def proxies(environ: Mapping[str, str]) -> dict[str, str | None]:
    """URL patterns of httpx2 with the proxy for each, None for directly; raises for one that is unusable.

    From HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; the lower-case names count first.
    HTTP_PROXY is ignored under CGI, where a request could set it.
    """
    found: dict[str, str | None] = {}
    for pattern, proxy in _ways(environ).items():
        if isinstance(proxy, ConnectionFailed):
            raise proxy
        found[pattern] = proxy
    return found


def _ways(environ: Mapping[str, str]) -> dict[str, str | ConnectionFailed | None]:
    """As `proxies`, with what is wrong with a proxy in its place."""
    found: dict[str, str | ConnectionFailed | None] = {}
    direct = direct_patterns(environ)
    if EVERYTHING in direct:
        return {}
    for scheme in ("http", "https", "all"):
        variable = f"{scheme}_proxy"
        value = environ.get(variable, "")
        if not value and not (scheme == "http" and "REQUEST_METHOD" in environ):
            value = environ.get(variable.upper(), "")
        if value := value.strip():
            try:
                usable = _checked(variable.upper(), value if "://" in value else f"http://{value}")
            except ConnectionFailed as failure:
                found[f"{scheme}://"] = failure
            else:
                found[f"{scheme}://"] = usable
    return found | dict.fromkeys(direct) if found else {}


def _checked(variable: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):  # what they say repeats pieces, perhaps of a password
        raise ConnectionFailed(
            f"{variable} names no usable URL of a proxy",
            hint="it must be http://HOST:PORT; a / or @ in a password is written as %2F or %40",
            reason="variable",
        ) from None
    shown = one_line(f"{parts.scheme}://{parts.hostname or ''}", 100)
    if parts.scheme in SCHEMES and parts.hostname and not can_speak():
        raise ConnectionFailed(
            f"{variable} names {shown}, and the package for SOCKS proxies is not installed",
            hint="Install it with: pip install 'jackfield[socks]'; NO_PROXY names hosts to reach without.",
            reason="variable",
        )
    if parts.scheme not in ("http", "https", *SCHEMES) or not parts.hostname:
        raise ConnectionFailed(
            f"{variable} names {shown}, which is not a usable proxy",
            hint="It must be http, https, socks5 or socks5h; NO_PROXY names hosts to reach without.",
            reason="variable",
        )
    return url
