"""Sockets that we serve at."""

from __future__ import annotations

import socket

import pytest

from services.web.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_answer_does_not_wait_for_acknowledgements(host: str) -> None:
    try:
        listening = listen(host, 0)
    except OSError:
        assert ":" in host, "this machine has IPv4"
        pytest.skip("no IPv6 here")
    with (
        listening,
        socket.create_connection(listening.getsockname()[:2]),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
