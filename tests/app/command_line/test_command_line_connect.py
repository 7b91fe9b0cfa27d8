"""`jackfield tools`, `call`, `read` and the others on real servers: what is printed where, and the status."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line.connect.results import print_tool_result
from services.catalog.entries import Tool
from services.results.reader import read_tool_result
from tests.app.command_line.connect_stage import QUICK, Done, configuration, demo_over_http, quick, run_here
from tests.services.check.stage import strangers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Run = Callable[..., Done]


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of a demo server."""
    with demo_over_http() as url:
        yield url


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("JACKFIELD_HOME", str(home))
    return home


@pytest.fixture
def run(home: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """The command in this process: the SDK is imported once for all of them."""

    def run(*words: str, **servers: str) -> Done:
        if servers:
            (home / "config.toml").write_text(configuration(**servers), encoding="utf-8")
        return run_here(words, capfdbinary)

    return run


# Lists.


def test_the_tools_of_a_server_one_a_line(run: Run) -> None:
    done = run("tools", "quick", quick=quick())
    assert done.status == 0
    assert done.out.splitlines()[:2] == ["echo\t[text=TEXT]\tEcho.", "sleep\t[seconds=NUMBER]\tSleep."]
    assert done.err == ""


def test_arguments_are_listed_as_they_are_typed(run: Run, demo: str) -> None:
    lines = dict(line.split("\t", 1) for line in run("tools", demo).out.splitlines())
    assert lines["add"].startswith("a=NUMBER b=NUMBER\t")
    assert lines["ask"].startswith("[form=TEXT]\t")


def test_lists_as_json_are_what_the_server_sent(run: Run) -> None:
    tools = run("tools", "quick", "--json", quick=quick("--page-size", "2")).json["tools"]
    assert len(tools) == 11
    assert tools[0]["server"] == "quick"
    assert tools[0]["inputSchema"] == {"type": "object", "properties": {"text": {"type": "string"}}}


def test_filtered_tools_are_not_there(run: Run) -> None:
    tools = run("tools", "quick", "--json", quick=quick(more='enabled_tools = ["echo"]')).json["tools"]
    assert [tool["name"] for tool in tools] == ["echo"]
    done = run("call", "quick", "sleep")
    assert done.status == 2
    assert "enabled_tools in [mcp_servers.quick] does not list it" in done.err


@pytest.mark.parametrize(
    ("kind", "line", "key"),
    [
        ("resources", "quick://text\ttext/plain\tText: Text.", "resources"),
        ("templates", "quick://item/{number}\ttext/plain\tItem: Item.", "resourceTemplates"),
        ("prompts", "greet\tname=TEXT [tone=TEXT]\tGreet.", "prompts"),
    ],
)
def test_the_other_lists(run: Run, kind: str, line: str, key: str) -> None:
    assert line in run(kind, "quick", quick=quick()).out.splitlines()
    assert {item["server"] for item in run(kind, "quick", "--json").json[key]} == {"quick"}


def test_nothing_offered(run: Run) -> None:
    done = run("templates", "quick", quick=quick("--no-resources"))
    assert (done.status, done.out, done.err) == (0, "", "quick offers no templates.\n")


def test_all_servers_and_one_that_fails(run: Run) -> None:
    servers = {"one": quick(), "two": quick(), "gone": 'command = "no-such-program"', "off": quick()}
    servers["off"] += "enabled = false"
    done = run("tools", **servers)
    assert done.status == 0
    assert {line.split("\t")[0] for line in done.out.splitlines()} == {"one", "two"}
    assert done.err.startswith("Warning: gone cannot be started: command not found: no-such-program\n")
    answer = run("tools", "--json").json
    assert answer["failures"] == {"gone": "command not found: no-such-program"}


def test_a_required_server_that_fails_is_the_commands_failure(run: Run) -> None:
    gone = 'command = "no-such-program"\nrequired = true'
    done = run("tools", quick=quick(), gone=gone)
    assert (done.status, done.out) == (4, "")
    assert done.err.startswith("Error: gone cannot be started")
    assert run("tools", "quick").status == 0  # it is not started for what does not concern it


def test_only_the_named_server_is_started(run: Run, tmp_path: Path) -> None:
    mark = tmp_path / "started"
    other = f'command = "sh"\nargs = ["-c", "touch {mark}"]'
    assert run("call", "quick", "echo", quick=quick(), other=other).status == 0
    assert not mark.exists()


def test_no_servers_at_all(run: Run) -> None:
    done = run("tools")
    assert (done.status, done.out) == (0, "")
    assert "jackfield mcp add" in done.err
    assert run("tools", "--json").json == {"tools": []}


# Calls.


def test_arguments_are_typed_by_the_schema(run: Run, demo: str) -> None:
    done = run("call", demo, "add", "a=1", "b:=2.5")
    assert (done.status, done.err) == (0, "")
    assert done.out == '1 + 2.5 = 3.5\n{\n  "sum": 3.5\n}\n'


def test_json_is_the_result_as_it_came(run: Run, demo: str) -> None:
    answer = run("call", demo, "add", "a=1", "b=2", "--json").json
    assert answer["content"] == [{"type": "text", "text": "1 + 2 = 3"}]
    assert answer["structuredContent"] == {"sum": 3}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "a=1"), "Error: add needs b.\nUsage: jackfield call URL add a=NUMBER b=NUMBER\n"),
        (("add", "a=x", "b=1"), 'Error: "a" must be a number, not "x".\n'),
        (("add", "a=1", "b=2", "c=3"), 'Error: There is no argument "c".\n'),
        (
            ("countdown", "seconds=-1"),
            "Error: countdown does not take these arguments: seconds: at least 0.\n",
        ),
        (("echo", "hello"), 'Error: "hello" is not key=value.\n'),
        (("ad", "a=1"), "Did you mean 'add'?\n"),
        (("echo", "text=a", "--args", "{}"), "Error: --args gives all arguments or none\n"),
        (("echo", "--args", "[1]"), "Error: --args holds no JSON object\n"),
        (("echo", "--args", "{"), "Error: --args is not valid JSON"),
        (
            ("echo", "--args", "@/no/such/file"),
            "Error: cannot read /no/such/file: No such file or directory\n",
        ),
        (("echo", "--timeout", "nan", "text=a"), "nan is not a number of seconds"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_sent(
    run: Run, demo: str, words: tuple[str, ...], told: str
) -> None:
    done = run("call", demo, *words)
    assert (done.status, done.out) == (2, "")
    assert told in done.err.replace(demo, "URL")


def test_unchecked_arguments_are_left_to_the_server(run: Run, demo: str) -> None:
    done = run("call", demo, "countdown", "seconds=-1", "more=x", "--no-check")
    assert done.status == 5
    assert "rguments" in done.out
    assert done.err.endswith(".countdown reported an error.\n")


def test_a_slip_of_the_finger_is_told_and_sent(run: Run) -> None:
    done = run("call", "quick", "echo", "tex=a", quick=quick())
    assert done.status == 1  # quick refuses what it does not know, in its own words
    assert 'Warning: "tex" is not an argument of this tool. Did you mean "text"?' in done.err


def test_arguments_from_a_file(run: Run, demo: str, tmp_path: Path) -> None:
    file = tmp_path / "arguments.json"
    file.write_text('{"text": "from a file"}', encoding="utf-8")
    assert run("call", demo, "echo", "--args", f"@{file}").out == "from a file\n"
    assert run("call", demo, "echo", '{"text": "as one word"}').out == "as one word\n"


def test_a_tools_own_error(run: Run, demo: str) -> None:
    done = run("call", demo, "fail", "message=out of ink")
    assert (done.status, done.out) == (5, "out of ink\n")
    assert done.err == "Error: 127.0.0.1.fail reported an error.\n"
    assert run("call", demo, "fail", "--json").json["isError"] is True


def test_a_servers_error_and_a_server_that_dies(run: Run) -> None:
    done = run("call", "quick", "rpc_error", "message=no line", quick=quick())
    said = 'Error: quick: no line\nJSON-RPC error -32050\ndata: {"detail": ""}\n'
    assert (done.status, done.out, done.err) == (1, "", said)
    done = run("call", "quick", "die", "status=7")
    assert (done.status, done.out) == (4, "")
    assert 'exit status 7: "dying"' in done.err


def test_a_result_that_is_not_valid_is_shown_with_what_is_wrong(run: Run) -> None:
    done = run("call", "quick", "structured", quick=quick())
    assert done.status == 0
    assert done.out.startswith("three\n{")
    assert done.err.startswith("Warning: structuredContent does not fit")
    assert "hologram" in run("call", "quick", "bad_result", "kind=unknown").out


def test_a_timeout(run: Run) -> None:
    done = run("call", "quick", "sleep", "seconds=30", "--timeout", "0.2", quick=quick())
    assert done.status == 1
    assert done.err == "Error: quick.sleep gave no result within 0.2 s\n--timeout S gives it more.\n"


def test_questions_are_declined_where_nobody_can_answer(run: Run, demo: str) -> None:
    done = run("call", demo, "ask", "form=short")
    assert (done.status, done.out) == (6, "decline\n")
    assert 'asks "Please fill in your details"; declined: there is no terminal' in done.err
    assert "It asks for name, colour, lucky: --answer FIELD=VALUE." in done.err


def test_what_the_server_logs_goes_to_standard_error(run: Run) -> None:
    quiet = run("call", "quick", "flood_stderr", "lines=2", quick=quick())
    assert (quiet.out, quiet.err) == ("2 lines\n", "")
    loud = run("call", "quick", "flood_stderr", "lines=2", "-v")
    assert loud.out == "2 lines\n"
    assert "quick stderr: flood line 1\n" in loud.err


def test_no_escape_of_a_hostile_server_reaches_standard_error(run: Run) -> None:
    done = run("tools", "quick", "-v", quick=quick("--hostile"))
    assert done.status == 0
    assert not any(mark in done.err + done.out for mark in "\x1b\x9b\x9d\u202e")


# Pictures and files.


def test_pictures_are_named_and_saved(run: Run, demo: str, tmp_path: Path) -> None:
    words = ("call", demo, "image_scenario", "scenario=text_then_image", "caption=a board")
    done = run(*words)
    assert done.out == "a board\n[image PNG 640×400 · 23 kB]\n"
    assert done.err == "--save DIR writes it to a file.\n"
    done = run(*words, "--save", str(tmp_path / "saved"))
    path = tmp_path / "saved" / "image_scenario.png"
    assert done.out == f"a board\n[image PNG 640×400 · 23 kB] {path}\n"
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [each.name for each in path.parent.iterdir()] == ["image_scenario.png"]


def test_sounds_links_and_enclosed_files(run: Run, demo: str, tmp_path: Path) -> None:
    assert "[audio audio/wav · 8.0 kB]\n" in run("call", demo, "audio").out
    done = run("call", demo, "links")
    assert "[link demo://welcome · text/plain]\n" in done.out
    assert "[resource demo://enclosed/note.md · text/markdown]\n# A note\n" in done.out
    run("call", demo, "links", "--save", str(tmp_path / "saved"))
    assert {path.name for path in (tmp_path / "saved").iterdir()} == {"note.md", "bytes.bin"}


def test_nothing_to_save(run: Run, demo: str, tmp_path: Path) -> None:
    done = run("call", demo, "echo", "text=a", "--save", str(tmp_path / "saved"))
    assert (done.status, done.out) == (0, "a\n")
    assert done.err.startswith("There is nothing to save")
    assert not (tmp_path / "saved").exists()


# Resources and prompts.


def test_a_resource_is_printed_as_it_is(run: Run, demo: str) -> None:
    done = run("read", demo, "demo://welcome")
    assert done.status == 0
    assert done.out.startswith("Welcome to the demo server.\n\nIt has")
    assert done.err == ""
    assert run("read", demo, "demo://welcome", "--json").json["contents"][0]["uri"] == "demo://welcome"


def test_a_resource_of_bytes_goes_into_a_pipe_as_bytes(run: Run, demo: str, tmp_path: Path) -> None:
    uri = "demo://pictures/jackfield.png"
    assert run("read", demo, uri).data.startswith(b"\x89PNG\r\n")
    done = run("read", demo, uri, "--save", str(tmp_path))
    assert done.out == f"[resource {uri} · PNG 640×400 · 23 kB] {tmp_path / 'jackfield.png'}\n"


def test_a_resource_that_is_not_there(run: Run) -> None:
    done = run("read", "quick", "quick://nothing", quick=quick())
    assert (done.status, done.err) == (
        1,
        'Error: quick: Resource not found\nJSON-RPC error -32002\ndata: {"detail": ""}\n',
    )


def test_a_template_takes_its_values(run: Run, demo: str) -> None:
    done = run("read", demo, "demo://sockets/{row}/{number}", "row=A", "number=3")
    assert done.status == 0
    assert done.out == run("read", demo, "demo://sockets/A/3").out
    own = run("read", demo, "demo://sockets{/place*}", "place=A", "place=3")
    assert own.out == done.out  # one that the server does not list


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "needs row, number.\nUsage: jackfield read URL 'demo://sockets/{row}/{number}' row=TEXT nu"),
        (("row=A", "nubmer=3"), "has no variable nubmer.\nDid you mean 'number'?"),
        (("row=A", "number=3", "more"), '"more" is not NAME=VALUE'),
        (("row=A", 'number:={"a": ["b"]}'), "number takes a text"),
    ],
)
def test_templates_that_are_filled_in_wrongly(run: Run, demo: str, words: tuple[str, ...], told: str) -> None:
    done = run("read", demo, "demo://sockets/{row}/{number}", *words)
    assert (done.status, done.out) == (2, "")
    assert told in done.err.replace(demo, "URL")


