"""Sessions written as they happen and read again: whole lines, bounds, masks, whatever is in the files."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.secrecy.redaction import MASK, Redactor
from services.transcript import lines
from services.transcript.bounds import MOST_TEXT
from services.transcript.entries import Entry, Heading, Part
from services.transcript.folder import (
    OLDER,
    NoSuchSession,
    beside,
    find_session,
    latest,
    new_path,
    sessions,
    take,
    tidy,
)
from services.transcript.lines import entry_line, read_entry
from services.transcript.masking import Masker, masked
from services.transcript.reading import called_before, entered_before, newest_first, oldest_first
from services.transcript.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

HEADING = Heading(1_000.0, "/work", ())
PICTURE = base64.b64encode(random.Random(0).randbytes(30_000)).decode()


def an_entry(number: int = 0, kind: str = "entry", **more: Any) -> Entry:
    return Entry(number, 1_000.0 + number, kind, **more)


def recording(folder: Path, **options: Any) -> Recorder:
    recorder = Recorder(Masker, **options)
    recorder.open(new_path(folder), HEADING)
    return recorder


def put(recorder: Recorder, entry: Entry, *, new: bool = True) -> None:
    recorder.put(entry.number, entry.kind, lambda: entry, new=new)


def read(*paths: Path) -> list[Entry]:
    return [found.entry for found in newest_first(paths)]


# One line.


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(),
        an_entry(
            7, "done", name="a.b", detail="x=1", took="1.2 s", server="a", again="/call a b {}", stem="a-b"
        ),
        an_entry(
            7, "done", result="tool", raw={"content": [{"type": "text", "text": "\u2028\ud800 \x1b[31m"}]}
        ),
        an_entry(1, "text", parts=(Part("text", "a\nb", "dim"), Part("link", more={"uri": "x:y", "n": 3}))),
        an_entry(1, "new kind", parts=(Part("a new part", "…", more={"flag": True, "nothing": None}),)),
    ],
)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    line = entry_line(entry)
    assert line.isascii() and line.count(b"\n") == 1
    assert read_entry(line) == entry


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\0" * 500,
        b'{"n":',
        b'{"n":1,"kind":"entry"',
        b'{"n":x,"kind":"entry"}',
        b'{"n":99999999999999999999999999,"kind":"entry"}',
        b'{"n":1}',
        b'{"n":1,"kind":7}',
        b'{"n":1,"kind":"entry","parts":' + b"[" * 100_000,
        b'{"other":1}',
        b"\xff\xfe",
    ],
)
def test_a_line_that_is_no_entry_is_passed_over(line: bytes) -> None:
    assert read_entry(line) is None


@pytest.mark.parametrize(
    "told",
    [
        {"at": "x", "parts": {"a": 1}, "raw": [1], "result": "other"},
        {"at": True, "parts": [1, None, {"text": 5, "more": [1]}], "name": {"x": 1}},
        {
            "parts": [{"kind": {"a": 1}, "text": "\x1b]0;title\x07x", "more": {"uri": {"a": 1}}}],
            "name": "\x1b[2Jn",
        },
    ],
)
def test_a_line_that_somebody_changed_harms_nobody(told: dict[str, object]) -> None:
    entry = read_entry(json.dumps({"n": 1, "kind": "done", **told}, separators=(",", ":")).encode())
    assert entry is not None
    assert all(isinstance(part, Part) and isinstance(part.text, str) for part in entry.parts)
    assert "\x1b" not in entry.name + "".join(part.text for part in entry.parts)


# Bounds and masks.


@pytest.mark.parametrize(
    "entry",
    [
        an_entry(parts=(Part("text", "x" * 50_000_000),)),
        an_entry(parts=(Part("text", "x" * 60_000),) * 1_000),
        an_entry(raw={"content": [{"type": "text", "text": "x" * 50_000_000}]}, kind="done"),
        an_entry(raw={"content": [{"type": "text", "text": "x" * 60_000}] * 1_000}, kind="done"),
        an_entry(raw={"content": [{"type": "image", "data": PICTURE * 500}]}, kind="done"),
        an_entry(detail="x" * 1_000_000, again="x" * 1_000_000, shell="x" * 1_000_000),
    ],
)
def test_a_line_is_bounded_and_says_so(entry: Entry) -> None:
    line = entry_line(masked(entry, Redactor()))
    assert len(line) <= lines.MOST_LINE
    found = read_entry(line)
    assert found is not None
    assert (
        not (entry.parts or entry.raw)
        or "not kept" in repr(found)
        or "not kept" in repr(found.raw)
        or ("too large to be kept" in repr(found))
    )


def test_nesting_without_end_costs_only_the_raw_answer() -> None:
    deep: dict[str, object] = {}
    for _ in range(50_000):
        deep = {"a": deep}
    entry = masked(an_entry(kind="done", raw=deep, parts=(Part("text", "kept"),)), Redactor())
    assert read_entry(entry_line(entry)).parts == entry.parts  # type: ignore[union-attr]


def test_pictures_stay_whole() -> None:
    raw = {"content": [{"type": "image", "data": PICTURE, "mimeType": "image/png"}]}
    assert masked(an_entry(kind="done", raw=raw), Redactor()).raw == raw


@pytest.mark.parametrize(
    "secret",
    [
        {"again": '/call a b {"password": "hunter2-hunter2"}'},
        {"again": "/call a b token=hunter2-hunter2"},
        {"detail": 'x="known-secret-1"'},
        {"shell": 'jackfield call a b --args \'{"api_key": "hunter2-hunter2"}\''},
        {"parts": (Part("text", "it is known-secret-1"),)},
        {"parts": (Part("json", '{"password": "hunter2-hunter2"}'),)},
        {"parts": (Part("link", more={"uri": "https://x/?token=hunter2-hunter2"}),)},
        {"parts": (Part("text", "x" * (MOST_TEXT - 8) + "known-secret-1" + "y" * 100),)},
        {"raw": {"content": [{"text": "x" * (MOST_TEXT - 8) + "known-secret-1" + "y" * 100}]}},
        {"raw": {"structuredContent": {"password": "hunter2-hunter2"}}},
        {"raw": {"content": [{"type": "image", "data": PICTURE[:400] + "knownInBase64x" + PICTURE}]}},
        {"raw": {"content": [{"data": ("x y " * 400) + "token=hunter2-hunter2"}]}},
        {"copied": "https://x/?token=hunter2-hunter2"},
        {"name": "known-secret-1"},
    ],
)
def test_no_secret_is_written(secret: dict[str, Any]) -> None:
    redactor = Masker()
    redactor.learn(["known-secret-1", "knownInBase64x"])
    line = entry_line(masked(an_entry(kind="done", **secret), redactor)).decode()
    assert not any(word in line for word in ("hunter2", "known-se", "knownInBase64x"))


# Written as it happens.


def test_what_happens_is_there_at_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    recorder = recording(folder)
    put(recorder, an_entry(0, "entry", again="/call a b"))
    put(recorder, an_entry(1, "running", name="a.b"))
    assert recorder.flush()
    assert recorder.path is not None
    assert [entry.kind for entry in read(recorder.path)] == ["interrupted", "entry"]
    put(recorder, an_entry(1, "done", name="a.b", raw={"x": 1}), new=False)
    assert recorder.flush()
    assert [entry.kind for entry in read(recorder.path)] == ["done", "entry"]
    assert [entry.raw for entry in oldest_first([recorder.path])] == [None, {"x": 1}]
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(recorder.path.stat().st_mode)) == (0o700, 0o600)
    recorder.close()


def test_a_session_in_which_nothing_was_done_leaves_no_file(tmp_path: Path) -> None:
    recorder = recording(tmp_path / "history")
    put(recorder, an_entry(0, "notice", parts=(Part("text", "hello"),)))
    recorder.close()
    assert not (tmp_path / "history").exists()


def test_an_answer_that_grows_is_written_once_a_second(tmp_path: Path) -> None:
    recorder = recording(tmp_path)
    until, number = time.monotonic() + 1.6, 0
    while time.monotonic() < until:
        number += 1
        text = Part("markdown", "word " * number)
        put(recorder, an_entry(0, "answer", parts=(text,)), new=number == 1)
        time.sleep(0.01)
    assert recorder.flush() and recorder.path is not None
    written = recorder.path.read_bytes().count(b'"kind":"answer"')
    assert 2 <= written <= 4
    assert read(recorder.path)[0].parts == (text,)
    recorder.close()


def test_what_was_cleared_is_not_read(tmp_path: Path) -> None:
    recorder = recording(tmp_path)
    put(recorder, an_entry(0))
    put(recorder, an_entry(1, "running"))
    recorder.flush()
    recorder.clear(2)
    put(recorder, an_entry(1, "cancelled"), new=False)
    put(recorder, an_entry(2, "entry", again="after"))
    recorder.close()
    assert recorder.path is not None
    assert [entry.number for entry in read(recorder.path)] == [2]


def test_a_large_session_loses_its_oldest_half_at_a_time(tmp_path: Path) -> None:
    recorder = recording(tmp_path, most_file=100_000)
    for number in range(400):
        put(recorder, an_entry(number, "text", parts=(Part("text", "x" * 1_000),)))
        if number == 0:
            put(recorder, an_entry(0, "entry"))
        if number % 20 == 0:
            recorder.flush()
    recorder.close()
    assert recorder.path is not None
    paths = (recorder.path, beside(recorder.path, OLDER))
    assert sum(path.stat().st_size for path in paths if path.exists()) < 260_000
    numbers = [entry.number for entry in read(*paths)]
    assert numbers == list(range(399, 399 - len(numbers), -1)) and len(numbers) > 90
    assert sessions(tmp_path)[0].heading == HEADING


def test_a_full_disk_costs_one_warning_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    recorder = recording(tmp_path, warn=said.append)
    full = [True]
    write = os.write

    def no_room(number: int, data: bytes) -> int:
        if full[0] and len(data) > 60:
            write(number, data[:50])
            raise OSError(28, "No space left on device")
        return write(number, data)

    monkeypatch.setattr("services.files.os.write", no_room)
    for number in range(3):
        put(recorder, an_entry(number, "entry", again=f"line {number}" + "x" * 100))
    deadline = time.monotonic() + 10
    while not said and time.monotonic() < deadline:
        time.sleep(0.01)
    full[0] = False
    assert len(said) == 1 and "No space left" in said[0]
    recorder._retry_at = 0.0
    recorder.close()
    assert recorder.path is not None
    assert [entry.number for entry in read(recorder.path)] == [2, 1, 0]


def test_a_folder_that_cannot_be_made_costs_one_warning(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("a file")
    said: list[str] = []
    recorder = recording(tmp_path / "history", warn=said.append)
    put(recorder, an_entry())
    recorder.close()
    assert len(said) == 1 and "not kept" in said[0]


CHILD = """
import sys, time
from pathlib import Path
from services.secrecy.redaction import Redactor
from services.transcript.bounds import MOST_TEXT
from services.transcript.entries import Entry, Heading, Part
from services.transcript.folder import new_path
from services.transcript.recorder import Recorder

