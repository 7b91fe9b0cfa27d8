"""The keys that names and handles of the gateway are made with: what one process made, the others accept."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState

__all__ = ("Keys",)

_MOST: Final = 5


class Keys:
    """The first key makes, every key is accepted; whatever their length."""

    def __init__(self, first: bytes) -> None:
        self._all: tuple[bytes, ...] = (first,)
        self._codec = _codec(self._all)

    @property
    def all(self) -> tuple[bytes, ...]:
        """The first, and those that were first before."""
        return self._all

    def adopt(self, key: bytes) -> None:
        """Make a key the first; what was made before goes on being good."""
        if key != self._all[0]:
            self._all = (key, *(one for one in self._all if one != key))[:_MOST]
            self._codec = _codec(self._all)

    def sealed(self, told: bytes) -> str:
        """A text that only holders of the key can read or make."""
        return self._codec.seal(told)

    def opened(self, text: str) -> bytes | None:
        """What was sealed; None for what none of these keys did."""
        try:
            return self._codec.unseal(text)
        except (InvalidRequestState, ValueError):
            return None


def _codec(keys: tuple[bytes, ...]) -> AESGCMRequestStateCodec:
    return AESGCMRequestStateCodec([sha256(key).digest() for key in keys])
