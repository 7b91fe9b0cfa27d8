"""Server logs on the disk: named safely, rotated, private, and never in anybody's way."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.errors import JackfieldError
from services.events import LogLine
from services.logs.files import LogFiles, file_name
from tests.support.servers import quick
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "logs"


@pytest.fixture
def logs(folder: Path) -> Iterator[LogFiles]:
    logs = LogFiles(folder)
    yield logs
    logs.close()


def said(text: str, server: str = "demo", **more: str) -> LogLine:
    return LogLine(server, text, more.get("source", "stderr"), more.get("level", "info"), 0.0)  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_lines_are_kept_with_time_source_and_level(logs: LogFiles, folder: Path) -> None:
    logs.write(said("it rains"))
    logs.write(said("it pours", source="server", level="warning"))
    logs.write(said("ready: quick", source="lifecycle"))
    assert logs.flush()
    assert (folder / "demo.log").read_text().splitlines() == [
        "1970-01-01T00:00:00.000Z stderr: it rains",
        "1970-01-01T00:00:00.000Z server warning: it pours",
        "1970-01-01T00:00:00.000Z jackfield: ready: quick",
    ]


def test_only_the_owner_may_read_them(logs: LogFiles, folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    (folder / "demo.log").touch(mode=0o644)
    logs.write(said("secret matters"))
    assert logs.flush()
    assert (mode(folder), mode(folder / "demo.log")) == (0o700, 0o600)


def test_files_are_rotated_and_the_oldest_goes(folder: Path) -> None:
    logs = LogFiles(folder, limit=1_000, kept=3)
    for number in range(100):
        logs.write(said(f"line {number:03} {'x' * 60}"))
    logs.close()
    names = sorted(path.name for path in folder.iterdir())
    assert set(names) <= {"demo.log", "demo.log.1", "demo.log.2"}
    assert all(path.stat().st_size < 1_200 for path in folder.iterdir())
    kept = "".join(
        (folder / name).read_text()
        for name in ("demo.log.2", "demo.log.1", "demo.log")
        if (folder / name).exists()
    )
    numbers = [int(line.split("line ")[1][:3]) for line in kept.splitlines()]
    assert numbers == list(range(numbers[0], 100))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", ".hidden", "-rf", "a/b", "con", "ä ö", "x" * 300, "a\x00b", "e\x1b[31m", ""]
)
def test_a_name_becomes_one_harmless_file_name(name: str) -> None:
    safe = file_name(name)
    assert safe == Path(safe).name
    assert safe.isascii()
    assert safe.isprintable()
    assert len(safe) < 120
    assert not safe.startswith((".", "-"))


def test_names_that_look_alike_do_not_share_a_file(logs: LogFiles, folder: Path) -> None:
    assert len({file_name(name) for name in ("a/b", "a_b", "a b", "a.b")}) == 4
    for name in ("GitHub", "github", "GITHUB"):
        logs.write(said(name, name))
    assert logs.flush()
    contents = {path.name.casefold(): path.read_text() for path in folder.iterdir()}
    assert len(contents) == 3
    assert all(len(text.splitlines()) == 1 for text in contents.values())


def test_a_flood_is_bounded_and_what_is_dropped_is_counted(folder: Path) -> None:
    logs = LogFiles(folder, limit=1 << 30)
    gate = threading.Lock()
    append = logs._append

    def slow(path: Path, texts: list[str]) -> None:
        with gate:
            append(path, texts)

    logs._append = slow  # type: ignore[method-assign]
    gate.acquire()
    for number in range(60_000):  # whoever waited for the disk would wait for ever
        logs.write(said(f"line {number}"))
    assert len(logs._waiting) <= 20_000
    gate.release()
    logs.close()
    lines = (folder / "demo.log").read_text().splitlines()
    dropped = int(lines[-1].split("warning: ")[1].split()[0])
    assert "lines dropped: they came too fast" in lines[-1]
    assert len(lines) - 1 + dropped == 60_000


def test_a_disk_that_takes_nothing_costs_one_warning(tmp_path: Path) -> None:
    place = tmp_path / "logs"
    place.write_text("a file where the folder should be")
    warnings: list[str] = []
    logs = LogFiles(place, warn=warnings.append)
    for _ in range(3):
        logs.write(said("lost"))
        assert logs.flush()
    logs.close()
    assert len(warnings) == 1
    assert warnings[0].startswith(f"logs are not saved to {place}: ")


@pytest.mark.skipif(AS_ROOT, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_costs_one_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    warnings: list[str] = []
    logs = LogFiles(tmp_path / "logs", warn=warnings.append)
    logs.write(said("lost"))
    logs.close()
    tmp_path.chmod(0o700)
    assert len(warnings) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_neither_a_device_nor_a_link_is_written_to(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "demo.log").symlink_to(tmp_path / "elsewhere")
    warnings: list[str] = []
    logs = LogFiles(folder, warn=warnings.append)
    logs.write(said("not through a link"))
    logs.close()
    assert not (tmp_path / "elsewhere").exists()
    assert len(warnings) == 1


def test_the_end_writes_what_is_left(folder: Path) -> None:
    logs = LogFiles(folder)
    for number in range(5_000):
        logs.write(said(f"line {number}"))
    logs.close()
    logs.write(said("too late"))
    assert len((folder / "demo.log").read_text().splitlines()) == 5_000


def test_text_that_acts_is_only_text(logs: LogFiles, folder: Path) -> None:
    logs.write(said("\x1b]0;title\x07 red\x1b[31m\nline two \u202e"))
    assert logs.flush()
    assert (folder / "demo.log").read_text() == "1970-01-01T00:00:00.000Z stderr:  red\n    line two \n"


async def test_a_server_that_dies_leaves_its_log_with_secrets_masked(folder: Path) -> None:
    logs = LogFiles(folder)
    settings = quick("dying", env={"API_TOKEN": "tok-1234-very-secret"})
    async with ConnectionManager([settings], logs=logs) as manager:
        await manager.settled(30)
        with pytest.raises(JackfieldError):
            await manager.call_tool("dying", "die", {"status": 3})
        manager._connections["dying"].log.say("my token is tok-1234-very-secret", "stderr")
        await until(lambda: "status 3" in manager.status("dying").cause)
    text = (folder / "dying.log").read_text()
    assert "stderr: dying" in text
    assert "jackfield: ready: Quick 1" in text
    assert "my token is *****" in text
    assert "tok-1234" not in text
    assert not any(line.text.count("tok-1234") for line in manager.log("dying"))