def test_what_only_looks_like_a_template_is_not_sent(run: Run) -> None:
    done = run("read", "quick", "quick://a{b", quick=quick())
    assert (done.status, done.out) == (2, "")
    assert '"quick://a{b" is not a URI template' in done.err


def test_prompts(run: Run, demo: str) -> None:
    done = run("prompt", demo, "explain_tool", "tool=add", "audience=a child of ten")
    assert done.out == "user:\nExplain the tool `add` of the demo server to a child of ten.\n"
    assert run("prompt", demo, "tour").out.count("\n") == 5
    assert len(run("prompt", demo, "tour", "--json").json["messages"]) == 2


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("explain_tool",), "explain_tool needs tool.\nUsage: jackfield prompt URL explain_tool tool=TEXT"),
        (("explain_tool", "tol=add"), "explain_tool has no argument tol\nDid you mean 'tool'?"),
        (("tuor",), "has no prompt tuor\nDid you mean 'tour'?"),
    ],
)
def test_prompts_that_are_asked_for_wrongly(run: Run, demo: str, words: tuple[str, ...], told: str) -> None:
    done = run("prompt", demo, *words)
    assert done.status == 2
    assert told in done.err.replace(demo, "URL")


# Completion.


def completions(*words: str) -> list[str]:
    from click.shell_completion import ShellComplete

    from app.command_line.main import cli

    *before, incomplete = words
    found = ShellComplete(cli, {}, "jackfield", "_X").get_completions(before, incomplete)
    return [item.value for item in found]


