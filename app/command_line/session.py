"""Opening the session from the command line, and leaving it without a trace."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from services.config.source import Source
    from services.settings import Configuration

__all__ = ("open_session",)


def open_session(
    words: Sequence[str],
    source: Callable[[], Source] | None = None,
    *,
    resume: str | None = None,
    go_on: bool = False,
) -> None:
    """Open the session on the configuration, on the demo (`demo`) or on one server (`run …`).

    `source` takes the place of the home directory's config.toml; it is called in a thread, behind
    the first paint. `resume` names an earlier session to reopen, or is empty to choose one; `go_on`
    reopens the latest one.
    """
    # Textual draws on standard error.
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        _fail("the session needs a terminal; jackfield --help lists what works without one", 2)
    try:
        load = _loader(words)
        resume = _reopened(words, resume, go_on=go_on)
    except JackfieldError as error:
        _fail(str(error), 2)
    sys.exit(asyncio.run(_session(load, source or _home_source, words, resume)))


def _reopened(words: Sequence[str], resume: str | None, *, go_on: bool) -> str | None:
    """The exact name of the session to reopen. Raises NoSuchSession before the screen opens."""
    if not resume and not go_on:
        return resume
    from services.config.paths import home
    from services.secrecy.secrets import masked_arguments
    from services.transcript.folder import find_session, latest

    folder = home() / "history"
    if resume:
        return find_session(folder, resume).id
    return latest(folder, os.getcwd(), tuple(masked_arguments(words))).id  # noqa: PTH109 - as it is kept


def _loader(words: Sequence[str]) -> Callable[[], Configuration] | None:
    """How to get a configuration that no file holds; None when a file does."""
    if words[:1] == ["demo"]:
        return _demo
    if words[:1] == ["run"]:
        from services.config import builtin

        configuration = builtin.single(words[1:])
        return lambda: _with_models(configuration)
    from services.config.home import check_home

    check_home()
    return None


def _demo() -> Configuration:
    from services.config import builtin

    return _with_models(builtin.demo())


def _with_models(configuration: Configuration) -> Configuration:
    """The same servers, and the models of the home directory's config.toml where it can be read."""
    from dataclasses import replace

    try:
        own = _home_source().loaded().configuration
    except JackfieldError:
        return configuration
    return replace(configuration, models=own.models, credentials_store=own.credentials_store)


def _home_source() -> Source:
    from services.config.source import home_source

    return home_source()


async def _session(
    load: Callable[[], Configuration] | None,
    source: Callable[[], Source],
    words: Sequence[str],
    resume: str | None,
) -> int:
    from app.jackfield import Jackfield
    from services.transcript.keeping import Keeping

    # Nothing a library logs may end up on the terminal, while the session runs or after it.
    logging.getLogger().addHandler(logging.NullHandler())
    app = Jackfield(
        load,
        source=None if load else source,
        save_logs=True,
        lends=load is None,
        keeping=Keeping(tuple(words), resume),
    )
    try:
        await app.run_async()
    finally:
        # The terminal is the person's again; ending the servers may take a moment longer.
        await app.close_connections()
    return app.return_code or 0


def _fail(message: str, status: int) -> None:
    sys.stderr.write(f"Error: {message}\n")
    sys.exit(status)