recorder = Recorder(Redactor)
recorder.open(new_path(Path(sys.argv[1])), Heading(1.0))
number = 0
while True:
    entry = Entry(number, time.time(), "entry", parts=(Part("text", "x" * (number % 50_000)),))
    recorder.put(number, "entry", lambda entry=entry: entry, new=True)
    number += 1
    if number % 50 == 0:
        print(number, time.time(), flush=True)
        time.sleep(0.02)
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_killed_session_is_whole_up_to_its_last_second(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    seen = [child.stdout.readline() for _ in range(60)]
    killed = time.time()
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    sure = [int(line.split()[0]) for line in seen if float(line.split()[1]) < killed - 1.0]
    [session] = sessions(tmp_path)
    numbers = [entry.number for entry in read(*session.paths)]
    assert numbers == list(range(numbers[0], -1, -1))
    assert not sure or numbers[0] >= sure[-1] - 1


@pytest.mark.parametrize("cut", [1, 10, 200])
def test_a_torn_end_is_passed_over_and_written_after(tmp_path: Path, cut: int) -> None:
    recorder = recording(tmp_path)
    for number in range(3):
        put(recorder, an_entry(number, "entry", parts=(Part("text", "x" * 300),)))
    recorder.close()
    path = recorder.path
    assert path is not None
    path.write_bytes(path.read_bytes()[:-cut])
    kept = [entry.number for entry in read(path)]
    assert kept[-2:] == [1, 0]
    again = Recorder(Redactor)
    again.open(path, HEADING)
    put(again, an_entry(3))
    again.close()
    assert [entry.number for entry in read(path)] == [3, *kept]


# Which sessions there are.


def kept(
    folder: Path,
    name: str,
    directory: str = "/work",
    way: tuple[str, ...] = (),
    age: float = 0,
    owner: int = 999_999,
) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-p{owner}.jsonl"
    entry = an_entry(0, "entry", again=f"in {name}")
    path.write_bytes(lines.heading_line(Heading(5.0, directory, way)) + entry_line(entry))
    os.utime(path, (time.time() - age,) * 2)
    return path


NAMES = [f"2026-01-0{day}-101500" for day in range(1, 8)]


def test_sessions_are_listed_and_found(tmp_path: Path) -> None:
    paths = [kept(tmp_path, name, age=age) for age, name in enumerate(NAMES)]
    (tmp_path / "notes.jsonl").write_text("not ours")
    (tmp_path / f"{NAMES[0]}-p1.jsonl").symlink_to(paths[0])
    (tmp_path / f"{NAMES[0]}-p2.jsonl").mkdir()
    found = sessions(tmp_path)
    assert [session.id for session in found] == NAMES
    assert (found[0].first, found[0].entries, found[0].heading.directory) == (f"in {NAMES[0]}", 1, "/work")
    assert find_session(tmp_path, NAMES[2]).path == paths[2]
    assert find_session(tmp_path, "2026-01-0").path == paths[0]
    for wrong in ("", "2025", "../..", "notes"):
        with pytest.raises(NoSuchSession):
            find_session(tmp_path, wrong)
    assert sessions(tmp_path / "nowhere") == []


def test_the_latest_is_of_this_directory_and_opened_the_same_way(tmp_path: Path) -> None:
    kept(tmp_path, NAMES[0], "/other", age=1)
    kept(tmp_path, NAMES[1], "/work", ("demo",), age=2)
    kept(tmp_path, NAMES[2], "/work", ("run", "b"), age=3)
    kept(tmp_path, NAMES[3], "/work", ("run", "a"), age=4)
    kept(tmp_path, NAMES[4], "/work", age=5)
    kept(tmp_path, NAMES[5], "/work", age=0, owner=os.getppid())
    assert latest(tmp_path, "/work").id == NAMES[4]
    assert latest(tmp_path, "/elsewhere").id == NAMES[0]
    assert latest(tmp_path, "/elsewhere", ("demo",)).id == NAMES[1]
    assert latest(tmp_path, "/work", ("run", "a")).id == NAMES[3]
    assert latest(tmp_path, "/work", ("run", "c")).id == NAMES[2]
    with pytest.raises(NoSuchSession):
        latest(tmp_path / "nowhere", "/work")


def test_a_session_is_taken_over_or_copied_while_another_has_it(tmp_path: Path) -> None:
    old = kept(tmp_path, NAMES[0])
    beside(old, ".model.json").write_text("[]")
    mine = take(find_session(tmp_path, NAMES[0]))
    assert mine.name == f"{NAMES[0]}-p{os.getpid()}.jsonl" and not old.exists()
    assert beside(mine, ".model.json").exists()
    busy = kept(tmp_path, NAMES[1], owner=os.getppid())
    copy = take(find_session(tmp_path, NAMES[1]))
    assert copy != busy and copy.read_bytes() == busy.read_bytes()
    gone = kept(tmp_path, NAMES[2])
    session = find_session(tmp_path, NAMES[2])
    gone.unlink()
    with pytest.raises(NoSuchSession):
        take(session)


@pytest.mark.parametrize(
    ("bounds", "stay"),
    [
        ({}, 7),
        ({"files": 3}, 3),
        ({"size": 450}, 3),
        ({"oldest": 2.5}, 4),
    ],
)
def test_the_oldest_sessions_go_beyond_each_bound(
    tmp_path: Path, bounds: dict[str, float], stay: int
) -> None:
    paths = [kept(tmp_path, name, age=age) for age, name in enumerate(NAMES)]
    if "size" in bounds:
        bounds = {"size": paths[0].stat().st_size * 3}
    (tmp_path / "notes.jsonl").write_text("not ours")
    tidy(tmp_path, keep=(paths[-1],), **bounds)  # type: ignore[arg-type]
    left = [path for path in paths if path.exists()]
    assert left == [*paths[: stay - 1], paths[-1]] if stay < 7 else left == paths
    assert (tmp_path / "notes.jsonl").exists()


def test_those_of_running_programs_stay(tmp_path: Path) -> None:
    paths = [kept(tmp_path, name, age=age, owner=os.getppid()) for age, name in enumerate(NAMES)]
    assert tidy(tmp_path, files=1) == ()
    assert all(path.exists() for path in paths)


def test_entries_of_earlier_sessions_this_directory_last(tmp_path: Path) -> None:
    kept(tmp_path, NAMES[0], "/other", age=1)
    kept(tmp_path, NAMES[1], "/work", age=3)
    kept(tmp_path, NAMES[2], "/work", age=2)
    path = kept(tmp_path, NAMES[3], "/work", age=5)
    was = path.stat().st_mtime
    with path.open("ab") as file:
        file.write(entry_line(an_entry(1, "entry", again=f"/call a b token={MASK}")))
        file.write(entry_line(an_entry(2, "entry", again=f"in {NAMES[1]}")))
        file.write(b'{"n":3,"at":1,"kind":"entry","again":"torn')
    os.utime(path, (was, was))
    expected = [f"in {NAMES[0]}", f"in {NAMES[3]}", f"in {NAMES[1]}", f"in {NAMES[2]}"]
    assert entered_before(tmp_path, "/work") == expected
    assert entered_before(tmp_path, "/work", most=2) == expected[-2:]


def test_calls_of_earlier_sessions_each_once_and_without_what_they_brought(tmp_path: Path) -> None:
    path, elsewhere = (
        kept(tmp_path, name, where) for name, where in zip(NAMES, ("/work", "/x"), strict=False)
    )
    parts = (Part("text", 'the ,"parts":[ ,"raw":{ of it'),)
    kinds = {
        "/call a b x=1": "done",
        "/call a b x=2": "failed",
        "/read a u:": "resource",
        "/call c d": "entry",
    }
    with path.open("ab") as file:
        for number, (line, kind) in enumerate({**kinds, f"/call a b k={MASK}": "done"}.items(), 1):
            entry = replace(an_entry(number, kind, again=line), parts=parts, raw={"parts": ["big"]})
            begun = "running" if kind in ("done", "failed") else kind
            file.write(entry_line(replace(entry, kind=begun, raw=None)) + entry_line(entry, changed=True))
    with elsewhere.open("ab") as file:
        for line in ("/call a b x=1", '/call a b ,"parts":[ ,"raw":{'):
            file.write(entry_line(replace(an_entry(9, "interrupted", again=line), parts=parts)))
    found = called_before(tmp_path, "/work")
    assert [entry.again for entry in found] == [
        "/call a b x=2",
        "/call a b x=1",
        '/call a b ,"parts":[ ,"raw":{',
    ]
    assert all(entry.raw is None and not entry.parts for entry in found)


@pytest.mark.parametrize("seed", range(5))
def test_reading_backwards_finds_what_reading_forwards_does(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path / "a.jsonl"
    latest_of: dict[int, str] = {}
    with path.open("wb") as file:
        number = -1
        for _ in range(300):
            if number < 0 or rng.random() < 0.6:
                number += 1
                place, changed = number, False
            else:
                place, changed = rng.randrange(number + 1), True
            name = f"x{rng.randrange(1_000)}" * rng.choice([1, 10, 100])
            file.write(entry_line(an_entry(place, "done", stem=name), changed=changed))
            latest_of[place] = name[:4_000]
            if rng.random() < 0.1:
                file.write(rng.choice([b"\n", b"\0\0\n", b'{"n":5,\n', b"x" * 300_000 + b"\n"]))
    found = [(entry.number, entry.stem) for entry in read(path)]
    assert found == sorted(latest_of.items(), reverse=True)
    for each in newest_first([path]):
        assert each.place.entry(each.entry.number) == each.entry
