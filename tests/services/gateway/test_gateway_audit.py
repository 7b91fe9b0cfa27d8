"""What a line of the audit costs and shows, however large a request is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.gateway import audit
from services.gateway.audit import Audit, Line
from services.secrecy.redaction import MASK, Redactor
from tests.support.work import calls

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "correct-horse-battery"
PAD = {f"k{number}": "lorem ipsum " * 10 for number in range(200)}
"""More than a line has room for."""


def written(folder: Path, arguments: Any, name: str = "echo") -> dict[str, Any]:
    """The line of a request."""
    redactor = Redactor()
    redactor.learn([SECRET])
    redactor.learn_question({"properties": {"pin": {"type": "string", "format": "password"}}})
    ours = Audit(folder / "gateway.jsonl")
    ours.learn(redactor)
    ours.write(Line("ada", "probe 1", "/mcp", "server", "tools/call", name, arguments))
    ours.close()
    line: dict[str, Any] = json.loads((folder / "gateway.jsonl").read_text())
    return line


LARGE: dict[str, Any] = {
    "a text": {"text": "lorem ipsum dolor " * 216_000},
    "a key": {"lorem ipsum dolor " * 216_000: 1},
    "members": {f"k{number}": "value of some kind" for number in range(120_000)},
    "texts": ["lorem ipsum dolor"] * 200_000,
    "numbers": [[0]] * 500_000,
    "a number": 10**4_000,
}


@pytest.mark.parametrize("kind", list(LARGE))
def test_a_line_costs_the_same_however_large_a_request_is(tmp_path: Path, kind: str) -> None:
    lines: list[dict[str, Any]] = []
    assert calls(lambda: lines.append(written(tmp_path, LARGE[kind]))) < 100_000
    assert len(lines[0]["arguments"]) == 2_000


def test_a_long_name_is_cut(tmp_path: Path) -> None:
    line = written(tmp_path, None, f"x://{'y' * 480}/{SECRET}/" + "z" * 4_000_000)
    assert len(line["name"]) == 500
    assert "correct" not in line["name"]


def test_what_fits_is_shown_whole(tmp_path: Path) -> None:
    arguments = {"a": [1, 2.5, None, True, {"b": "é"}], "token": "hidden", "text": f"my {SECRET}", "e": {}}
    shown = json.loads(written(tmp_path, arguments)["arguments"])
    assert shown == arguments | {"token": MASK, "text": f"my {MASK}"}


@pytest.mark.parametrize(
    ("arguments", "secret"),
    [
        ({"code": "the-code", **PAD, "grant_type": "authorization_code", "client_id": "x"}, "the-code"),
        ({"content": {"pin": "0815"}, **PAD, "action": "accept"}, "0815"),
        ({"password": "swordfish " * 1_000}, "swordfish"),
        ({"password": {"deep": "swordfish", **PAD}}, "swordfish"),
        ({"a": (f"{SECRET} " * 400)[:8_010]}, "correct"),
    ],
)
def test_what_is_cut_is_masked_as_in_the_whole(tmp_path: Path, arguments: Any, secret: str) -> None:
    assert secret not in written(tmp_path, arguments)["arguments"]


def test_several_put_a_full_file_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_LARGEST", 2_000)
    path = tmp_path / "gateway.jsonl"
    writers = [Audit(path), Audit(path)]
    for number in range(30):
        for writer in writers:
            writer.write(Line("ada", "probe", "/mcp", "server", "tools/call", str(number), None))
    for writer in writers:
        writer.close()
    kept = [*lines(path.with_name("gateway.jsonl.1")), *lines(path)]
    names = [line["name"] for line in kept]
    assert names == [str(number) for number in range(30) for _ in writers][-len(names) :]
    assert len(names) >= 10
    assert all(each.stat().st_size <= 2_000 for each in tmp_path.glob("*.jsonl*"))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
