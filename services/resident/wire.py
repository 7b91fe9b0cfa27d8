"""What a command and a resident say to each other: frames of fields, and descriptors beside them.

Words, paths and variables cannot contain a zero byte, so that zero bytes part them: the thin client needs
no JSON. For it too nothing is imported here that Python has not loaded by itself, but `_socket`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # the module typing alone would cost 5 ms
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Sequence
    from typing import Final

__all__ = ("PROTOCOL", "file_mask", "peer", "place_mark", "receive", "receive_with", "send", "world_mark")

PROTOCOL: Final = b"jackfield resident 1"
"""The first field of a resident's hello."""

_LONGEST: Final = 1 << 24
_SOL_SOCKET: Final = 1 if sys.platform.startswith("linux") else 0xFFFF
_SCM_RIGHTS: Final = 1
_SO_PEERCRED: Final = 17
_INT: Final = 4


def send(sock: socket, *fields: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send one frame, the descriptors with its first byte. Raises OSError."""
    body = b"\0".join(fields)
    frame = len(body).to_bytes(4, "big") + body
    if descriptors:
        packed = b"".join(number.to_bytes(_INT, sys.byteorder) for number in descriptors)
        sent = sock.sendmsg([frame], [(_SOL_SOCKET, _SCM_RIGHTS, packed)])
        frame = frame[sent:]
    sock.sendall(frame)


def receive(sock: socket) -> list[bytes]:
    """The fields of the next frame; none at the end. Raises OSError."""
    return _fields(sock, b"")


def receive_with(sock: socket, most: int) -> tuple[list[bytes], list[int]]:
    """The same, with at most so many descriptors, which are then ours to close."""
    found: list[int] = []
    start, beside, _, _ = sock.recvmsg(4, 64 + most * _INT)
    for level, kind, data in beside:
        if (level, kind) == (_SOL_SOCKET, _SCM_RIGHTS):
            whole = len(data) - len(data) % _INT
            found += [int.from_bytes(data[at : at + _INT], sys.byteorder) for at in range(0, whole, _INT)]
    return (_fields(sock, start) if start else []), found


def peer(sock: socket) -> tuple[int, int] | None:
    """The process and the user at the other end, where the system tells (Linux); None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    told = sock.getsockopt(_SOL_SOCKET, _SO_PEERCRED, 3 * _INT)
    pid, user = (int.from_bytes(told[at : at + _INT], sys.byteorder) for at in (0, _INT))
    return pid, user


def _fields(sock: socket, start: bytes) -> list[bytes]:
    head = start + _exactly(sock, 4 - len(start))
    if len(head) < 4:
        return []
    size = int.from_bytes(head, "big")
    if size > _LONGEST:
        raise OSError(0, "a frame of more than 16 MiB")
    body = _exactly(sock, size)
    return body.split(b"\0") if len(body) == size else []


def _exactly(sock: socket, size: int) -> bytes:
    """So many bytes, or fewer where the other end is gone."""
    parts: list[bytes] = []
    while size and (part := sock.recv(min(size, 1 << 16))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def file_mask() -> int:
    """The mask of the files that this process makes."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def world_mark() -> bytes:
    """What stays the same of all that a process sees and may do: its root, its network, its groups."""
    network = place_mark("/proc/self/ns/net") if sys.platform.startswith("linux") else b""
    groups = b",".join(b"%d" % group for group in (os.getegid(), *sorted(os.getgroups())))
    return b" ".join((place_mark("/"), network, groups))


def place_mark(path: str) -> bytes:
    """What stays the same of a directory however it is named: to see that both mean the same one."""
    state = os.stat(path)  # noqa: PTH116
    return b"%d:%d" % (state.st_dev, state.st_ino)
