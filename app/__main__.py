"""The command `jackfield`; `python -m app` is the same program."""

from __future__ import annotations

import os
import sys

_SHARED = ("--config", "--strict")
"""The options that stand before a command which a resident may do."""


def main() -> None:
    """Run what the command line asks for, first of all with nothing of ours open to others."""
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        # Ctrl+C while modules are still being imported.
        sys.exit(130)


def trusted_path(path: list[str], pythonpath: str, here: str) -> list[str]:
    """The import path without the working directory, and without what PYTHONPATH counts from there.

    `python -m app` and empty or relative entries put it in, and then a checkout that somebody only looks at
    gives us its modules. Where our own package or Python's library lies there, it stays.
    """
    real = os.path.realpath  # pathlib would be imported from the path that is judged here
    ours = real(os.path.join(os.path.dirname(__file__), os.pardir))  # noqa: PTH118, PTH120
    library = real(os.path.dirname(os.__file__))  # noqa: PTH120
    entries = pythonpath.split(os.pathsep) if pythonpath else []
    from_here = {real(os.path.join(here, entry)) for entry in entries if not os.path.isabs(entry)}  # noqa: PTH117, PTH118
    from_here = (from_here | {real(here)}) - {ours}

    def stays(entry: str) -> bool:
        place = real(os.path.join(here, entry))  # noqa: PTH118
        return place not in from_here or f"{place}{os.sep}".startswith(f"{library}{os.sep}")

    return [entry for entry in path if stays(entry)]


def _run() -> int:
    try:  # contextlib would be imported from the path that is judged
        here = os.getcwd()  # noqa: PTH109
    except OSError:  # it is gone
        here = ""
    if here:
        sys.path[:] = trusted_path(sys.path, os.environ.get("PYTHONPATH", ""), here)
    words = sys.argv[1:]
    completing = "_JACKFIELD_COMPLETE" in os.environ
    if not completing and words and (words[0][:1] != "-" or words[0].startswith(_SHARED)):
        from services.resident.client import answered

        if (status := answered(words)) is not None:
            return status
    from services.garbage import look_no_more
    from services.hardening import harden

    harden()
    look_no_more()
    if words[:2] == ["resident", "run"]:
        from app.resident import be_resident

        return be_resident(words[2:])
    if words in ([], ["demo"]) and not completing:
        # Opening the session is the common case: it does not pay for the command-line library
        # (its import is a tenth of what a bare Textual app needs to its first paint).
        from app.command_line.session import open_session

        open_session(words)
        return 0
    from app.command_line.main import run

    return run(words)


if __name__ == "__main__":
    main()
