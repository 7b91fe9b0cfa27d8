"""`jackfield resident`: start, stop and show what keeps servers running between commands."""

from __future__ import annotations

import os
from typing import Any, Final

import click

from app.command_line.terminal.output import FAILED, OK, Cell, answer, fail, note, print_json, table
from services.amounts import seconds_text
from services.errors import ConfigurationError

__all__ = ("start", "status", "stop")

_START_SECONDS: Final = 20.0
_HEADERS = ("Server", "State", "Commands", "Idle for", "Process", "Directory")


@click.command("start")
def start() -> int:
    """Start a resident that keeps every configured server which a command uses.

    It ends by itself after [resident] idle_minutes without a command. One that runs only for servers with
    keep_alive = true keeps all of them from now on.
    """
    _refuse_elsewhere()
    from services.resident import starting

    if starting.keep_all() and (told := starting.status()) is not None:
        note(f"A resident runs already, as process {told['pid']}; it keeps every server that is used.")
        return OK
    if starting.residents():
        note("Another resident is in its place, which does not answer or is of another version; it is ended.")
        starting.stop()
    told = starting.wait_for_one(starting.spawn((), keeps_all=True), _START_SECONDS)
    if told is None:
        fail(
            ConfigurationError("the resident did not start", hint="logs/jackfield-resident.log may say why."),
            FAILED,
        )
    minutes = f"{told['idle_seconds'] / 60:g}"
    note(f"A resident runs as process {told['pid']}; it ends after {minutes} minutes without a command.")
    return OK


@click.command("stop")
def stop() -> int:
    """End the resident and the servers it keeps; commands under way are cancelled."""
    _refuse_elsewhere()
    from services.resident.starting import stop as stop_all

    ended = stop_all()
    note(f"The resident is ended (process {ended[0]})." if ended else "No resident runs.")
    return OK


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON document.")
def status(as_json: bool) -> int:
    """Show whether a resident runs, which servers it keeps, and which open sessions lend theirs.

    Exit status: 0 one runs, 1 none does.
    """
    _refuse_elsewhere()
    from services.resident.sessions import lenders
    from services.resident.starting import residents
    from services.resident.starting import status as ask

    told, sessions = ask(), lenders()
    if as_json:
        print_json({"running": told is not None, **(told or {}), "sessions": sessions})
        return OK if told is not None else FAILED
    for pid in sessions:
        note(f"A session that is open lends its servers (process {pid}).")
    if told is None:
        for hung in residents()[:1]:
            said = "A resident does not answer, or leaves and waits for its last commands"
            note(f"{said} (process {hung}): jackfield resident stop ends it.")
            return FAILED
        note("No resident runs.")
        return FAILED
    kept = "every server that is used" if told["keeps_all"] else "servers with keep_alive = true"
    answer(f"process {told['pid']}, version {told['version']}, keeps {kept}")
    if told.get("servers"):
        answer(table(map(_row, told["servers"]), _HEADERS))
    return OK


def _row(server: dict[str, Any]) -> list[str | Cell]:
    good = "green" if server["state"] == "ready" else "yellow"
    idle = "" if server["commands"] else seconds_text(server["rests_for"])
    return [
        server["server"],
        Cell(server["state"], good),
        str(server["commands"]),
        idle,
        str(server["pid"] or ""),
        server["directory"],
    ]


def _refuse_elsewhere() -> None:
    if os.name != "posix":
        fail(ConfigurationError("there is no resident on Windows", hint="Every command connects by itself."))
