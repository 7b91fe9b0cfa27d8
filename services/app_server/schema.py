"""The JSON Schema of the machine interface, and the tables of its documentation, from the models.

`python -m services.app_server.schema` writes `assets/app-server.schema.json`; a test fails when it drifts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic.json_schema import models_json_schema

from services.app_server.methods import OF_DRIVER, OURS, TOLD_BY_DRIVER, TOLD_BY_US
from services.driving.failures import ErrorData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.app_server.methods import Method
    from services.driving.values import Value

__all__ = ("SCHEMA", "method_table", "schema", "schema_text")

SCHEMA: Final = Path(__file__).parents[2] / "assets" / "app-server.schema.json"

_GROUPS: Final = (
    ("DriverRequest", "from the driver", OURS),
    ("DriverNotification", "from the driver", TOLD_BY_DRIVER),
    ("ServerRequest", "to the driver", OF_DRIVER),
    ("ServerNotification", "to the driver", TOLD_BY_US),
)
_ID: Final = {"type": ["string", "integer"]}
_VERSION: Final = {"const": "2.0"}


def schema() -> dict[str, Any]:
    """One message, of either side; `methods` says which params and result belong to each method."""
    references, definitions = models_json_schema(_models(), ref_template="#/$defs/{model}")
    found: dict[str, Any] = definitions["$defs"]
    for name, _, group in _GROUPS:
        found[name] = {"oneOf": [_message(method, name, references) for method in group.values()]}
    error = references[ErrorData, "serialization"]
    found |= _answers(error)
    kinds = [*(name for name, _, _ in _GROUPS), "Response", "Failure"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "jackfield app-server",
        "description": "A message of the machine interface, in a line of its own.",
        "anyOf": [{"$ref": f"#/$defs/{kind}"} for kind in kinds],
        "methods": {
            method.name: _method(method, name, references)
            for name, _, group in _GROUPS
            for method in group.values()
        },
        "$defs": found,
    }


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def method_table() -> str:
    """Every method with its direction, kind and meaning, as a Markdown table."""
    rows = ["| method | direction | kind | |", "|---|---|---|---|"]
    for name, direction, group in _GROUPS:
        kind = "request" if name.endswith("Request") else "notification"
        rows += [f"| `{one.name}` | {direction} | {kind} | {one.about} |" for one in group.values()]
    return "\n".join(rows) + "\n"


_Mode = Literal["validation", "serialization"]


def _modes(group: str) -> tuple[_Mode, _Mode]:
    """How params and results of a group are made: what we write always has all its keys."""
    return ("validation", "serialization") if group.startswith("Driver") else ("serialization", "validation")


def _models() -> list[tuple[type[Value], _Mode]]:
    found: dict[tuple[type[Value], _Mode], None] = {(ErrorData, "serialization"): None}
    for name, _, group in _GROUPS:
        params, result = _modes(name)
        for method in group.values():
            found[method.params, params] = None
            if method.result is not None:
                found[method.result, result] = None
    return list(found)


def _message(method: Method, group: str, references: Mapping[Any, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {"jsonrpc": _VERSION, "method": {"const": method.name}}
    properties["params"] = references[method.params, _modes(group)[0]]
    required = ["method"]
    if method.result is not None:
        properties["id"] = _ID
        required.append("id")
    if group.startswith("Server") or any(one.is_required() for one in method.params.model_fields.values()):
        required.append("params")
    return {
        "title": method.name,
        "description": method.about,
        "type": "object",
        "properties": properties,
        "required": required,
    }


def _method(method: Method, group: str, references: Mapping[Any, Any]) -> dict[str, Any]:
    params, result = _modes(group)
    told = {"kind": group, "params": references[method.params, params]}
    return told if method.result is None else told | {"result": references[method.result, result]}


def _answers(error: Mapping[str, Any]) -> dict[str, Any]:
    properties = {"code": {"type": "integer"}, "message": {"type": "string"}, "data": error}
    return {
        "Response": {
            "type": "object",
            "properties": {"jsonrpc": _VERSION, "id": _ID, "result": {"type": "object"}},
            "required": ["id", "result"],
        },
        "Failure": {
            "type": "object",
            "properties": {
                "jsonrpc": _VERSION,
                "id": {"type": ["string", "integer", "null"]},
                "error": {"type": "object", "properties": properties, "required": ["code", "message"]},
            },
            "required": ["id", "error"],
        },
    }


if __name__ == "__main__":
    from services.config.paths import write_whole

    write_whole(SCHEMA, schema_text(), 0o644)
