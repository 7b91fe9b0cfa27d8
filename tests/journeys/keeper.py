"""Runs a program in a terminal of its own and inherits every process it leaves behind.

    keeper.py SLAVE_FD COMMAND…

As a "child subreaper" (prctl(2)) the keeper becomes the parent of every orphan below it, whatever group,
session or environment the orphan gave itself: what the program left is what hangs below the keeper. It
writes one line with the program's process id and one with its exit status, then stays until its standard
input closes.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import sys
import termios
import threading

PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Start the program and reap whatever becomes ours."""
    slave, command = int(sys.argv[1]), sys.argv[2:]
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("the kernel refuses PR_SET_CHILD_SUBREAPER")
    program = os.fork()
    if program == 0:
        _become(slave, command)
    os.close(slave)
    print(program, flush=True)
    threading.Thread(target=_reap, args=(program,), daemon=True).start()
    sys.stdin.buffer.read()


def _become(slave: int, command: list[str]) -> None:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(slave, descriptor)
    os.closerange(3, 256)
    os.execvp(command[0], command)


def _reap(program: int) -> None:
    while True:
        try:
            ended, status = os.wait()
        except ChildProcessError:
            return  # nothing is left, and nothing can come any more
        if ended == program:
            print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
