"""The settings of a server as they may be shown."""

from __future__ import annotations

from services.config.file import parse
from services.config.shown_settings import shown_settings
from services.settings import ServerSettings

SECRET = "hunter2hunter2"


def test_what_is_shown_holds_no_secret_and_says_where_it_comes_from() -> None:
    text = f"""
[mcp_servers.s]
command = "run"
args = ["--token", "{SECRET}", "plain"]
env = {{ KEY = "{SECRET}" }}
tool_timeout_sec = 7
[mcp_servers.w]
url = "https://user:{SECRET}@example.com/mcp?token={SECRET}"
http_headers = {{ X-Thing = "{SECRET}" }}
oauth = {{ client_id = "me", client_secret = "{SECRET}" }}
http_headers_helper = "print {SECRET}"
"""
    for server in parse(text, environ={}, source="/x/config.toml").servers:
        shown = shown_settings(server)
        assert SECRET not in repr(shown)
        by_key = {one.key: one for one in shown}
        assert by_key["start"] == ("start", "eager", "")
        assert ("command" in by_key) == (server.name == "s")
        assert ("url" in by_key) == (server.name == "w")
    stdio = {one.key: one for one in shown_settings(parse(text, environ={}, source="/x").servers[0])}
    assert stdio["tool_timeout_sec"] == ("tool_timeout_sec", "7", "/x")
    assert stdio["env"].value == "KEY=*****"


def test_a_server_without_a_file_is_of_this_session() -> None:
    assert shown_settings(ServerSettings("s", command="run"))[0] == ("command", "run", "this session")
