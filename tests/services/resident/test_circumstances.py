"""Which circumstances make a server another one: only where none differs is a connection shared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.connections.eras import server_mark
from services.resident.circumstances import Circumstances, can_be_kept, started
from services.resident.messages import Opening
from services.settings import Configuration, ServerSettings

STDIO = ServerSettings("a", command="./server", env={"A": "1"}, env_vars=("NAMED",), source="/h/config.toml")
HTTP = ServerSettings("a", transport="http", url="https://a/mcp", bearer_token_env_var="TOKEN", source="/h/c")
ENVIRON = {"PATH": "/bin", "NAMED": "1", "TOKEN": "t", "HTTPS_PROXY": "", "OTHER": "x", "TERM": "xterm"}


def circumstances(server: ServerSettings, **differs: Any) -> Circumstances:
    environ = ENVIRON | differs.pop("environ", {})
    settings = replace(server, **differs.pop("settings", {}))
    opening = Opening((settings,), differs.pop("configuration", Configuration()), environ, "/project", 0o22)
    return Circumstances.of(settings, replace(opening, **differs))


@pytest.mark.parametrize("settings", [STDIO, HTTP], ids=["stdio", "http"])
@pytest.mark.parametrize(
    "differs",
    [
        {},
        {"settings": {"tool_timeout_sec": 1.0, "startup_timeout_sec": 2.0}},
        {"environ": {"OTHER": "y", "TERM": "screen"}},
    ],
    ids=["nothing", "times of a command", "variables it cannot see"],
)
def test_a_connection_is_shared(settings: ServerSettings, differs: dict[str, Any]) -> None:
    assert circumstances(settings) == circumstances(settings, **differs)


@pytest.mark.parametrize(
    ("settings", "differs"),
    [
        (STDIO, {"settings": {"args": ("x",)}}),
        (STDIO, {"settings": {"env": {"A": "2"}}}),
        (STDIO, {"settings": {"source": "/project/.jackfield/config.toml"}}),
        (STDIO, {"settings": {"disabled_tools": ("x",)}}),
        (STDIO, {"environ": {"NAMED": "2"}}),
        (STDIO, {"environ": {"PATH": "/venv/bin:/bin"}}),
        (STDIO, {"directory": "/elsewhere"}),
        (STDIO, {"umask": 0o77}),
        (HTTP, {"environ": {"TOKEN": "another"}}),
        (HTTP, {"environ": {"HTTPS_PROXY": "http://proxy"}}),
        (HTTP, {"environ": {"SSL_CERT_FILE": "/ca.pem"}}),
        (HTTP, {"settings": {"http_headers": {"X": "1"}}}),
        (HTTP, {"configuration": Configuration(credentials_store="file")}),
        (replace(HTTP, oauth={"client_secret_env_var": "S"}), {"environ": {"S": "2"}}),
        (replace(HTTP, env_http_headers={"X-Key": "KEY"}), {"environ": {"KEY": "2"}}),
    ],
)
def test_a_connection_is_not_shared(settings: ServerSettings, differs: dict[str, Any]) -> None:
    assert circumstances(settings) != circumstances(settings, **differs)


def test_directory_and_mask_are_nothing_to_a_server_elsewhere() -> None:
    assert circumstances(HTTP) == circumstances(HTTP, directory="/elsewhere", umask=0)
    whole = replace(STDIO, cwd="/srv")
    assert circumstances(whole) == circumstances(whole, directory="/elsewhere")


def test_only_changed_settings_put_a_server_in_anothers_place() -> None:
    before = circumstances(STDIO)
    assert circumstances(STDIO, settings={"args": ("x",)}).replaces(before)
    assert not before.replaces(before)
    assert not circumstances(STDIO, environ={"NAMED": "2"}).replaces(before)
    assert not circumstances(STDIO, directory="/elsewhere").replaces(before)
    assert not circumstances(STDIO, umask=0o77).replaces(before)
    assert not circumstances(STDIO, settings={"name": "b"}).replaces(before)


def test_a_server_is_started_where_the_command_was_given() -> None:
    opening = Opening((), Configuration(), ENVIRON, "/project", 0o22)
    assert started(replace(STDIO, cwd="sub"), opening).cwd == "/project/sub"
    assert started(replace(STDIO, cwd="/srv"), opening).cwd == "/srv"
    for cwd in (None, "sub", "/srv"):  # what is remembered of it is found with a resident and without
        assert server_mark(started(replace(STDIO, cwd=cwd), opening)) == server_mark(replace(STDIO, cwd=cwd))
    assert started(replace(HTTP, sandbox={"sandbox_policy": "read-only"}), opening).sandbox == {
        "sandbox_policy": "read-only",
        "sandbox_cwd": "/project",
    }


@pytest.mark.parametrize(
    "differs",
    [
        {"http_headers_helper": "make-headers"},
        {"oauth": {"private_key_file": "keys/a.pem"}},
        {"enabled": False},
        {"invalid": "no url"},
    ],
)
def test_what_depends_on_more_than_can_be_told_is_not_kept(differs: dict[str, Any]) -> None:
    assert can_be_kept(HTTP)
    assert can_be_kept(replace(HTTP, oauth={"private_key_file": "/keys/a.pem"}))
    assert not can_be_kept(replace(HTTP, **differs))
