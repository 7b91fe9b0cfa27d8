"""The session with a model on the real wire, in a real terminal: asked, called, approved, stopped, drawn."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.conftest import Desk, table
from tests.peers.model_wire import model_at
from tests.peers.test_peer_model import APIS, KEY, calls
from tests.support.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.journeys.terminal import Terminal
    from tests.peers.model_wire import Relay

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl(2) and /proc"),
]

FIXTURES: list[dict[str, Any]] = [
    # The picture of a tool follows in a message of its own where the interface has none in results.
    {"match": {"userMessage": "tool_result"}, "response": {"content": "A picture it is."}},
    *calls("picture", "mcp__demo__image_scenario", {"scenario": "text_then_image"}, "A picture it is."),
    *calls("count", "mcp__demo__countdown", {"seconds": 60}, "Lift-off."),
    *calls("add", "mcp__demo__add", {"a": 2, "b": 3}, "It is **five**."),
    *calls("crash", "mcp__demo__crash", {}, "It crashed, and I go on."),
    {"match": {"userMessage": "long"}, "response": {"content": "word " * 2_000}},
    {
        "match": {"userMessage": "list"},
        "response": {"content": "# Heading\n\n- **one**\n- two\n\n```python\nprint(1)\n```\n"},
    },
    {"match": {"userMessage": "hello"}, "response": {"content": "Hello, *you*!"}},
]


@pytest.fixture(scope="module")
def stage(peers_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with model_at(FIXTURES, tmp_path_factory.mktemp("aimock"), "--latency", "10") as relay:
        yield relay


@pytest.fixture
def relay(stage: Relay) -> Relay:
    stage.forget()
    return stage


@pytest.fixture
def desk(relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    monkeypatch.setattr(Desk, "environment", _with_key(Desk.environment))
    try:
        yield desk
    finally:
        desk.close()


def _with_key(environment: Any) -> Any:
    return lambda desk: environment(desk) | {"KEY": KEY}


def model(title: str, provider: str, relay: Relay) -> str:
    """A table of a model behind the relay."""
    url = relay.url if provider == "anthropic" else f"{relay.url}/v1"
    lines = (
        f"[{title}]",
        f'provider = "{provider}"',
        f'name = "{APIS[provider]}"',
        f'base_url = "{url}"',
        'api_key_env_var = "KEY"',
    )
    return "\n".join([*lines, ""])


def demo(**keys: Any) -> str:
    return table("demo", command=sys.executable, args=["-m", "services.demo"], cwd=str(ROOT), **keys)


def opened(desk: Desk, *tables: str) -> Terminal:
    desk.configure('mcp_oauth_credentials_store = "file"\n', *tables)
    terminal = desk.jackfield()
    terminal.wait_for("1 ready")
    return terminal


@pytest.mark.parametrize("provider", list(APIS))
def test_a_picture_is_drawn_here_and_sent_there(desk: Desk, relay: Relay, provider: str) -> None:
    terminal = opened(desk, model("model", provider, relay), demo())
    terminal.type("picture please").press("Enter")
    screen = terminal.wait_for("A picture it is.", 30)
    assert "demo.image_scenario" in screen
    assert "▀" in screen
    terminal.wait_gone("Esc stops")
    sent = json.dumps(relay.bodies)
    start = base64.b64encode((ROOT / "assets" / "demo" / "jackfield.png").read_bytes()[:30]).decode()
    assert start[:36] in sent, "the picture's own bytes are in the request"
    assert KEY not in sent


def test_markdown_is_drawn_and_the_key_is_nowhere(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo())
    terminal.wait_for("Ask gpt-5.2, or / for commands")
    terminal.type("list").press("Enter")
    screen = terminal.wait_for("• two", 30)
    assert "# Heading" not in screen and "**one**" not in screen
    terminal.type("/trace model").press("Enter")
    terminal.wait_for("POST")
    assert KEY not in terminal.screen
    terminal.press("Enter")
    assert KEY.encode() not in bytes(terminal.raw)


def test_esc_in_the_middle_of_a_call_cancels_it_at_the_server(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo())
    terminal.type("count down").press("Enter")
    terminal.wait_for("step 1 of 60", 30)
    terminal.press("Esc")
    screen = terminal.wait_for("Stopped.")
    assert "cancelled" in screen
    terminal.type("/log demo").press("Enter")
    terminal.wait_for("countdown: cancelled")
    terminal.press("Esc")
    terminal.wait_for("Ask gpt-5.2")
    terminal.type("hello").press("Enter")
    terminal.wait_for("Hello, you!")


def test_a_server_that_dies_in_the_middle_is_told_and_the_model_goes_on(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo(default_tools_approval_mode="approve"))
    terminal.type("crash it").press("Enter")
    screen = terminal.wait_for("It crashed, and I go on.", 30)
    assert "✗ demo.crash" in screen


def test_a_long_answer_is_stopped_and_what_came_stays(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo())
    terminal.type("long").press("Enter")
    terminal.wait_for("word word", 30)
    terminal.press("Esc")
    terminal.wait_for("Stopped.")
    terminal.wait_gone("Esc stops")


def test_another_model_goes_on_with_the_conversation(desk: Desk, relay: Relay) -> None:
    terminal = opened(
        desk, model("model", "openai", relay), model("models.claude", "anthropic", relay), demo()
    )
    terminal.type("hello").press("Enter")
    terminal.wait_for("Hello, you!", 30)
    terminal.type("/model claude").press("Enter")
    terminal.wait_for("Ask claude-sonnet-4-5")
    terminal.type("list").press("Enter")
    terminal.wait_for("• two", 30)
    last = json.dumps(relay.bodies[-1])
    assert relay.bodies[-1]["model"] == "claude-sonnet-4-5"
    assert "Hello, *you*!" in last, "what was said before goes along"


def test_a_key_that_is_missing_is_said_with_what_to_do(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay).replace('"KEY"', '"NO_SUCH_KEY"'), demo())
    terminal.type("hello").press("Enter")
    screen = terminal.wait_for("NO_SUCH_KEY is not set", 30)
    assert "api_key_env_var" in screen
    terminal.type("/call demo echo text=alive").press("Enter")
    terminal.wait_for("✓ demo.echo")


def test_a_refused_key_is_one_plain_line_and_the_conversation_stays(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo())
    relay.answer = 401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, {}
    terminal.type("hello").press("Enter")
    terminal.wait_for("✗", 30)
    terminal.wait_gone("Esc stops")
    assert KEY not in terminal.screen
    relay.answer = None
    terminal.type("/retry").press("Enter")
    terminal.wait_for("Hello, you!", 30)


def test_a_stream_that_is_cut_is_said_and_retry_asks_again(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), demo())
    relay.cut_after = 700
    terminal.type("hello").press("Enter")
    terminal.wait_for("✗", 40)
    terminal.wait_gone("Esc stops", 40)
    relay.cut_after = None
    terminal.type("/retry").press("Enter")
    terminal.wait_for("Hello, you!", 30)


def test_a_small_terminal_has_room_for_all_of_it(desk: Desk, relay: Relay) -> None:
    desk.configure('mcp_oauth_credentials_store = "file"\n', model("model", "openai", relay), demo())
    terminal = desk.jackfield(columns=80, rows=24)
    terminal.wait_for("Ask gpt-5.2")
    terminal.type("list").press("Enter")
    terminal.wait_for("• two", 30)


def asking() -> str:
    """The demo server, whose `add` is asked about each time, with a comment that has to stay."""
    return f'{demo()}# what I think of it\n[mcp_servers.demo.tools.add]  # mine\napproval_mode = "prompt"\n'


def asked(desk: Desk, relay: Relay, text: str = "add them") -> Terminal:
    terminal = opened(desk, model("model", "openai", relay), asking())
    terminal.type(text).press("Enter")
    terminal.wait_for("The model wants to call demo.add", 30)
    terminal.wait_for("^s allow once")  # a moment later the question has the keys
    return terminal


def told(relay: Relay) -> str:
    """What the model was told last."""
    return json.dumps(relay.bodies[-1]["input"][-1])


def test_a_call_is_made_once_it_is_allowed(desk: Desk, relay: Relay) -> None:
    terminal = asked(desk, relay)
    assert "2 + 3 = 5" not in terminal.screen
    terminal.press("Ctrl+S")
    terminal.wait_for("again to allow")  # the question took the keys by itself
    terminal.press("Ctrl+S")
    terminal.wait_for("It is five.", 30)
    assert "✓ demo.add" in terminal.screen and "2 + 3 = 5" in told(relay)


def test_a_call_is_denied_with_words_for_the_model(desk: Desk, relay: Relay) -> None:
    terminal = asked(desk, relay)
    terminal.press("Ctrl+N")
    terminal.wait_for("may stay empty")
    terminal.type("not those two").press("Enter")
    terminal.wait_for("It is five.", 30)
    assert "denied" in terminal.screen and "not those two" in told(relay)


def test_the_arguments_are_edited_in_a_form(desk: Desk, relay: Relay) -> None:
    terminal = asked(desk, relay)
    terminal.press("Ctrl+E")
    terminal.wait_for("Edit and allow once")
    terminal.press("End", "Backspace").type("40").press("Ctrl+S")
    terminal.wait_for("It is five.", 30)
    assert "40 + 3 = 43" in told(relay)


def test_esc_ends_the_turn_and_nothing_is_called(desk: Desk, relay: Relay) -> None:
    terminal = asked(desk, relay)
    terminal.press("Esc")
    terminal.wait_for("Stopped.")
    assert "2 + 3 = 5" not in terminal.screen
    assert len(relay.bodies) == 1


def test_always_is_written_into_the_file_and_its_comments_stay(desk: Desk, relay: Relay) -> None:
    terminal = opened(desk, model("model", "openai", relay), f"{demo()}# what I think of it\n")
    terminal.type("crash it").press("Enter")
    terminal.wait_for("The model wants to call demo.crash", 30)
    terminal.wait_for("^a always")
    terminal.press("Ctrl+A")
    terminal.wait_for("again to allow")
    terminal.press("Ctrl+A")
    terminal.wait_for("It crashed, and I go on.", 30)
    text = (desk.home / "config.toml").read_text()
    assert "# what I think of it" in text
    assert 'approval_mode = "approve"' in text
    terminal.type("/approvals").press("Enter")
    terminal.wait_for("always")
    terminal.type("/approvals demo crash").press("Enter")
    terminal.wait_for("asks again before it calls demo.crash")
    assert "approve" not in (desk.home / "config.toml").read_text()
