"""What a server is given: variables, its program, its headers; on every system."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from services.errors import ConnectionFailed, MissingVariable
from services.processes.environment import child_environment
from services.processes.programs import find_program
from services.settings import ServerSettings
from services.web.headers import resolve_headers, run_headers_helper
from tests.support.work import PATIENCE

UNIX = [
    "HOME",
    "LOGNAME",
    "PATH",
    "SHELL",
    "USER",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TERM",
    "TMPDIR",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
]
WINDOWS = [
    "PATH",
    "PATHEXT",
    "COMSPEC",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "USERNAME",
    "USERDOMAIN",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PROGRAMW6432",
    "PROGRAMDATA",
    "LOCALAPPDATA",
    "APPDATA",
    "TEMP",
    "TMP",
    "POWERSHELL",
    "PWSH",
]


def environment_of(server: ServerSettings, environ: dict[str, str], platform: str) -> dict[str, str]:
    return child_environment(server, environ, platform)


@pytest.mark.parametrize(
    ("platform", "names"),
    [("linux", UNIX), ("darwin", UNIX), ("freebsd14", UNIX), ("win32", WINDOWS)],
)
def test_a_child_gets_the_short_list(platform: str, names: list[str]) -> None:
    others = {"SECRET": "s", "LD_PRELOAD": "x", "NODE_OPTIONS": "x"}
    everything = {name: f"value of {name}" for name in {*UNIX, *WINDOWS}} | others
    found = environment_of(ServerSettings("x"), everything, platform)
    assert found == {name: f"value of {name}" for name in names}


def test_what_is_not_set_is_left_out() -> None:
    assert environment_of(ServerSettings("x", env_vars=("A",)), {"HOME": ""}, "linux") == {"HOME": ""}


def test_env_vars_are_passed_and_env_wins() -> None:
    server = ServerSettings("x", env_vars=("TOKEN", "BOTH", "NONE"), env={"BOTH": "set", "PATH": "/mine"})
    environ = {"TOKEN": "t", "BOTH": "ours", "PATH": "/b:/a", "USER": "me"}
    found = environment_of(server, environ, "linux")
    assert found == {"TOKEN": "t", "BOTH": "set", "PATH": "/mine", "USER": "me"}


def test_names_have_no_case_on_windows() -> None:
    server = ServerSettings("x", env_vars=("token",), env={"Path": "mine"})
    found = environment_of(server, {"Path": "ours", "SystemRoot": "C:\\Windows", "Token": "t"}, "win32")
    assert found == {"PATH": "mine", "SYSTEMROOT": "C:\\Windows", "TOKEN": "t"}


def test_the_order_of_path_stays() -> None:
    path = "/z:/a::/m:/a"
    assert environment_of(ServerSettings("x"), {"PATH": path}, "linux")["PATH"] == path


def program(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_on_unix_the_command_stays_as_it_is(tmp_path: Path) -> None:
    program(tmp_path / "b" / "serve")
    env = {"PATH": f"{tmp_path}/a:{tmp_path}/b"}
    assert find_program("serve", env, None, "linux") == "serve"
    assert find_program(f"{tmp_path}/b/serve", {}, None, "linux") == f"{tmp_path}/b/serve"
    assert find_program("./serve", {}, f"{tmp_path}/b", "linux") == "./serve"
    assert find_program("b/serve", {}, str(tmp_path), "darwin") == "b/serve"
    assert find_program("serve", {"PATH": "b"}, str(tmp_path), "linux") == "serve"


def test_a_program_that_cannot_be_run_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path / "a" / "serve", 0o644)
    env = {"PATH": f"{tmp_path}/a:{tmp_path}/b"}
    with pytest.raises(ConnectionFailed) as caught:
        find_program("serve", env, None, "linux")
    assert caught.value.message == f"command is not executable: {tmp_path}/a/serve"
    assert caught.value.hint == f"Try: chmod +x {tmp_path}/a/serve"
    program(tmp_path / "b" / "serve")
    assert find_program("serve", env, None, "linux") == "serve"


@pytest.mark.parametrize(
    ("command", "env", "message", "hint"),
    [
        ("serve", {"PATH": "/no:/where"}, "command not found: serve", "PATH searched: /no:/where"),
        ("serve", {"PATH": ""}, "command not found: serve", "PATH is empty: nothing was searched."),
        ("/no/serve", {}, "command not found: /no/serve", "Looked for /no/serve"),
        (
            "npx -y server",
            {"PATH": "/no"},
            "command not found: npx -y server",
            "It holds spaces: put the program alone into command and the rest into args.",
        ),
        ("/", {}, "command is a directory: /", "Name a program."),
    ],
)
def test_a_command_that_is_not_there(command: str, env: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        find_program(command, env, None, "linux")
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_working_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConnectionFailed, match=f"the working directory {tmp_path}/no does not exist"):
        find_program("sh", {"PATH": "/bin"}, f"{tmp_path}/no", "linux")


def test_on_windows_programs_are_found_by_their_extensions(tmp_path: Path) -> None:
    for name in ("a/npx", "b/npx.cmd", "b/npx", "c/npx.EXE", "c/serve.v2.exe", "c/tool.ps1"):
        program(tmp_path / name)
    env = {"Path": f'{tmp_path}/a;"{tmp_path}/b";;{tmp_path}/c', "PATHEXT": ".COM;.EXE;.BAT;.CMD"}

    def found(command: str, cwd: str | None = None) -> str:
        return Path(find_program(command, env, cwd, "win32")).relative_to(tmp_path).as_posix()

    assert found("npx") == "b/npx.cmd"  # not the shell script beside it
    assert found("npx.EXE") == "c/npx.EXE"
    assert found("serve.v2") == "c/serve.v2.exe"
    assert found("./npx", str(tmp_path / "b")) == "b/npx.cmd"
    assert found(f"{tmp_path}/b/npx") == "b/npx.cmd"
    with pytest.raises(ConnectionFailed) as caught:
        found("tool")
    assert caught.value.message == "command not found: tool"
    assert caught.value.hint == f"PATH searched: {tmp_path}/a;{tmp_path}/b;{tmp_path}/c"


def test_on_windows_the_current_directory_is_not_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "npx.exe")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConnectionFailed):
        find_program("npx", {"PATH": "/no"}, None, "win32")


def http(url: str = "https://a", **keys: object) -> ServerSettings:
    return ServerSettings("n", transport="http", url=url, **keys)  # type: ignore[arg-type]


def test_headers_from_the_table_and_from_variables() -> None:
    server = http(
        http_headers={"X-Team": "red", "x-key": "old"},
        env_http_headers={"X-Key": "KEY", "X-None": "NONE", "X-Blank": "BLANK", "X-Odd": "ODD"},
    )
    environ = {"KEY": " k\n", "BLANK": "  ", "ODD": "a\nb"}
    assert resolve_headers(server, environ) == {"X-Team": "red", "X-Key": "k"}


@pytest.mark.parametrize("value", ["abc", " abc\n", "Bearer abc", "bearer  abc", "BEARER abc"])
def test_exactly_one_bearer(value: str) -> None:
    server = http(bearer_token_env_var="T", http_headers={"authorization": "Basic x"})
    assert resolve_headers(server, {"T": value}) == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "Environment variable T for MCP server 'n' is not set"),
        ({"T": ""}, "Environment variable T for MCP server 'n' is empty"),
        ({"T": " \n"}, "Environment variable T for MCP server 'n' is empty"),
        ({"T": "Bearer "}, "Environment variable T for MCP server 'n' is empty"),
    ],
)
def test_a_missing_token_names_its_variable(environ: dict[str, str], message: str) -> None:
    with pytest.raises(MissingVariable) as caught:
        resolve_headers(http(bearer_token_env_var="T"), environ)
    assert caught.value.message == message


def test_a_token_with_a_line_break_is_refused_without_showing_it() -> None:
    with pytest.raises(ConnectionFailed, match="holds characters that a token cannot have") as caught:
        resolve_headers(http(bearer_token_env_var="T"), {"T": "hunter2\nX: y"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://mcp.example/mcp", "http://10.0.0.7:8000/mcp"])
def test_a_token_goes_over_plain_http_to_another_machine_only_where_that_is_configured(url: str) -> None:
    server = http(url=url, bearer_token_env_var="T")
    with pytest.raises(ConnectionFailed, match="over plain http") as caught:
        resolve_headers(server, {"T": "hunter2"})
    assert "allow_token_over_http" in caught.value.hint
    with pytest.raises(ConnectionFailed, match="over plain http"):
        resolve_headers(http(url=url, http_headers={"authorization": "Basic x"}), {})
    allowed = replace(server, allow_token_over_http=True)
    assert resolve_headers(allowed, {"T": "hunter2"}) == {"Authorization": "Bearer hunter2"}
    assert resolve_headers(http(url=url, http_headers={"X": "y"}), {}) == {"X": "y"}


@pytest.mark.parametrize("url", ["https://mcp.example/mcp", "http://127.0.0.1:1/", "http://[::1]/"])
def test_a_token_goes_over_https_and_to_this_machine(url: str) -> None:
    assert resolve_headers(http(url=url, bearer_token_env_var="T"), {"T": "t"})


def helper(code: str) -> str:
    import shlex

    return shlex.join([sys.executable, "-c", code])


async def test_a_helper_prints_headers() -> None:
    code = "import json, os; print(json.dumps({'Authorization': os.environ['T'], 'X': ''}))"
    assert await run_headers_helper(helper(code), {"T": "s"}) == {"Authorization": "s", "X": ""}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('no')", "did not print JSON"),
        ("print([])", "must print a JSON object of strings"),
        ("print('{\"A\": 1}')", "must print a JSON object of strings"),
        ("print('{\"A\": {}}')", "must print a JSON object of strings"),
        ('print(\'{"A": "1", "a": "2"}\')', "gave a twice"),
        ('print(\'{"Host": "h"}\')', "gave Host, which is not its to set"),
        ('print(\'{"a b": "h"}\')', "gave 'a b', which is not a header name"),
        ('print(\'{"a": "h\\\\n"}\')', "gave a a value that a header cannot carry"),
        ("print('x' * 70000)", "printed more than 64 KiB"),
        ("import sys; sys.stderr.write('why\\n'); sys.exit(3)", 'ended with exit status 3: "why"'),
        ("import sys; sys.stderr.write('x' * 300000); print('{}x')", "did not print JSON"),
    ],
)
async def test_a_helper_that_goes_wrong(code: str, message: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        await run_headers_helper(helper(code), {})
    assert caught.value.message == f"http_headers_helper {message}"


@pytest.mark.parametrize("command", ["", "  ", "'x", "/no/such/helper --x"])
async def test_a_helper_that_cannot_be_started(command: str) -> None:
    with pytest.raises(ConnectionFailed, match="http_headers_helper"):
        await run_headers_helper(command, {})


async def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        await asyncio.sleep(0.01)
    return False


FORKING = (
    "import os, subprocess, sys\n"
    "child = subprocess.Popen(['sleep', '60'])\n"
    "open(sys.argv[1], 'w').write(f'{os.getpid()} {child.pid}')\n"
    "child.wait()\n"
)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at /proc")
async def test_a_helper_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    command = f"{helper(FORKING)} {tmp_path}/pids"
    with pytest.raises(ConnectionFailed, match=r"printed no headers within 2 s"):
        await run_headers_helper(command, {"PATH": os.environ["PATH"]}, timeout=2)
    for pid in (tmp_path / "pids").read_text().split():
        assert await gone(int(pid))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at /proc")
async def test_a_helper_that_is_cancelled_is_ended_with_its_children(tmp_path: Path) -> None:
    command = f"{helper(FORKING)} {tmp_path}/pids"
    task = asyncio.create_task(run_headers_helper(command, {"PATH": os.environ["PATH"]}))
    deadline = time.monotonic() + PATIENCE
    pids: list[str] = []
    while len(pids) < 2 and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
        pids = (tmp_path / "pids").read_text().split() if (tmp_path / "pids").exists() else []
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for pid in pids:
        assert await gone(int(pid))


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at /proc")
async def test_a_child_that_left_the_group_and_cleaned_its_environment_is_ended(tmp_path: Path) -> None:
    code = FORKING.replace("'60']", "'60'], start_new_session=True, env={}")
    with pytest.raises(ConnectionFailed, match=r"printed no headers within 2 s"):
        await run_headers_helper(f"{helper(code)} {tmp_path}/pids", {"PATH": os.environ["PATH"]}, timeout=2)
    for pid in (tmp_path / "pids").read_text().split():
        assert await gone(int(pid))


async def test_a_helper_carries_the_mark_and_not_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "secret")
    code = "import json, os; print(json.dumps({name: 'x' for name in os.environ if name.isascii()}))"
    environ = child_environment(http(), os.environ, sys.platform)
    headers = await run_headers_helper(helper(code), environ)
    assert "JACKFIELD_SERVER" in headers
    assert "OURS" not in headers


async def test_a_child_that_left_the_group_holds_nobody_up() -> None:
    code = (
        "import subprocess\n"
        "subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
        "print('{}', flush=True)\n"
    )
    with pytest.raises(ConnectionFailed, match=r"printed no headers within 1 s"):
        async with asyncio.timeout(PATIENCE):
            await run_headers_helper(helper(code), {"PATH": os.environ["PATH"]}, timeout=1)