def test_what_a_server_offers_is_completed(run: Run) -> None:
    run("tools", quick=quick(), gone='command = "no-such-program"', off=quick(more="enabled = false"))
    assert completions("call", "q") == ["quick"]
    assert completions("call", "quick", "s") == ["sleep", "structured"]
    assert completions("call", "quick", "ask", "count=1", "") == ["mode=", "withdraw_after="]
    assert completions("read", "quick", "quick://t") == ["quick://text"]
    assert completions("read", "quick", "quick://i") == ["quick://item/{number}"]
    assert completions("read", "quick", "quick://item/{number}", "") == ["number="]
    assert completions("read", "quick", "quick://item/{", "") == []
    assert completions("prompt", "quick", "greet", "name=Ada", "") == ["tone="]
    for server in ("gone", "off", "unknown"):
        assert completions("call", server, "") == []


# Which server.


def test_a_program_after_two_dashes(run: Run) -> None:
    assert run("call", "echo", "text=hi", "--", *QUICK).out == "hi\n"
    assert run("read", "quick://text", "--", *QUICK).out == "This is text.\n"
    assert run("prompt", "greet", "name=Ada", "--", *QUICK).out == "user:\ngreet for Ada\n"
    assert "filler_2" in run("tools", "--json", "--", *QUICK, "--tools", "2").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("call", "quick", "echo", "text=hi", "--", *QUICK), "no SERVER is named: jackfield call TOOL"),
        (("tools", "quick", "--", *QUICK), "Name a server, or give a program after --, but not both."),
        (("tools", "--"), "A program must follow --."),
        (("tools", "--", "https://example.com/mcp"), "A URL stands in the place of SERVER"),
        (("tools", "--env", "A=b"), "--env and --env-var are for a program given after --."),
        (("tools", "quick", "--bearer-token-env-var", "A"), "--bearer-token-env-var is for a URL."),
        (("tools", "--env", "A", "--", *QUICK), "--env must be in KEY=VALUE form"),
        (("call",), "Missing argument 'SERVER'."),
        (("call", "quick"), "Missing argument 'TOOL'."),
        (("call", "--", *QUICK), "Missing argument 'TOOL'."),
        (("read", "quick"), "Missing argument 'URI'."),
        (("tools", "quikc"), "No MCP server named 'quikc' found.\nDid you mean 'quick'?"),
    ],
)
def test_wrong_words(run: Run, words: tuple[str, ...], told: str) -> None:
    done = run(*words, quick=quick())
    assert (done.status, done.out) == (2, "")
    assert told in done.err


