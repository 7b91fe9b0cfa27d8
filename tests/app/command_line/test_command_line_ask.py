"""`jackfield ask` on servers of every kind, with a model on the wire: its output, trace and status."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from app.command_line import main
from tests.app.command_line.connect_stage import QUICK, Done, configuration, demo_over_http, quick
from tests.services.model.wire import KEY, TEXT, Provider, provider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Ask = Callable[..., Done]


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The URL of a demo server."""
    with demo_over_http() as url:
        yield url


@pytest.fixture
def ask(
    there: Provider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Ask:
    """The command in this process."""
    monkeypatch.setenv("JACKFIELD_HOME", str(tmp_path))
    monkeypatch.setenv("KEY", KEY)
    (tmp_path / "config.toml").write_text(
        f"""
[model]
provider = "openai-chat"
name = "gpt-4o"
base_url = "{there.url}/v1"
api_key_env_var = "KEY"
""",
        encoding="utf-8",
    )

    def ask(*words: str) -> Done:
        capfdbinary.readouterr()
        try:
            status = main.run(["ask", *words])
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else 1
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err, err
        return Done(status, out, err.decode())

    return ask


def offered(there: Provider) -> list[str]:
    return [tool["function"]["name"] for tool in there.bodies[0]["tools"]]


def test_a_program_after_two_dashes_is_used(ask: Ask, there: Provider) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi there"})
    done = ask("what", "now?", "--approve", "all", "--", *QUICK)
    assert (done.out.strip(), done.status) == (TEXT, 0), done.err
    assert "hi there" in json.dumps(there.bodies[1])


def test_a_url_is_used_and_nothing_else(ask: Ask, there: Provider, demo: str) -> None:
    done = ask("hello", "--server", demo)
    assert (done.out.strip(), done.status) == (TEXT, 0), done.err
    assert "mcp__127_0_0_1__add" in offered(there)


def test_a_url_beside_a_program(ask: Ask, there: Provider, demo: str) -> None:
    done = ask("hello", "--server", demo, "--", *QUICK)
    assert done.status == 0, done.err
    assert {"mcp__127_0_0_1__add", "mcp__quick__echo"} <= set(offered(there))


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--env", "A=b"), 2, "--env and --env-var are for a program"),
        (("--bearer-token-env-var", "A"), 2, "is for one --server URL"),
        (("--",), 2, "A program must follow --"),
        (("--", "http://127.0.0.1:1/mcp"), 2, "is not a program"),
        (("--server", "http://127.0.0.1:9/mcp"), 4, "127.0.0.1"),
        (("--", *QUICK, "--exit-at-start", "3"), 4, "quick cannot be started"),
        (("--server", "nobody"), 2, "nobody"),
        (("--max-turns", "0"), 2, "max-turns"),
        (("--startup-timeout", "soon", "--", *QUICK), 2, "not a number of seconds"),
        (("--image", "/nowhere.png"), 2, "cannot be read"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_asked(
    ask: Ask, there: Provider, words: tuple[str, ...], status: int, says: str
) -> None:
    done = ask("hello", *words)
    assert done.status == status and says in done.err and done.out == "", done
    assert there.bodies == []


def test_a_model_that_calls_on_and_on_is_stopped(ask: Ask, there: Provider) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi"})
    done = ask("hello", "--max-turns", "1", "--approve", "all", "--", *QUICK)
    assert done.status == 1 and "more requests than one turn may have" in done.err and done.out == ""


def test_a_question_that_nobody_could_answer_makes_the_status(ask: Ask, there: Provider) -> None:
    there.call = ("mcp__quick__ask", {})
    done = ask("hello", "--approve", "all", "--", *QUICK)
    assert done.status == 6 and "there is no terminal to answer it on" in done.err, done
    assert done.out.strip() == TEXT


def traced(file: Path) -> list[dict[str, Any]]:
    text = file.read_text()
    assert KEY not in text and "very-secret-1" not in text
    return [json.loads(line) for line in text.splitlines()]


def test_the_trace_holds_the_servers_and_the_model(ask: Ask, there: Provider, tmp_path: Path) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi very-secret-1"})
    file = tmp_path / "all.ndjson"
    options = ("--trace", str(file), "--env", "API_KEY=very-secret-1")
    done = ask("hello", "--approve", "all", *options, "--", *QUICK)
    assert done.status == 0, done.err
    lines = traced(file)
    heads = {line["trace"]: index for index, line in enumerate(lines) if "trace" in line}
    assert list(heads) == ["quick", "model"]
    model = lines[heads["model"] + 1 :]
    exchanges = [line["http"] for line in model if line["kind"] == "http"]
    assert [
        (each["status"], each["request_bytes"] > 0, each["response_bytes"] > 0) for each in exchanges
    ] == [(200, True, True)] * 2
    assert all(each["latency_ms"] > 0 for each in exchanges)
    sent = [line["text"] for line in model if line.get("direction") == "out" and "text" in line]
    assert "hello" in json.dumps(sent[0]["messages"]) and "hi *****" in json.dumps(sent[1]["messages"])
    came = [line["text"] for line in model if line.get("direction") == "in"]
    assert "mcp__quick__echo" in came[0] and '"content": "It i"' in came[1] and len(came) == 2


def test_what_is_refused_or_not_reached_is_traced_too(
    ask: Ask, there: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.ndjson"
    there.key = "another"
    assert ask("hello", "--trace", str(file)).status == 3
    (refused,) = [line["http"] for line in traced(file) if line.get("kind") == "http"]
    assert refused["status"] == 401
    config = tmp_path / "config.toml"
    config.write_text(config.read_text().replace(there.url, "http://127.0.0.1:9"))
    monkeypatch.setattr("services.model.library.engine._TRIES", 1)
    assert ask("hello", "--trace", str(file)).status == 4
    (lost,) = [line["http"] for line in traced(file) if line.get("kind") == "http"]
    assert "connection refused" in lost["fault"]


def test_results_of_long_ago_go_and_this_one_stays(ask: Ask, there: Provider, tmp_path: Path) -> None:
    old = tmp_path / "results" / "2020-01-01-000000-99999999"
    old.mkdir(parents=True)
    os.utime(old, (1e9, 1e9))
    there.call = ("mcp__quick__big", {"bytes": 500_000})
    assert ask("hello", "--approve", "all", "--", *QUICK).status == 0
    (folder,) = (tmp_path / "results").iterdir()
    (file,) = folder.iterdir()
    assert folder != old and file.stat().st_size == 500_000
    assert str(file) in json.dumps(there.bodies[1])


def test_a_tool_that_changed_since_it_was_allowed_for_good_is_not_called(
    ask: Ask, there: Provider, tmp_path: Path
) -> None:
    there.call = ("mcp__quick__echo", {"text": "hi there"})
    config = tmp_path / "config.toml"
    model, allowed = config.read_text(), 'tools.echo.approval_mode = "approve"'
    for options, status in (((), 0), (("--strict",), 6), ((), 0)):
        there.bodies.clear()
        config.write_text(model + configuration(quick=quick(*options, more=allowed)))
        done = ask("hello", "--approve", "all")
        assert done.status == status, done.err
        assert ("quick.echo needs approval: it has changed since" in done.err) == bool(status)
        answered = json.dumps([each for each in there.bodies[1]["messages"] if each["role"] == "tool"])
        assert ("hi there" in answered) != bool(status)


@pytest.mark.parametrize(
    ("key", "says"), [(None, "KEY is not set"), ("", "KEY is not set"), ("a b", "the key")]
)
def test_without_a_key_nothing_is_started(
    ask: Ask, there: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None, says: str
) -> None:
    monkeypatch.delenv("KEY")
    if key is not None:
        monkeypatch.setenv("KEY", key)
    pid = tmp_path / "pid"
    for options in ((), ("--json",)):
        done = ask("hello", *options, "--", *QUICK, "--pid-file", str(pid))
        assert done.status == 3 and says in (done.out if options else done.err)
    assert there.bodies == [] and not pid.exists()
