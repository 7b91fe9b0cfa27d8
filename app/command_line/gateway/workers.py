"""`jackfield serve --http --workers N`: several processes that take turns at one address."""

from __future__ import annotations

import os
import shlex
import time
from typing import TYPE_CHECKING, Any, Final

import click

from app.command_line.gateway.words import WORDS
from app.command_line.terminal.output import FAILED, note

if TYPE_CHECKING:
    from app.command_line.gateway.opening import Opening

__all__ = ("OPTIONS", "SERVE", "serve_by_workers")

SERVE: Final = "JACKFIELD_SERVE"
"""The variable with what stands behind `jackfield serve`."""
OPTIONS: Final = "JACKFIELD_OPTIONS"
"""The variable with what stands before `serve`: `--config FILE`, `--strict`."""
_APPLICATION: Final = "app.command_line.gateway.asgi:application"
_HEALTHY: Final = 60
"""Seconds in which a worker must show that it runs; the SDK takes some to load where others are busy."""
_ENDING: Final = 15.0
"""Seconds that workers have to end their servers."""


def serve_by_workers(context: click.Context, opening: Opening, count: int) -> int:
    """Serve until a signal comes; a worker that dies is replaced."""
    if opening.http is None:
        raise click.UsageError("--workers is for --http.", context)
    if opening.settings.state is None:
        raise click.UsageError("--workers needs --state, or state in [gateway].", context)
    if opening.settings.questions == "here":
        raise click.UsageError("--workers share no terminal: leave --questions here out.", context)
    from app.command_line.recording.serving import listening_at, shown_host

    _, said = opening.access()
    _tell_workers(context)
    with listening_at(opening.http) as sockets:
        for line in said:
            note(line)
        note(f"http://{shown_host(opening.host)}:{sockets.getsockname()[1]}{opening.address}")
        return _run(sockets, count)


def _tell_workers(context: click.Context) -> None:
    """Have the workers do what this command was told to."""
    root = context.find_root().params
    named = root.get("config")
    words = ["--config", os.path.abspath(named)] if named is not None else []  # noqa: PTH100
    os.environ[OPTIONS] = shlex.join([*words, *(["--strict"] if root.get("strict") else [])])
    os.environ[SERVE] = shlex.join(context.meta[WORDS])


def _run(sockets: Any, count: int) -> int:
    from uvicorn import Config
    from uvicorn.supervisors import Multiprocess

    class Workers(Multiprocess):
        """Knows which signal ended it, and waits for no worker that does not end."""

        signal = 0

        def handle_signals(self) -> None:
            if self.signal_queue:
                self.signal = self.signal_queue[0]
            super().handle_signals()

        def join_all(self) -> None:
            end = time.monotonic() + _ENDING
            for each in self.processes:
                each.process.join(max(0.0, end - time.monotonic()))
                if each.process.is_alive():
                    each.process.kill()
                each.process.join()

    workers = Workers(
        Config(
            _APPLICATION,
            interface="asgi3",
            workers=count,
            lifespan="on",
            log_level="critical",
            access_log=False,
            ws="none",
            proxy_headers=False,  # anybody may send them
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,  # open event streams would hold the exit for ever
            timeout_worker_healthcheck=_HEALTHY,
        ),
        [sockets],
    )
    workers.run()
    return 128 + workers.signal if workers.signal else FAILED
