"""Forks a process for each line of standard input that writes a configuration and credentials until killed.

`killed_writer.py HOME`; the pid of each writer goes to standard output, one a line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from services.config.edit import set_value
from services.credentials.file_entries import FileEntries
from services.files import locked


def write(home: Path) -> None:
    entries = FileEntries(home / ".credentials.json", print)
    os.write(1, b"%d\n" % os.getpid())
    for number in count():
        set_value(home / "config.toml", "one", "args", [str(number)] * 500)
        with locked(home / ".credentials.json"):
            entries.put("one", json.dumps({"numbers": [number] * 500}))


def main(home: Path) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no child of ours stays as a zombie
    for _ in sys.stdin.buffer:
        if not os.fork():
            write(home)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
