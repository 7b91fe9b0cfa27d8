"""The JSON Schema of config.toml: committed as it is generated, and of one mind with the checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from services.config.file import from_tables
from services.config.schema import SCHEMA, key_table, schema, schema_text
from services.config.server_models import HTTP_SERVER, STDIO_SERVER

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA.read_text() == schema_text(), "run: python -m services.config.schema"


def test_it_is_a_schema_with_closed_server_tables() -> None:
    jsonschema.Draft7Validator.check_schema(schema())
    for name in ("StdioServer", "HttpServer"):
        assert schema()["definitions"][name]["additionalProperties"] is False


@pytest.mark.parametrize(
    "table",
    [
        {"command": "c"},
        {
            "command": "c",
            "args": ["a"],
            "env": {"A": "b"},
            "env_vars": ["A", {"name": "B", "source": "local"}],
        },
        {"url": "http://a", "transport": "sse", "tools": {"t": {"approval_mode": "auto"}}},
        {"url": "http://a", "oauth": {"client_id": "a", "callback_port": 80}, "startup_timeout_ms": 3},
        {"command": "c", "url": "http://a"},
        {"command": ""},
        {"command": "c", "comand": "x"},
        {"command": "c", "args": "a"},
        {"command": "c", "startup_timeout_sec": 0},
        {"command": "c", "protocol": "new"},
        {"command": "c", "env_vars": [{"source": "local"}]},
        {"url": "http://a", "oauth": {"callback_port": 0}},
        {"url": "http://a", "tools": {"t": {"approval_mode": "never"}}},
        {},
    ],
)
def test_schema_and_checks_agree(table: Mapping[str, Any]) -> None:
    valid = jsonschema.Draft7Validator(schema()).is_valid({"mcp_servers": {"x": table}})
    assert valid == (not from_tables({"x": table}, environ={}).problems)


def test_the_key_table_names_every_key() -> None:
    rows = key_table().splitlines()[2:]
    assert {row.split("`")[1] for row in rows} == {*STDIO_SERVER.keys, *HTTP_SERVER.keys}
    assert "| `tool_timeout_sec` | both | `300.0` |" in key_table()
