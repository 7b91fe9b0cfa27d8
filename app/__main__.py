"""The command `jackfield`; `python -m app` is the same program."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run what the command line asks for, first of all with nothing of ours open to others."""
    try:
        sys.exit(_run())
    except KeyboardInterrupt:
        # Ctrl+C while modules are still being imported.
        sys.exit(130)


def _run() -> int:
    from services.hardening import harden

    harden()
    words = sys.argv[1:]
    if words in ([], ["demo"]) and "_JACKFIELD_COMPLETE" not in os.environ:
        # Opening the session is the common case: it does not pay for the command-line library
        # (its import is a tenth of what a bare Textual app needs to its first paint).
        from app.command_line.session import open_session

        open_session(words)
        return 0
    from app.command_line.main import run

    return run(words)


if __name__ == "__main__":
    main()
