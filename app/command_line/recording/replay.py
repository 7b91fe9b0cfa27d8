"""`jackfield replay`: a recording, served on standard input and output or over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.command_line.terminal.output import OK, warn
from services.amounts import plural
from services.errors import InvalidArguments
from services.ranking import did_you_mean
from services.recording.reading import read_recording
from services.recording.script import script_of
from services.text import one_line

if TYPE_CHECKING:
    from services.recording.player import Output
    from services.recording.reading import Recording
    from services.recording.script import Script

__all__ = ("run_replay",)


def run_replay(file: str, *, http: str | None, server: str | None, pace: bool, longest_wait: float) -> int:
    """Serve until standard input closes, or over HTTP until a signal comes."""
    longest = longest_wait if pace else 0.0
    recording = _of_one(read_recording(Path(file)), server)
    if recording.cut:
        count = plural(recording.cut, "long message")
        warn(f"{count} of the recording cannot be replayed: only a part was kept")
    script = script_of(recording.frames)
    if http is not None:
        from app.command_line.recording.serving import serve
        from services.recording.http_player import HttpPlayer

        return serve(HttpPlayer(script, longest).app, http, "/mcp")
    _serve(script, longest)
    return OK


def _of_one(recording: Recording, server: str | None) -> Recording:
    names = recording.servers
    if server is None and len(names) < 2:
        return recording
    if server not in names:
        shown = ", ".join(one_line(name, 80) for name in names)
        if server is None:
            raise InvalidArguments(
                f"the recording holds several servers: {shown}", hint="--server NAME names one."
            )
        raise InvalidArguments(
            f"the recording holds no server {one_line(server, 80)}", hint=did_you_mean(server, names)
        )
    return recording.of(server)


def _serve(script: Script, longest: float) -> None:
    from services.connections.messages.frames import encode_frame
    from services.recording.pace import Paced
    from services.recording.player import Player

    player = Player(script, longest)

    def say(output: Output) -> None:
        if player.is_wanted(output):
            sys.stdout.buffer.write(encode_frame(output.message))
            sys.stdout.buffer.flush()

    paced = Paced(say)
    for line in sys.stdin.buffer:
        if line.strip():
            paced.take(player.line(line))
    paced.finish()
