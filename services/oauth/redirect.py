"""Where the browser comes back to: the redirect URI, and what to listen on for it.

`mcp_oauth_callback_url` and `mcp_oauth_callback_port` say it, or a server's own `oauth.callback_url`
and `oauth.callback_port`; else it is a port that the system chooses on 127.0.0.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit, urlunsplit

from services.errors import ConfigurationError
from services.oauth.trust import key_line
from services.text import one_line
from services.web.urls import is_local

if TYPE_CHECKING:
    from services.settings import ServerSettings

__all__ = ("Redirect", "other_callback", "redirect_for")

PATH: Final = "/callback"
_LOOPBACK: Final = "127.0.0.1"
_EVERYWHERE: Final = "0.0.0.0"


@dataclass(frozen=True, slots=True)
class Redirect:
    """What to listen on, and how the redirect URI is made once the port is known."""

    host: str = _LOOPBACK
    port: int = 0
    """0 where the system chooses."""
    url: str = ""
    """As configured; empty where nothing is."""

    @property
    def path(self) -> str:
        """The path that is answered on."""
        return (urlsplit(self.url).path or "/") if self.url else PATH

    def uri(self, port: int) -> str:
        """The redirect URI. A local one without a port gets that of the listener (RFC 8252, 7.3)."""
        if not self.url:
            return f"http://{_LOOPBACK}:{port}{PATH}"
        parts = urlsplit(self.url)
        if parts.port is not None or parts.scheme != "http" or not is_local(parts.hostname or ""):
            return self.url
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return urlunsplit((parts.scheme, f"{host}:{port}", parts.path or "/", parts.query, ""))


def redirect_for(settings: ServerSettings, callback_port: int | None, callback_url: str | None) -> Redirect:
    """The redirect of a server; its own keys come before those of the whole file.

    Raises ConfigurationError for a callback URL that no browser can come back to.
    """
    own_port, own_url = settings.oauth.get("callback_port"), settings.oauth.get("callback_url")
    port = own_port if isinstance(own_port, int) and own_port else callback_port or 0
    url = own_url if isinstance(own_url, str) and own_url else callback_url or ""
    if not url:
        return Redirect(port=port)
    try:
        parts = urlsplit(url)
        host, own = parts.hostname or "", parts.port
    except ValueError:
        host, own = "", None
    if not host or parts.scheme not in ("http", "https") or parts.fragment:
        raise ConfigurationError(
            f"mcp_oauth_callback_url is not an http or https URL: {one_line(url, 200)}",
            hint="Leave it out where the browser runs on the same machine.",
        )
    if not is_local(host):
        return Redirect(_EVERYWHERE, port, url)
    local = "::1" if ":" in host else _LOOPBACK
    return Redirect(local, port or own or 0, url)


def other_callback(redirect_uri: str) -> str:
    """The hint for a provider that may take this machine by its other name only; empty for other redirects.

    RFC 8252, section 7.3, wants 127.0.0.1 taken with any port; some take `localhost` alone, or refuse it.
    """
    parts = urlsplit(redirect_uri)
    if parts.scheme != "http" or not is_local(parts.hostname or ""):
        return ""
    other = "localhost" if parts.hostname != "localhost" else _LOOPBACK
    line = key_line("oauth.callback_url", f"http://{other}{parts.path or PATH}")
    return f"If it takes this machine by another name: {line}"
