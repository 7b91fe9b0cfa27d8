"""The JSON Schema of config.toml, and the key tables of its documentation, from the models.

`python -m services.config.schema` writes `assets/config.schema.json`; a test fails when it drifts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from services.config.models import CONFIG_FILE
from services.config.server_models import HTTP_SERVER, STDIO_SERVER
from services.config.tables import NAME_PATTERN

__all__ = ("SCHEMA", "key_table", "schema", "schema_text")

SCHEMA = Path(__file__).parents[2] / "assets" / "config.schema.json"


def schema() -> dict[str, Any]:
    """The JSON Schema of the whole file; draft 7, which the TOML plugins of editors know."""
    made = CONFIG_FILE.schema()
    made["properties"]["mcp_servers"] = {
        "description": CONFIG_FILE.keys["mcp_servers"].meaning,
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME_PATTERN}$"},
        "additionalProperties": {
            "anyOf": [{"$ref": "#/definitions/StdioServer"}, {"$ref": "#/definitions/HttpServer"}]
        },
    }
    definitions = {"StdioServer": STDIO_SERVER.schema(), "HttpServer": HTTP_SERVER.schema()}
    return {"$schema": "http://json-schema.org/draft-07/schema#"} | made | {"definitions": definitions}


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def key_table() -> str:
    """Every key of a server's table, with its transport, default and meaning, as a Markdown table."""
    rows = ["| key | transport | default | meaning |", "|---|---|---|---|"]
    for name in {**STDIO_SERVER.keys, **HTTP_SERVER.keys}:
        tables = [table for table in (STDIO_SERVER, HTTP_SERVER) if name in table.keys]
        transport = "both" if len(tables) == 2 else "stdio" if tables[0] is STDIO_SERVER else "http"
        key = tables[-1].keys[name]
        default = "–" if key.default in (None, [], {}) else f"`{json.dumps(key.default)}`"
        meaning = key.meaning.replace("|", "\\|")
        rows.append(f"| `{name}` | {transport} | {'needed' if key.needed else default} | {meaning} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    from services.config.paths import write_whole

    write_whole(SCHEMA, schema_text(), 0o644)
