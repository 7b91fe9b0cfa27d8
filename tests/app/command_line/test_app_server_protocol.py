"""`jackfield app-server` as JSON-RPC 2.0: what is no message, what is no request, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from services.message_limit import MAX_MESSAGE
from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.connect_stage import ROOT, jackfield

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """One program without servers for all that goes wrong before a method is called."""
    with driving(tmp_path_factory.mktemp("home")) as driver:
        assert driver.refused("mcpServerStatus/list")["code"] == -32002
        told = driver.open(optOutNotificationMethods=["warning"])
        assert told["serverInfo"]["name"] == "jackfield" and told["maxLineBytes"] == MAX_MESSAGE
        yield driver


@pytest.mark.parametrize(
    ("line", "code", "id", "words"),
    [
        (b"nonsense", -32700, None, "not JSON"),
        (b'{"id": 1, "method": "x"', -32700, None, "not JSON"),
        (b"\xff\xfe", -32700, None, "not UTF-8"),
        (b'{"id": "n", "method": "x", "params": {"a": NaN}}', -32700, None, "NaN"),
        pytest.param(b"[" * 100_000, -32700, None, "nested too deeply", id="deep"),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "initialize"}]', -32600, None, "batches"),
        (b"[]", -32600, None, "batches"),
        (b"1", -32600, None, "an object"),
        (b"{}", -32600, None, "method"),
        (b'{"id": "a", "method": 1}', -32600, "a", "method"),
        (b'{"id": null, "method": "x"}', -32600, None, "id"),
        (b'{"id": true, "method": "x"}', -32600, None, "id"),
        (b'{"id": 1.5, "method": "x"}', -32600, None, "id"),
        (b'{"jsonrpc": "1.0", "id": "b", "method": "x"}', -32600, "b", "2.0"),
        (b'{"id": "c", "method": "initialize", "params": [1]}', -32602, "c", "object"),
        (b'{"id": "d", "method": "initialize", "params": "x"}', -32600, "d", "object"),
        (b'{"id": "e", "method": "initialize", "params": {}}', -32600, "e", "before"),
        (b'{"id": "f", "method": "mcpServerStatus/lists"}', -32601, "f", "no method"),
        (b'{"id": "", "method": "toString"}', -32601, "", "no method"),
        (b'{"id": -7, "method": "initialized"}', -32601, -7, "no method"),
        (b'{"id": "g", "result": 1, "error": {}}', -32600, None, "either"),
    ],
)
def test_what_cannot_be_answered_is_refused_by_its_own_code(
    opened: Driver, line: bytes, code: int, id: str | int | None, words: str
) -> None:
    opened.raw(line + b"\n")
    error = opened.answer(id)["error"]
    assert error["code"] == code and words in error["message"], error


def test_what_wants_no_answer_gets_none(opened: Driver) -> None:
    before = len(opened.told)
    for message in ({"method": "nobody/knows"}, {"method": "$/cancelRequest", "params": {"id": 99}}):
        opened.send(**message)
    opened.send(method="$/cancelRequest", params={"nonsense": 1})
    opened.send(id=12_345, result={"to": "nothing that was asked"})
    opened.raw(b"\n  \r\n")
    assert opened.refused("nobody/knows")["code"] == -32601
    assert len(opened.told) == before + 1


def test_a_line_without_end_is_refused_and_the_next_one_read(opened: Driver) -> None:
    piece = b"x" * (1 << 20)
    for _ in range((MAX_MESSAGE >> 20) + 1):
        opened.raw(piece)
    opened.raw(b"\n")
    error = opened.answer(None)["error"]
    assert error["code"] == -32600 and "64 MiB" in error["message"]
    large = {"id": "large", "method": "x", "params": {"text": "y" * (1 << 20)}}
    opened.raw(json.dumps(large).encode() + b"\n")
    assert opened.answer("large")["error"]["code"] == -32601


def test_what_is_odd_in_the_configuration_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("model = 1", encoding="utf-8")
    with driving(tmp_path) as driver:
        driver.open()
        assert "model" in driver.news("configWarning")["summary"]


def test_without_a_configuration_that_can_be_read_it_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[mcp_servers", encoding="utf-8")
    done = jackfield("app-server", home=tmp_path, stdin=b"")
    assert done.status == 2 and done.out == "" and "config.toml" in done.err, done


def test_the_schema_is_printed(tmp_path: Path) -> None:
    done = jackfield("app-server", "--schema", home=tmp_path)
    assert done.status == 0 and done.out == (ROOT / "assets" / "app-server.schema.json").read_text(
        encoding="utf-8"
    )
