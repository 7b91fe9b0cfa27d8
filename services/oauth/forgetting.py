"""Forgetting the login of a server that was removed; for the shell and the session alike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.config.source import Source

__all__ = ("forget_login",)


def forget_login(chosen: Source, name: str, table: Any, tell: Callable[[str], None] | None = None) -> str:
    """Forget the credentials of a server that had this table; what there is to say about it.

    Nothing is asked of the network; a program's table costs nothing at all. Blocking.
    """
    if not isinstance(table, dict) or "url" not in table:
        return ""
    from services.config.file import from_tables
    from services.config.paths import home
    from services.credentials.store import CredentialStore
    from services.oauth.credentials import KeptCredentials

    settings = from_tables({name: table}, environ=os.environ).servers[0]
    if settings.invalid:
        # Only a variable that is set at other times can have had a login.
        known = "${" not in str(table["url"])
        return "" if known else "Its credentials, if any, are still stored: its URL is not known."
    try:
        store = CredentialStore(home(), chosen.load(expand=False).credentials_store, tell=tell)
        forgotten = KeptCredentials(store).forget(settings)
    except JackfieldError as error:
        return f"Its credentials, if any, are still stored: {error.message}"
    return "Its credentials were deleted." if forgotten else ""