def test_variables_for_a_program(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROM_HERE", "passed on")
    code = "import os,sys; sys.exit(os.environ.get('GIVEN','') + ' ' + os.environ.get('FROM_HERE',''))"
    done = run("tools", "--env", "GIVEN=value", "--env-var", "FROM_HERE", "--", QUICK[0], "-c", code)
    assert 'exit status 1: "value passed on"' in done.err
    done = run("tools", "--env-var", "NOT_SET", "--", *QUICK)
    assert (done.status, "which is not set" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("lines", "status", "told"),
    [
        (quick("--exit-at-start", "3"), 4, 'x cannot be started: exit status 3: "boom"\nFor details: jack'),
        ('command = "no-such-one"', 4, "x cannot be started: command not found: no-such-one\nPATH searched"),
        ('url = "http://127.0.0.1:9/"', 4, "x cannot be reached: cannot connect to 127.0.0.1:9: connection"),
        (quick("--silent", more="startup_timeout_sec = 1"), 4, "startup_timeout_sec in [mcp_servers.x]"),
        (quick(more="enabled = false"), 2, "x is disabled\nEnable it with: jackfield mcp enable x"),
        (quick(more='url = "http://a/"'), 2, "url is not supported for stdio"),
        ('url = "http://a/"\nbearer_token_env_var = "NO_TOKEN"', 2, "Environment variable NO_TOKEN"),
    ],
    ids=["exits", "not there", "refused", "silent", "disabled", "invalid", "no token"],
)
def test_servers_that_cannot_be_used(run: Run, lines: str, status: int, told: str) -> None:
    done = run("call", "x", "echo", x=lines)
    assert (done.status, done.out) == (status, "")
    assert told in done.err


def test_a_login_is_needed(run: Run) -> None:
    with strangers() as url:
        done = run("tools", f"{url}/login")
    assert (done.status, done.out) == (3, "")
    assert "is not logged in" in done.err


def test_a_token_for_a_url(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_TOKEN", "s3cret")
    with strangers() as url:
        done = run("tools", f"{url}/login", "--bearer-token-env-var", "OUR_TOKEN")
    assert done.status == 3
    assert "the token in OUR_TOKEN was not accepted" in done.err
    assert "s3cret" not in done.err


def test_a_start_may_be_given_more_time(run: Run) -> None:
    slow = (*QUICK, "--slow-start", "1")
    done = run("tools", "--startup-timeout", "0.5", "--", *slow)
    assert (done.status, "--startup-timeout S lengthens it" in done.err) == (4, True)
    assert run("tools", "slow", "--startup-timeout", "20", slow=quick("--slow-start", "1")).status == 0


def test_the_result_is_printed_once(capfdbinary: pytest.CaptureFixture[bytes]) -> None:

    def printed(structured: Any, *texts: str) -> str:
        raw = {"content": [{"type": "text", "text": text} for text in texts], "structuredContent": structured}
        tool = Tool("s", "t", "t")
        result = read_tool_result(raw, tool, 0)
        asyncio.run(print_tool_result(result, tool, as_json=False, save=None))
        return capfdbinary.readouterr().out.decode()

    for structured, text in (({"a": [1]}, '{"a":[1]}'), ({"result": "plain"}, "plain"), ({"result": 3}, "3")):
        assert printed(structured, text) == f"{text}\n"
    assert printed({"result": [1, {"b": 2}]}, "1", '{"b": 2}') == '1\n{"b": 2}\n'
    assert json.loads(printed({"a": 2}, "").strip()) == {"a": 2}
    assert printed({"a": 2}, '{"a": 1}') == '{"a": 1}\n{\n  "a": 2\n}\n'
