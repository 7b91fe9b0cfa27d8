"""The data of a server's error, as it is shown."""

from __future__ import annotations

from typing import Any

from mcp.shared.exceptions import MCPError

from services.error_translation import translate


def test_data_too_deep_to_be_written_costs_only_itself() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    error = translate(MCPError(code=-1, message="no", data=deep))
    assert (error.message, error.detail) == ("no", "data that cannot be shown")
