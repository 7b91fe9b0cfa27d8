"""Pages in a browser do not reach the recorder and the player on this machine."""

from __future__ import annotations

import pytest

from services.recording.http_server import refused


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8931", "localhost:8931", "[::1]:8931", "192.0.2.7:8931", "box:1"]
)
@pytest.mark.parametrize(
    "origin", ["", "http://localhost:6274", "http://127.0.0.1:80", "http://[::1]", "http://box"]
)
def test_programs_and_pages_of_this_machine_are_answered(host: str, origin: str) -> None:
    headers = {"host": host} | ({"origin": origin} if origin else {})
    assert refused(headers, "box") == ""


@pytest.mark.parametrize(
    "origin", ["null", "http://192.0.2.7", "https://example.com", "http://[", "file://", "x"]
)
def test_other_pages_are_not(origin: str) -> None:
    assert "origin" in refused({"host": "127.0.0.1:8931", "origin": origin}, "127.0.0.1")


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com:80", "[::1", "localhost.example"])
def test_names_that_lead_here_are_not_ours(host: str) -> None:
    assert "host" in refused({"host": host}, "127.0.0.1")
