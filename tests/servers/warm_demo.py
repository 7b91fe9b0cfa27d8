"""The demo server without the second that importing the SDK takes, for tests that start it often.

`python -S -m tests.servers.warm_demo SOCKET` hands its standard streams to a process that has everything
imported, waits, and ends with the exit status of the server that was forked there. What the server does is
the same; what the operating system sees of it is not, so tests about processes start the real one.
"""

import os
import socket
import struct
import sys


def main() -> None:
    """Be the server's process, as far as whoever started it can tell."""
    with socket.socket(socket.AF_UNIX) as warm:
        warm.connect(sys.argv[1])
        socket.send_fds(warm, [b"."], [0, 1, 2])
        for descriptor in (0, 1):  # the server's own now: their ends must be seen
            os.close(descriptor)
        status = warm.recv(4)
    os._exit(struct.unpack("i", status)[0] if len(status) == 4 else 1)


if __name__ == "__main__":
    main()
