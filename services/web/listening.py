"""Sockets that we serve at."""

from __future__ import annotations

import socket

__all__ = ("listen",)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. Raises OSError.

    What is answered leaves at once. asyncio sees to that only for sockets that name their protocol, which
    those of `socket.create_server` do not: an answer in two pieces then waits 40 ms to be acknowledged.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those that are accepted inherit it
    return listening
