"""The three floors, as Python sees them at run time: a static graph cannot see a late import.

The contracts of import-linter in pyproject.toml are the other half; `make check` holds them.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.places import ROOT

BEHIND_FIRST_PAINT = {
    "PIL",
    "click",
    "httpx2",
    "jsonschema",
    "keyring",
    "mcp",
    "mcp_types",
    "pydantic",
    "tomlkit",
}
MODEL_LIBRARY = {"anthropic", "genai_prices", "griffe", "openai", "pydantic_ai", "pydantic_graph"}
SERVICES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "services").rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)


def imported_by(*modules: str) -> set[str]:
    """The top-level modules that a fresh Python holds after importing these."""
    code = f"import json, sys; import {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize(
    "module", ["app.__main__", "app.jackfield", "app.command_line.session", "app.session.screens.session"]
)
def test_what_the_first_paint_needs_imports_nothing_heavy(module: str) -> None:
    assert imported_by(module) & (BEHIND_FIRST_PAINT | MODEL_LIBRARY) == set()


@pytest.mark.parametrize(
    "module", ["app.command_line.main", "app.command_line.connect.calls", "services.results.reader"]
)
def test_what_asks_no_model_imports_nothing_of_it(module: str) -> None:
    assert imported_by(module) & MODEL_LIBRARY == set()


def test_only_the_room_of_the_agent_client_protocol_imports_its_library() -> None:
    others = [module for module in SERVICES if not module.startswith("services.acp.")]
    assert "acp" not in imported_by("app.command_line.main", "app.command_line.acp.serve", *others)
    assert "acp" in imported_by("services.acp.agent")


def test_only_the_room_of_the_model_imports_its_library() -> None:
    others = [module for module in SERVICES if not module.startswith("services.model.library.")]
    assert imported_by(*others) & MODEL_LIBRARY == set()


def test_the_command_imports_no_textual_before_it_knows_what_is_wanted() -> None:
    assert "textual" not in imported_by("app.__main__")


@pytest.mark.parametrize("module", ["saved", "recording"])
def test_the_help_of_a_command_waits_for_nothing_heavy(module: str) -> None:
    loaded = imported_by(f"app.command_line.{module}.commands")
    assert loaded & (BEHIND_FIRST_PAINT - {"click"} | {"textual", "uvicorn"}) == set()


def test_services_work_without_a_screen() -> None:
    # All of them in one Python: textual or rich in any of them would be there at the end.
    assert imported_by(*SERVICES) & {"textual", "rich", "app", "widgets"} == set()


def test_the_front_door_opens_without_the_sdk() -> None:
    assert imported_by("services.connection_manager") & {"mcp", "mcp_types", "httpx2", "PIL"} == set()
