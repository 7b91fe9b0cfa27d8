"""Where a resident is met: names that are short, directories that are nobody else's, peers that are us."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from services.resident.place import is_private, make_private, socket_name, sockets
from services.resident.wire import peer, receive, receive_with, send, world_mark

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no resident on Windows")

USER = os.getuid() if os.name == "posix" else 0


@pytest.mark.parametrize("length", [10, 60, 80, 300])
def test_a_path_always_fits_into_a_socket_address(length: int) -> None:
    paths = sockets({"XDG_RUNTIME_DIR": "/" + "r" * length, "JACKFIELD_HOME": "/h" * 200}, USER)
    assert paths
    assert all(len(path) <= 100 for path in paths)
    assert paths[-1].startswith(f"/tmp/jackfield-{USER}/")
    assert (len(paths) == 2) == (length < 70)


def test_a_relative_runtime_directory_counts_for_nothing() -> None:
    assert len(sockets({"XDG_RUNTIME_DIR": "run"}, USER)) == 1


def test_each_home_has_a_name_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = [
        {"JACKFIELD_HOME": str(tmp_path)},
        {"JACKFIELD_HOME": "elsewhere"},
        {"HOME": "/home/ann"},
        {"HOME": "/home/ann", "XDG_CONFIG_HOME": "/home/ann/c"},
    ]
    assert len({socket_name(environ) for environ in named}) == len(named)
    monkeypatch.chdir(tmp_path)
    assert socket_name({"JACKFIELD_HOME": "."}) == socket_name({"JACKFIELD_HOME": str(tmp_path)})


def test_a_directory_that_others_may_enter_is_not_used(tmp_path: Path) -> None:
    place = tmp_path / "place"
    assert make_private(str(place), USER)
    assert place.stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(place)
    assert not is_private(str(tmp_path / "link"), USER)
    assert not is_private(str(place), USER + 1)
    assert not is_private(str(tmp_path / "none"), USER)
    for mode in (0o755, 0o710, 0o701, 0o777):
        place.chmod(mode)
        assert not is_private(str(place), USER)
        assert not make_private(str(place), USER)


def test_other_groups_are_another_world(monkeypatch: pytest.MonkeyPatch) -> None:
    before = world_mark()
    assert world_mark() == before
    monkeypatch.setattr(os, "getgroups", lambda: [12345])
    assert world_mark() != before
    monkeypatch.undo()
    monkeypatch.setattr(os, "getegid", lambda: 12345)
    assert world_mark() != before


def test_fields_and_descriptors_arrive_as_they_were_sent(tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "file").open("wb") as file:
        fields = [b"run", b"", b"\xff\n" * 100_000, "ä=1".encode()]
        theirs.settimeout(10)
        send(ours, b"first")
        assert receive_with(theirs, 3) == ([b"first"], [])
        os.set_blocking(ours.fileno(), True)
        import threading

        sending = threading.Thread(target=send, args=(ours, *fields), kwargs={"descriptors": [file.fileno()]})
        sending.start()
        found, numbers = receive_with(theirs, 3)
        sending.join()
        assert found == fields
        assert len(numbers) == 1
        assert os.path.samestat(os.fstat(numbers[0]), os.fstat(file.fileno()))
        os.close(numbers[0])
        if (who := peer(ours)) is not None:
            assert who == (os.getpid(), USER)
        ours.sendall(b"\0\0\0\x10half")
        ours.close()
        assert receive(theirs) == []
