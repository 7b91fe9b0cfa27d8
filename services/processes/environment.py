"""The variables that a server's process is given from our environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.settings import ServerSettings

__all__ = ("UNIX_VARIABLES", "WINDOWS_VARIABLES", "child_environment")

UNIX_VARIABLES = (
    *("HOME", "LOGNAME", "PATH", "SHELL", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "TMPDIR", "TZ"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
    *("CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "__CF_USER_TEXT_ENCODING"),
)
"""What every child gets on Unix, where it is set."""

WINDOWS_VARIABLES = (
    *("PATH", "PATHEXT", "COMSPEC", "SYSTEMROOT", "SYSTEMDRIVE", "USERNAME", "USERDOMAIN", "USERPROFILE"),
    *("HOMEDRIVE", "HOMEPATH", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "PROGRAMDATA"),
    *("LOCALAPPDATA", "APPDATA", "TEMP", "TMP", "POWERSHELL", "PWSH"),
)
"""What every child gets on Windows, where names count without regard to case."""


def child_environment(settings: ServerSettings, environ: Mapping[str, str], platform: str) -> dict[str, str]:
    """The environment of a stdio server: the short list, then its `env_vars`, then its `env`.

    Values are passed as they are (the order of PATH too); what is not set is left out.
    """
    windows = platform == "win32"
    ours = {name.upper(): value for name, value in environ.items()} if windows else environ
    child: dict[str, str] = {}
    for name in (*(WINDOWS_VARIABLES if windows else UNIX_VARIABLES), *settings.env_vars):
        key = name.upper() if windows else name
        if key in ours:
            child[key] = ours[key]
    for name, value in settings.env.items():
        child[name.upper() if windows else name] = value
    return child
