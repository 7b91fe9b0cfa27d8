"""`jackfield mcp login` and its relatives on a provider of our own: what is said, kept and returned."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from app.login_words import looked_at, with_advice
from services.errors import LoginFailed
from services.settings import ServerSettings
from tests.app.command_line.login_stage import BROWSER, LoginWorld, in_thread, leaks
from tests.app.command_line.servers_stage import PATH, CommandLine, in_shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = ".credentials.json"


@pytest.fixture
def world() -> Iterator[LoginWorld]:
    with in_thread(LoginWorld()) as world:
        yield world


@pytest.fixture
def jackfield(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """The command line of somebody whose browser agrees to everything."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("BROWSER", BROWSER)
    return CommandLine(tmp_path, capsys)


def configure(jackfield: CommandLine, world: LoginWorld, more: str = "") -> None:
    jackfield.write(
        f'mcp_oauth_credentials_store = "file"\n[mcp_servers.web]\nurl = "{world.url}"\n{more}\n'
        '[mcp_servers.program]\ncommand = "true"\n'
    )


def kept(jackfield: CommandLine) -> dict[str, dict[str, str]]:
    file = jackfield.home / KEPT
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def test_a_login_by_the_browser_and_everything_after_it(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    done = jackfield("tools", "web")
    assert done.status == 3
    assert "The web MCP server is not logged in.\nRun jackfield mcp login web." in done.err

    done = jackfield("mcp", "login", "web")
    assert (done.status, done.out) == (0, "Logged in to MCP server 'web'.\n"), done.err
    assert f"\n{world.issuer}/authorize?" in done.err
    assert "Logging in to web at 127.0.0.1." in done.err
    [entry] = kept(jackfield).values()
    assert (entry["server_name"], entry["server_url"]) == ("web", world.url)

    assert jackfield("call", "web", "echo", "text=hello").out == "hello\n"
    assert jackfield("mcp", "list", "--json").json[0]["auth_status"] == "oauth"

    done = jackfield("mcp", "logout", "web")
    assert done.status == 0
    assert done.out == "Logged out of MCP server 'web': its tokens were revoked and deleted.\n"
    assert not kept(jackfield)
    assert not world.tokens
    assert jackfield("mcp", "logout", "web").out == "MCP server 'web' was not logged in.\n"


def test_no_output_holds_a_token_or_a_code(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    for words in (["login", "web", "--verbose"], ["list"], ["get", "web", "--json"], ["logout", "web"]):
        done = jackfield("mcp", *words)
        assert done.status == 0
        assert not leaks(done.out + done.err)


def test_verbose_says_each_step_on_standard_error(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    done = jackfield("mcp", "login", "web", "--verbose")
    assert done.out == "Logged in to MCP server 'web'.\n"
    steps = ("challenge", "resource metadata", "registration", "callback", "token", "stored")
    places = [done.err.rindex(f"✓ {step} ") for step in steps]
    assert places == sorted(places)
    assert "/.well-known/oauth-protected-resource" in done.err


def test_scopes_are_those_that_are_asked_for(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    assert jackfield("mcp", "login", "web", "--scopes", "one, two").status == 0
    assert jackfield("mcp", "login", "web", "--scopes", "").status == 0
    assert jackfield("mcp", "login", "web").status == 0
    assert [given.get("scope") for given in world.urls] == ["one two", None, "read write"]


def test_scopes_that_the_provider_proposes_and_refuses_are_left_out(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    configure(jackfield, world)
    world.refused_scopes = ("write",)
    done = jackfield("mcp", "login", "web")
    assert done.status == 0
    assert "trying again without any" in done.err
    assert [given.get("scope") for given in world.urls] == ["read write", None]
    done = jackfield("mcp", "login", "web", "--scopes", "write")
    assert (done.status, done.out) == (1, "")
    assert "invalid_scope" in done.err


def test_a_refusal_has_the_words_of_the_provider_and_the_next_step(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    configure(jackfield, world)
    world.says_no = "only owners may do this"
    done = jackfield("mcp", "login", "web")
    assert (done.status, done.out) == (1, "")
    assert "access_denied: only owners may do this\n" in done.err
    assert "jackfield mcp login web --verbose" in done.err
    assert not kept(jackfield)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["login", "program"], "program is a program on this machine; a login is for servers with a url"),
        (["logout", "program"], "a login is for servers with a url"),
        (["login", "wob"], "Did you mean 'web'?"),
        (["login", "token"], "token gets the bearer token in TOKEN"),
        (["login", "header"], "header gets an Authorization header"),
    ],
    ids=" ".join,
)
def test_servers_that_no_login_can_help(
    jackfield: CommandLine, world: LoginWorld, words: list[str], says: str
) -> None:
    more = f'[mcp_servers.token]\nurl = "{world.url}"\nbearer_token_env_var = "TOKEN"\n'
    more += f'[mcp_servers.header]\nurl = "{world.url}"\nhttp_headers = {{ Authorization = "x y" }}'
    configure(jackfield, world, more)
    done = jackfield("mcp", *words)
    assert (done.status, done.out) == (2, "")
    assert says in done.err


def test_remove_forgets_the_login(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    jackfield("mcp", "login", "web")
    assert kept(jackfield)
    done = jackfield("mcp", "remove", "web")
    assert done.out == "Removed MCP server 'web'. Its credentials were deleted.\n"
    assert not kept(jackfield)
    assert world.tokens
    assert not world.revoked
    assert jackfield("mcp", "remove", "program").out == "Removed MCP server 'program'.\n"


def test_list_and_get_ask_the_servers_that_may_want_a_login(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    configure(jackfield, world, '[mcp_servers.gone]\nurl = "http://127.0.0.1:9/mcp"')
    done = jackfield("mcp", "list")
    lines = [line.split("  ") for line in done.out.splitlines()]
    auth = {line[0]: " ".join(filter(None, line)) for line in lines}
    assert "Not logged in" in auth["web"]
    assert "Unknown" in auth["gone"]
    assert "whether gone wants a login is not known: " in done.err
    assert "To log in: jackfield mcp login web\n" in done.err
    assert "connection refused" in done.err
    assert [s["auth_status"] for s in jackfield("mcp", "list", "--json").json] == [
        *("not_logged_in", "unknown", "unsupported"),
    ]
    assert "  login: jackfield mcp login web\n" in jackfield("mcp", "get", "web").out
    got = jackfield("mcp", "get", "gone", "--json").json
    assert got["auth_status"] == "unknown"
    assert "connection refused" in got["auth_status_reason"]


def test_without_a_terminal_add_only_names_the_login(jackfield: CommandLine, world: LoginWorld) -> None:
    done = jackfield("mcp", "add", "web", "--url", world.url)
    assert (done.status, done.out) == (0, "Added MCP server 'web'.\n")
    assert "If it wants a login: jackfield mcp login web\n" in done.err
    assert not world.requests
    done = jackfield("mcp", "add", "other", "--url", world.url, "--no-login")
    assert "login" not in done.err
    done = jackfield("mcp", "add", "token", "--url", world.url, "--bearer-token-env-var", "T")
    assert "login" not in done.err


def test_add_logs_in_at_once_where_a_person_is(
    jackfield: CommandLine, world: LoginWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.command_line.servers.login.is_person", lambda: True)
    jackfield.write('mcp_oauth_credentials_store = "file"\n')
    done = jackfield("mcp", "add", "web", "--url", world.url)
    assert done.status == 0
    assert done.out == "Added MCP server 'web'.\nLogged in to MCP server 'web'.\n"
    world.says_no = "not today"
    done = jackfield("mcp", "add", "second", "--url", world.url)
    assert (done.status, done.out) == (3, "Added MCP server 'second'.\n")
    assert "not today" in done.err
    assert "The server is added. To log in later: jackfield mcp login second\n" in done.err
    assert "second" in jackfield.text


def test_a_call_that_needs_more_scopes_names_the_login_that_has_them(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    configure(jackfield, world)
    world.needs["echo"] = ("admin",)
    jackfield("mcp", "login", "web", "--scopes", "read")
    done = jackfield("call", "web", "echo", "text=x")
    assert done.status == 3
    assert "jackfield mcp login web --scopes read,admin" in done.err


def test_a_url_that_is_not_configured_is_added_before_it_is_logged_in_to(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    done = jackfield("tools", world.url)
    assert done.status == 3
    assert "jackfield mcp add NAME --url URL" in done.err


def test_check_says_that_a_login_is_all_that_is_missing(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    done = jackfield("mcp", "check", "web")
    assert done.status == 3
    assert "jackfield mcp login web" in done.out
    jackfield("mcp", "login", "web")
    assert jackfield("mcp", "check", "web").status == 0


def test_an_answer_is_taken_from_standard_input(jackfield: CommandLine, world: LoginWorld) -> None:
    configure(jackfield, world)
    environ = os.environ | {"JACKFIELD_HOME": str(jackfield.home), "PYTHONPATH": PATH}
    with subprocess.Popen(
        [sys.executable, "-m", "app", "mcp", "login", "web", "--no-browser"],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stderr
        try:
            url = next(line.strip() for line in process.stderr if line.startswith("http"))
            out, err = process.communicate(world.answer(url) + "\n", timeout=30)
        except BaseException:
            process.kill()
            raise
    assert (process.returncode, out) == (0, "Logged in to MCP server 'web'.\n"), err
    assert not leaks(err)


@pytest.mark.parametrize(
    "words", [["mcp", "list"], ["mcp", "get", "program"], ["mcp", "remove", "program"]], ids=" ".join
)
def test_nothing_is_imported_for_logins_that_nobody_needs(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "config.toml").write_text(
        '[mcp_servers.program]\ncommand = "true"\n[mcp_servers.token]\nurl = "http://127.0.0.1:9/"\n'
        'bearer_token_env_var = "T"\n[mcp_servers.off]\nurl = "http://127.0.0.1:9/"\nenabled = false\n',
        encoding="utf-8",
    )
    code = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: sys.stderr.write('\\n' + json.dumps(sorted(sys.modules))))\n"
        "from app.__main__ import main\nmain()"
    )
    done = in_shell(*words, home=tmp_path, program=(sys.executable, "-c", code), environ={"T": "x"})
    assert done.status == 0, done.err
    imported = set(json.loads(done.err.splitlines()[-1]))
    assert not imported & {"httpx2", "keyring", "mcp", "asyncio", "services.oauth.logins"}


def test_a_provider_that_registers_nobody_has_its_own_advice() -> None:
    github = ServerSettings("github", transport="http", url="https://api.githubcopilot.com/mcp/")
    error = with_advice(LoginFailed("registration: refused", hint="Set oauth.client_id."), github, "")
    assert "personal access token" in error.hint
    assert "bearer_token_env_var of [mcp_servers.github]" in error.hint
    own = replace(github, oauth={"client_id": "mine"})
    assert with_advice(LoginFailed("refused"), own, "otherwise").hint == "otherwise"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://good.example\\@evil.example/", "ftp://a/"])
def test_an_address_that_is_not_plain_is_not_opened(url: str) -> None:
    with pytest.raises(LoginFailed, match="is not opened"):
        looked_at(url)


def test_a_broken_file_of_credentials_is_set_aside_and_said(
    jackfield: CommandLine, world: LoginWorld
) -> None:
    configure(jackfield, world)
    (jackfield.home / KEPT).write_text("{ broken", encoding="utf-8")
    done = jackfield("mcp", "list")
    assert done.status == 0
    assert "Not logged in" in done.out
    assert "Warning: " in done.err
    assert KEPT in done.err


def test_advice_leaves_the_error_it_was_given_alone() -> None:
    server = ServerSettings("other", transport="http", url="https://example.com/mcp")
    given = LoginFailed("refused", reason="timeout", step="token", error="invalid_scope")
    given.discovered_scopes = True
    advised = with_advice(given, server, "otherwise")
    assert (given.hint, advised.hint) == ("", "otherwise")
    assert vars(advised) == {**vars(given), "hint": "otherwise"}
    assert (type(advised), str(advised)) == (LoginFailed, "refused\notherwise")
