"""Servers that an editor hands over: tables as config.toml has them, read by what reads that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from acp import schema

from services.config.file import from_tables
from services.errors import InvalidArguments
from services.placing import placed
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from services.settings import Configuration

    Given = schema.HttpMcpServer | schema.SseMcpServer | schema.AcpMcpServer | schema.McpServerStdio

__all__ = ("with_given",)


def with_given(configuration: Configuration, given: Sequence[Given], directory: str) -> Configuration:
    """The configuration with these servers behind its own, all started from a directory.

    A name that is taken gets a number. Raises InvalidArguments.
    """
    taken = {server.name for server in configuration.servers}
    tables: dict[str, dict[str, Any]] = {}
    for server in given:
        tables[_free(server.name, {*taken, *tables})] = _table(server)
    # No environ: the editor has put in what it wants to be there.
    added = from_tables(tables, environ=None).servers
    servers = (*configuration.servers, *added)
    return replace(configuration, servers=tuple(placed(server, directory) for server in servers))


def _free(name: str, taken: Iterable[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _table(server: Given) -> dict[str, Any]:
    match server:
        case schema.HttpMcpServer():
            return {"url": server.url, "http_headers": _pairs(server.headers)}
        case schema.SseMcpServer():
            return {"url": server.url, "transport": "sse", "http_headers": _pairs(server.headers)}
        case schema.McpServerStdio():
            return {"command": server.command, "args": server.args, "env": _pairs(server.env)}
        case _:
            raise InvalidArguments(
                f"the server {one_line(server.name, 80)} cannot be reached: MCP over ACP is not supported",
                hint="The transports stdio, http and sse are.",
            )


def _pairs(found: Iterable[schema.HttpHeader | schema.EnvVariable]) -> dict[str, str]:
    return {one.name: one.value for one in found}
