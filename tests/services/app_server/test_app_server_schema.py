"""The JSON Schema of the machine interface is that of its models, and a schema."""

from __future__ import annotations

import jsonschema
import pytest

from services.app_server.methods import OF_DRIVER, OURS, TOLD_BY_DRIVER, TOLD_BY_US
from services.app_server.schema import SCHEMA, schema, schema_text


def test_the_committed_schema_is_the_generated_one() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run: python -m services.app_server.schema"


def test_it_is_a_schema_that_knows_every_method() -> None:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    assert set(made["methods"]) == {*OURS, *OF_DRIVER, *TOLD_BY_DRIVER, *TOLD_BY_US}
    for method in made["methods"].values():
        for part in {"params", "result"} & set(method):
            assert method[part]["$ref"].removeprefix("#/$defs/") in made["$defs"]


@pytest.mark.parametrize(
    ("message", "valid"),
    [
        ({"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "a", "version": "1"}}}, True),
        ({"jsonrpc": "2.0", "method": "initialized"}, True),
        ({"id": 1, "error": {"code": 1, "message": "x", "data": {"reason": "timeout"}}}, True),
        ({"id": 1, "method": "initialize"}, False),
        ({"id": 1, "method": "initialize", "params": {"clientInfo": {"name": "a"}}}, False),
        ({"id": 1.5, "result": {}}, False),
        ({"id": 1, "method": "nobody/knows", "params": {}}, False),
    ],
)
def test_messages(message: dict[str, object], valid: bool) -> None:
    assert jsonschema.Draft202012Validator(schema()).is_valid(message) is valid
