"""Servers as they are started from a directory that is not the one this program is in."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace

from services.settings import ServerSettings

__all__ = ("placed",)


def placed(settings: ServerSettings, directory: str) -> ServerSettings:
    """The settings with every path whole that counts from the directory somebody works in."""
    if settings.sandbox and not settings.sandbox.get("sandbox_cwd"):
        settings = replace(settings, sandbox={**settings.sandbox, "sandbox_cwd": directory})
    if settings.transport != "stdio":
        return settings
    whole = os.path.normpath(os.path.join(directory, settings.cwd or ""))  # noqa: PTH118
    values = {field.name: getattr(settings, field.name) for field in fields(ServerSettings)}
    return _Placed(**(values | {"cwd": whole}), cwd_of_table=settings.cwd)


@dataclass(frozen=True, slots=True)
class _Placed(ServerSettings):
    """With a whole `cwd`; what is remembered of the server is found by the one in its table, as elsewhere."""

    cwd_of_table: str | None = None

    @property
    def written_cwd(self) -> str | None:
        return self.cwd_of_table
