"""`jackfield mcp check`: what a person reads, what a program reads, and the status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line import main
from tests.app.command_line.connect_stage import QUICK, Done, configuration, quick
from tests.services.check.stage import strangers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., Done]

GONE = 'command = "no-such-program"'


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere:/usr/bin:/bin")

    def run(*words: str, **servers: str) -> Done:
        (tmp_path / "config.toml").write_text(configuration(**servers), encoding="utf-8")
        capsys.readouterr()
        try:
            status = main.run(["mcp", "check", *words])
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Done(status, out.encode(), err)

    return run


def test_all_is_well(check: Run) -> None:
    done = check(one=quick(), two=quick(), off=quick(more="enabled = false"))
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].startswith("✓ one  stdio · 11 tools, 3 resources, 1 template, 2 prompts · 2025-11-25 · ")
    assert lines[2:] == ["– off  stdio · disabled", "", "2 of 2 servers OK."]


def test_what_is_wrong_is_told_with_what_to_do(check: Run) -> None:
    servers = {
        "exits": quick("--exit-at-start", "3"),
        "gone": GONE,
        "bad": 'command = "a"\nurl = "http://b/"',
        "odd": quick("--junk", more='tool_timeout = 3\nenabled_tools = ["ecko"]'),
    }
    done = check(**servers)
    assert done.status == 1
    assert done.out == (
        "✗ exits  stdio · failed\n"
        "    ✗ exit status 3\n"
        "      │ starting\n"
        "      │ boom\n"
        "      → Run the same command in a shell to see more.\n"
        "✗ gone  stdio · failed\n"
        "    ✗ command not found: no-such-program\n"
        "      │ PATH searched:\n"
        "      │   /nowhere\n"
        "      │   /usr/bin\n"
        "      │   /bin\n"
        "      → Install it, or put its whole path into command.\n"
        "✗ bad  stdio · invalid\n"
        "    ✗ line 12: url is not supported for stdio in `mcp_servers.bad`\n"
        "      → Set command (a program) or url, not both.\n"
        "✗ odd  stdio · 3 resources, 1 template, 2 prompts · 2025-11-25 · TIME\n"
        "    ✗ prints something other than MCP messages on standard output\n"
        "      │ Welcome to quick 1.0!\n"
        '      │ {"half":\n'
        "      │ [1, 2]\n"
        '      │ {"jsonrpc": "2.0"}\n'
        "      │ ␛[31mred␛[0m\n"
        "      → Its own output belongs on standard error: other clients may not tolerate it.\n"
        "    ! line 17: unknown key `tool_timeout` in `mcp_servers.odd`\n"
        "      → Did you mean `tool_timeout_sec`?\n"
        "    ! enabled_tools names ecko, which is not one of its tools\n"
        "      → Did you mean echo?\n"
        "\n"
        "0 of 4 servers OK, 2 warnings.\n"
    ).replace("TIME", done.out.partition("2025-11-25 · ")[2].partition("\n")[0])


def test_for_programs(check: Run) -> None:
    done = check("--json", one=quick(), gone=GONE)
    assert done.status == 4
    answer = done.json
    assert answer["ok"] is False
    one, gone = answer["servers"]
    assert (one["name"], one["ok"], one["state"], one["tools"]) == ("one", True, "ready", 11)
    assert (one["protocol"], one["identity"], one["findings"]) == ("2025-11-25", "Quick 1", [])
    (finding,) = gone["findings"]
    assert (finding["severity"], finding["code"]) == ("error", "command-not-found")
    assert finding["detail"][0] == "PATH searched:"


@pytest.mark.parametrize(
    ("servers", "status"),
    [
        ({"gone": GONE}, 4),
        ({"gone": GONE, "exits": quick("--exit-at-start", "1")}, 4),
        ({"gone": GONE, "odd": quick("--junk")}, 1),
        ({"bad": 'command = "a"\nurl = "http://b/"'}, 1),
        ({"token": 'url = "http://127.0.0.1:9/"\nbearer_token_env_var = "NO_TOKEN"'}, 1),
        ({"odd": quick(more="unknown_key = 1")}, 0),
    ],
)
def test_the_status_says_what_is_missing(check: Run, servers: dict[str, Any], status: int) -> None:
    assert check(**servers).status == status


def test_a_login_is_all_that_is_missing(check: Run) -> None:
    with strangers() as url:
        done = check("one", "web", one=quick(), web=f'url = "{url}/login"', gone=GONE)
        assert done.status == 3
        assert "! web  http · login needed\n" in done.out
        assert done.out.endswith("\n1 of 2 servers OK, 1 needs a login.\n")
        assert check("web", "gone", web=f'url = "{url}/login"', gone=GONE).status == 1


def test_one_that_is_named_is_checked_though_it_is_disabled(check: Run) -> None:
    assert check("off", off=quick(more="enabled = false")).out.startswith("✓ off")


def test_servers_that_are_not_configured(check: Run) -> None:
    done = check("--", *QUICK, "--silent", "--startup-timeout", "1")
    assert done.status == 4  # the option after -- is the program's
    done = check("--startup-timeout", "1", "--", *QUICK, "--silent")
    assert "--startup-timeout S lengthens it." in done.out
    with strangers() as url:
        done = check(f"{url}/page", f"{url}/failing", "quick", quick=quick())
    assert [line[0] for line in done.out.splitlines() if line[:1] in tuple("✓✗")] == ["✗", "✗", "✓"]
    assert f"✗ {url}/failing  http" in done.out


def test_wrong_words(check: Run) -> None:
    done = check("quikc", quick=quick())
    assert (done.status, done.out) == (2, "")
    assert "Did you mean 'quick'?" in done.err
    done = check("quick", "--env", "A=b", quick=quick())
    assert (done.status, "for a server that is not configured" in done.err) == (2, True)
    done = check()
    assert (done.status, done.out) == (0, "")
    assert "jackfield mcp add" in done.err


def test_hostile_servers_are_printed_harmlessly(check: Run) -> None:
    for words in ((), ("-v",), ("--json",)):
        done = check(*words, quick=quick("--hostile"))
        assert done.status == 0
        assert not any(mark in done.out + done.err for mark in "\x1b\x9b\u202e")
    assert json.loads(done.out)["ok"] is True


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ('"status.conect" = "z"', 'Did you mean "status.connect"?'),
        ('"status.connect" = "nokey"', '"nokey" is no key'),
        ('"session.find" = "ctrl+t"', ""),
    ],
)
def test_keys_that_cannot_be_used_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: str, told: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_text(f"[ui.keys]\n{keys}\n", encoding="utf-8")
    assert main.run(["--config", str(file), "mcp", "check"]) == 0
    err = capsys.readouterr().err
    assert told in err and ("[ui.keys]" in err) is bool(told)
