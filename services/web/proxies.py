"""What the environment says about HTTP: proxies, and whose certificates are trusted.

The system's own proxy settings are never asked: on macOS that library may crash a process that
has threads, and a proxy nobody named in the environment would be a surprise.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from services.errors import ConnectionFailed
from services.text import one_line

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

__all__ = ("client_options", "proxies", "trust")


def client_options(environ: Mapping[str, str], limits: httpx2.Limits | None = None) -> dict[str, Any]:
    """What every `httpx2.AsyncClient` of ours is made with. Reads files: not on the event loop."""
    verify = trust(environ)
    limits = limits or httpx2.Limits()
    mounts = {
        pattern: httpx2.AsyncHTTPTransport(verify=verify, proxy=proxy, limits=limits) if proxy else None
        for pattern, proxy in proxies(environ).items()
    }
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
    """URL patterns of httpx2 with the proxy for each, None for directly.

    From HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY; the lower-case names count first.
    HTTP_PROXY is ignored under CGI, where a request could set it.
    """
    found: dict[str, str | None] = {}
    for scheme in ("http", "https", "all"):
        variable = f"{scheme}_proxy"
        value = environ.get(variable, "")
        if not value and not (scheme == "http" and "REQUEST_METHOD" in environ):
            value = environ.get(variable.upper(), "")
        if value := value.strip():
            found[f"{scheme}://"] = _checked(variable.upper(), value if "://" in value else f"http://{value}")
    if not found:
        return {}
    direct = environ.get("no_proxy", "") or environ.get("NO_PROXY", "")
    for host in (word.strip() for word in direct.split(",")):
        if host == "*":
            return {}
        if host:
            found |= dict.fromkeys(_patterns(host), None)
    return found


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
    if parts.scheme not in ("http", "https") or not parts.hostname:
        shown = one_line(f"{parts.scheme}://{parts.hostname or ''}", 100)
        raise ConnectionFailed(
            f"{variable} names {shown}, which is not an HTTP proxy",
            hint="only http:// and https:// proxies can be used; NO_PROXY names hosts to reach without",
            reason="variable",
        )
    return url


def _patterns(host: str) -> tuple[str, ...]:
    """The patterns for one word of NO_PROXY: a host and what is below it, an address, or one with a port."""
    if "://" in host:
        return (host,)
    try:
        address = ipaddress.ip_network(host.strip("[]"), strict=False)
    except ValueError:
        name, _, port = host.lstrip("*").lstrip(".").partition(":")
        where = f"{name}:{port}" if port.isdigit() else name
        if not name:
            return ()
        below = f"all://*.{where}"  # `.example.com` is what is below it only; `example.com` is both
        return (below,) if host.startswith((".", "*.")) else (f"all://{where}", below)
    start, slash, length = host.replace("[", "").replace("]", "").partition("/")
    return (f"all://[{start}]{slash}{length}" if address.version == 6 else f"all://{start}{slash}{length}",)
