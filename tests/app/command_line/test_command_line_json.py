"""`--json` prints one JSON document whatever happens: the answer, or the error in its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.numbers import finite, json_text
from services.results.indented import indented, written
from tests.app.command_line.connect_stage import configuration, jackfield, quick

if TYPE_CHECKING:
    from pathlib import Path

NAN, INFINITE = float("nan"), float("inf")


def strict(data: bytes) -> Any:
    """The one document, read by somebody who takes JSON by its word."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(data, parse_constant=refuse)


def write(home: Path, **servers: str) -> None:
    (home / "config.toml").write_text(configuration(**servers))


def test_an_error_of_the_server_has_code_message_and_data(tmp_path: Path) -> None:
    write(tmp_path, q=quick())
    done = jackfield("call", "q", "rpc_error", "code=-32602", "message=no such line", "--json", home=tmp_path)
    error = strict(done.data)["error"]
    assert (error["server"], error["code"], error["message"]) == ("q", -32602, "no such line")
    assert error["data"] == {"detail": ""}
    assert done.status == 1
    assert "Error: q: no such line\nJSON-RPC error -32602\ndata: " in done.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("call", "nobody", "echo", "--json"), 2, "nobody"),
        (("tools", "--json", "--nonsense"), 2, "--nonsense"),
        (("call", "gone", "echo", "--json"), 4, "gone cannot be started"),
        (("mcp", "get", "nobody", "--json"), 2, "nobody"),
        (("read", "gone", "--json"), 2, "URI"),
    ],
)
def test_what_fails_before_the_answer_is_a_document_too(
    tmp_path: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    write(tmp_path, gone='command = "/no/such/program"')
    done = jackfield(*words, home=tmp_path)
    assert said in strict(done.data)["error"]["message"]
    assert done.status in (status, 1)
    assert "Error: " in done.err


def test_a_word_of_the_program_behind_two_dashes_is_not_ours(tmp_path: Path) -> None:
    done = jackfield("tools", "--", "/no/such/program", "--json", home=tmp_path)
    assert (done.data, done.status) == (b"", 4)


def test_an_answer_with_numbers_that_json_lacks(tmp_path: Path) -> None:
    write(tmp_path, q=quick(more="startup_timeout_sec = 5\ntool_timeout_sec = inf"))
    done = jackfield("mcp", "list", "--json", home=tmp_path)
    strict(done.data)


def test_nan_and_infinity_are_null_and_their_places_are_told() -> None:
    value = {"a": [1.5, NAN], "b/c": INFINITE, "d": {"e": -INFINITE, "f": "NaN"}}
    plain = {"a": [1.5, None], "b/c": None, "d": {"e": None, "f": "NaN"}}
    places = ("/a/1", "/b~1c", "/d/e")
    assert finite(value) == (plain, places)
    assert written(value) == (indented(plain), places)
    assert strict(json_text(value).encode()) == plain
    kept = {"a": [1, {"b": 2.0}]}
    assert finite(kept)[0] is kept
