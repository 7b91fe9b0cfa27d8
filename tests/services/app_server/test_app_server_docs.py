"""The page on the machine interface: its methods are those there are, and its exchange runs."""

from __future__ import annotations

import json
import re
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from services.app_server.schema import method_table
from tests.app.command_line.app_server_stage import driving
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PAGE = ROOT / "docs" / "app-server.md"
MARKED = re.compile(r"(<!-- methods.*? -->\n).*?(<!-- end -->)", re.DOTALL)


def written(page: str) -> str:
    """The page with the table of methods that the models make."""
    return MARKED.sub(lambda match: match[1] + method_table() + match[2], page)


def test_the_methods_are_those_there_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m tests.services.app_server.test_app_server_docs"


def test_the_exchange_runs(tmp_path: Path) -> None:
    demo = {"command": sys.executable, "args": ["-m", "services.demo"], "cwd": str(ROOT)}
    table = "\n".join(f"{key} = {json.dumps(value)}" for key, value in demo.items())
    (tmp_path / "config.toml").write_text(f"[mcp_servers.demo]\n{table}\n", encoding="utf-8")
    exchange = re.findall(r"^([→←]) (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(exchange) == 9
    with driving(tmp_path) as driver:
        for direction, line in exchange:
            if direction == "→":
                driver.raw(line.encode() + b"\n")
            else:
                driver.until(partial(_has, re.findall(r'"\w+":"?[\w./ +=]+', line)))


def _has(pieces: list[str], message: Mapping[str, Any]) -> bool:
    text = json.dumps(message, separators=(",", ":"))
    return all(piece in text for piece in pieces)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
